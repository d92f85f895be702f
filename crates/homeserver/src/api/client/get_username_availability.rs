//! `GET /_matrix/client/*/register/available`

use ruma::api::client::account::get_username_availability::v3;

use crate::{
    MatrixError, Registration, Result,
    api::Ruma,
    service::{Services, limits::Action},
};

pub(super) async fn get_username_availability(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    if services.config.registration == Registration::Closed {
        return Err(MatrixError::forbidden("registration is closed"));
    }
    if let Some(address) = request.address {
        services.limits.take(Action::Probe, address.to_string())?;
    }
    let user_id = services.accounts.user_id_for(&request.username)?;
    services.accounts.check_available(&user_id).await?;
    Ok(v3::Response::new(true))
}
