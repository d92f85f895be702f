//! `GET /_matrix/client/*/register/m.login.registration_token/validity`

use ruma::api::client::account::check_registration_token_validity::v1;

use crate::{
    MatrixError, Registration, Result,
    api::Ruma,
    service::{Services, limits::Action},
};

pub(super) async fn check_registration_token_validity(
    services: Services,
    request: Ruma<v1::Request>,
) -> Result<v1::Response> {
    if services.config.registration != Registration::Token {
        return Err(MatrixError::forbidden("registration needs no token here"));
    }
    if let Some(address) = request.address {
        services.limits.take(Action::Probe, address.to_string())?;
    }
    Ok(v1::Response::new(services.registration_tokens.is_valid(&request.token).await?))
}
