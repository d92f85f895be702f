//! `POST /_matrix/client/*/keys/query`

use std::collections::BTreeMap;

use ruma::api::client::keys::get_keys::v3;
use serde_json::json;

use crate::{Result, api::Ruma, service::Services};

/// The members of a large room.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

pub(super) async fn get_keys(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let (ours, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        request.body.device_keys.into_iter().partition(|(user_id, _)| services.accounts.is_local(user_id));
    let keys = services.keys.query(&request.sender.user_id, &ours).await?;
    let mut response = v3::Response::new();
    // Other servers are not asked yet, and so cannot be reached.
    let unreachable = others.keys().map(|user_id| (user_id.server_name().to_string(), json!({})));
    response.failures = unreachable.collect();
    response.device_keys = keys.devices;
    response.master_keys = keys.master;
    response.self_signing_keys = keys.self_signing;
    response.user_signing_keys = keys.user_signing;
    Ok(response)
}
