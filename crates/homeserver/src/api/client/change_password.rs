//! `POST /_matrix/client/*/account/password`

use ruma::api::client::account::change_password::v3;

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, uiaa::Confirmation},
};

pub(super) async fn change_password(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    // Without a token the account would have to be proved by email, which there is none of.
    let Some(sender) = &request.sender else { return Err(MatrixError::missing_token("missing access token")) };
    let (action, user_id) = ("change_password", &*sender.user_id);
    let (auth, address, body) = (request.auth.as_ref(), request.address, &*request.raw);
    services.uiaa.require_password(Confirmation { action, user_id, auth, address, body }).await?;
    services.accounts.set_password(user_id, &request.new_password).await?;
    if request.logout_devices {
        services.devices.remove_all(user_id, Some(&sender.device_id)).await?;
    }
    Ok(v3::Response::new())
}
