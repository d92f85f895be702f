//! `POST /_matrix/client/*/login`

use ruma::api::client::{
    session::login::v3,
    uiaa::{MatrixUserIdentifier, UserIdentifier},
};

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, devices::NewDevice},
};

pub(super) async fn login(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let v3::LoginInfo::Password(password) = &request.login_info else {
        return Err(MatrixError::unknown("this way of logging in is not offered"));
    };
    #[expect(deprecated, reason = "older clients name the user without an identifier")]
    let user = password.user.clone();
    let identifier = password.identifier.clone().or_else(|| {
        let user = user.map(MatrixUserIdentifier::new);
        user.map(UserIdentifier::Matrix)
    });
    let identifier = identifier.ok_or_else(|| MatrixError::missing_param("the user is not named"))?;

    let accounts = &services.accounts;
    let user_id = accounts.check_password(&identifier, &password.password, request.address).await?;
    let device_id = request.device_id.clone().unwrap_or_else(|| accounts.random_device_id());
    let display_name = request.initial_device_display_name.clone();
    let login = accounts.log_in(user_id, NewDevice { device_id, display_name }).await?;
    Ok(v3::Response::new(login.user_id, login.access_token, login.device_id))
}
