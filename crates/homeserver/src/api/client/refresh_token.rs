//! `POST /_matrix/client/*/refresh`

use ruma::api::client::session::refresh_token::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn refresh_token(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let refreshed = services.accounts.refresh(&request.refresh_token).await?;
    let mut response = v3::Response::new(refreshed.access_token);
    response.refresh_token = Some(refreshed.refresh_token);
    response.expires_in_ms = Some(refreshed.expires_in);
    Ok(response)
}
