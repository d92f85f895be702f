//! `POST /_matrix/client/*/logout/all`

use ruma::api::client::session::logout_all::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn logout_all(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.devices.remove_all(&request.sender.user_id, None).await?;
    Ok(v3::Response::new())
}
