//! `POST /_matrix/client/*/keys/claim`

use std::collections::BTreeMap;

use ruma::api::client::keys::claim_keys::v3;
use serde_json::json;

use crate::{Result, api::Ruma, service::Services};

/// The devices of a large room.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

pub(super) async fn claim_keys(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let mut claimed = BTreeMap::new();
    let mut unreachable = BTreeMap::new();
    for (user_id, devices) in request.body.one_time_keys {
        if !services.accounts.is_local(&user_id) {
            unreachable.insert(user_id.server_name().to_string(), json!({}));
            continue;
        }
        let keys = services.keys.claim(user_id.clone(), devices).await?;
        if !keys.is_empty() {
            claimed.insert(user_id, keys);
        }
    }
    let mut response = v3::Response::new(claimed);
    response.failures = unreachable;
    Ok(response)
}
