//! `POST /_matrix/client/*/keys/query`

use ruma::api::client::keys::get_keys::v3;

use crate::{Result, api::Ruma, service::Services};

/// The members of a large room.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

pub(super) async fn get_keys(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let keys = services.keys.query(&request.sender.user_id, &request.device_keys).await?;
    let mut response = v3::Response::new();
    response.device_keys = keys.devices;
    response.master_keys = keys.master;
    response.self_signing_keys = keys.self_signing;
    response.user_signing_keys = keys.user_signing;
    Ok(response)
}
