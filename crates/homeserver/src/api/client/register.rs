//! `POST /_matrix/client/*/register`

use ruma::api::client::{
    account::register::{RegistrationKind, v3},
    uiaa::AuthType,
};

use crate::{
    MatrixError, Registration, Result,
    api::Ruma,
    service::{Services, accounts::NewAccount, devices::NewDevice, limits::Action, uiaa::Challenge},
};

pub(super) async fn register(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    if request.kind == RegistrationKind::Guest {
        return Err(MatrixError::forbidden("guests are not admitted"));
    }
    let flows: &[&[AuthType]] = match services.config.registration {
        Registration::Open => &[&[AuthType::Dummy]],
        Registration::Token => &[&[AuthType::RegistrationToken]],
        Registration::Closed => return Err(MatrixError::forbidden("registration is closed")),
    };
    let accounts = &services.accounts;
    // Said before the user goes through the stages, not after.
    if let Some(localpart) = &request.username {
        accounts.check_available(&accounts.user_id_for(localpart)?).await?;
    }
    let auth = request.auth.as_ref();
    let challenge = Challenge { action: "register", user_id: None, flows, auth, address: request.address, body: None };
    services.uiaa.require(challenge).await?;
    if let Some(address) = request.address {
        services.limits.take(Action::Registration, address.to_string())?;
    }

    let localpart = request.username.clone().unwrap_or_else(|| accounts.random_localpart());
    let user_id = accounts.user_id_for(&localpart)?;
    let Some(password) = request.password.clone() else {
        return Err(MatrixError::missing_param("a password is needed"));
    };
    accounts.create(NewAccount { user_id: user_id.clone(), password: Some(password), admin: false }).await?;

    let mut response = v3::Response::new(user_id.clone());
    if !request.inhibit_login {
        let device_id = request.device_id.clone().unwrap_or_else(|| accounts.random_device_id());
        let display_name = request.initial_device_display_name.clone();
        let login = accounts.log_in(user_id, NewDevice { device_id, display_name }).await?;
        response.access_token = Some(login.access_token);
        response.device_id = Some(login.device_id);
    }
    Ok(response)
}
