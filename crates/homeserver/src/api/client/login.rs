//! `POST /_matrix/client/*/login`

use ruma::{
    OwnedUserId,
    api::client::{
        session::login::v3,
        uiaa::{MatrixUserIdentifier, UserIdentifier},
    },
};

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, devices::NewDevice, user_tokens::Purpose},
};

pub(super) async fn login(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = match &request.login_info {
        v3::LoginInfo::Password(password) => by_password(&services, &request, password).await?,
        v3::LoginInfo::Token(token) => {
            let owner = services.user_tokens.redeem(&token.token, Purpose::LogIn).await?;
            owner.ok_or_else(|| MatrixError::forbidden("the token is not valid"))?
        }
        _ => return Err(MatrixError::unknown("this way of logging in is not offered")),
    };
    let accounts = &services.accounts;
    let device_id = request.device_id.clone().unwrap_or_else(|| accounts.random_device_id());
    let display_name = request.initial_device_display_name.clone();
    let device = NewDevice { device_id, display_name };
    let login = accounts.log_in(user_id, device, request.refresh_token).await?;
    let mut response = v3::Response::new(login.user_id, login.access_token, login.device_id);
    (response.refresh_token, response.expires_in) = login.refresh.unzip();
    Ok(response)
}

async fn by_password(services: &Services, request: &Ruma<v3::Request>, password: &v3::Password) -> Result<OwnedUserId> {
    #[expect(deprecated, reason = "older clients name the user without an identifier")]
    let user = password.user.clone();
    let identifier = password.identifier.clone().or_else(|| {
        let user = user.map(MatrixUserIdentifier::new);
        user.map(UserIdentifier::Matrix)
    });
    let identifier = identifier.ok_or_else(|| MatrixError::missing_param("the user is not named"))?;

    services.accounts.check_password(&identifier, &password.password, request.address).await
}
