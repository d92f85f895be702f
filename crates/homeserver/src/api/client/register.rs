//! `POST /_matrix/client/*/register`

use ruma::api::client::{
    account::register::{RegistrationKind, v3},
    uiaa::AuthType,
};

use crate::{
    MatrixError, Registration, Result,
    api::Ruma,
    service::{
        Services,
        accounts::{Login, NewAccount},
        devices::NewDevice,
        limits::Action,
        uiaa::Challenge,
    },
};

pub(super) async fn register(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    if request.kind == RegistrationKind::Guest {
        return register_guest(services, request).await;
    }
    let flows: &[&[AuthType]] = match services.config.registration {
        Registration::Open => &[&[AuthType::Dummy]],
        Registration::Token => &[&[AuthType::RegistrationToken]],
        Registration::Closed => return Err(MatrixError::forbidden("registration is closed")),
    };
    let accounts = &services.accounts;
    let guest = match &request.guest_access_token {
        Some(token) => Some(accounts.guest_of(token, request.username.as_deref()).await?),
        None => None,
    };
    // Said before the user goes through the stages, not after.
    if let Some(localpart) = &request.username
        && guest.is_none()
    {
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
    match guest {
        Some(guest) => accounts.upgrade_guest(&guest, &password).await?,
        None => {
            accounts.create(NewAccount { user_id: user_id.clone(), password: Some(password), admin: false }).await?;
        }
    }

    let mut response = v3::Response::new(user_id.clone());
    if !request.inhibit_login {
        let device_id = request.device_id.clone().unwrap_or_else(|| accounts.random_device_id());
        let display_name = request.initial_device_display_name.clone();
        let device = NewDevice { device_id, display_name };
        answer(&mut response, accounts.log_in(user_id, device, request.refresh_token).await?);
    }
    Ok(response)
}

/// Of what a guest asks for, only the name of the device is heard.
async fn register_guest(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    if !services.config.allow_guests {
        return Err(MatrixError::forbidden("guests are not admitted"));
    }
    if let Some(address) = request.address {
        services.limits.take(Action::Registration, address.to_string())?;
    }
    let accounts = &services.accounts;
    let user_id = accounts.create_guest().await?;
    let display_name = request.initial_device_display_name.clone();
    let device = NewDevice { device_id: accounts.random_device_id(), display_name };
    let mut response = v3::Response::new(user_id.clone());
    answer(&mut response, accounts.log_in(user_id, device, false).await?);
    Ok(response)
}

fn answer(response: &mut v3::Response, login: Login) {
    response.access_token = Some(login.access_token);
    response.device_id = Some(login.device_id);
    (response.refresh_token, response.expires_in) = login.refresh.unzip();
}
