//! `POST /_matrix/client/*/keys/claim`

use std::collections::BTreeMap;

use ruma::api::client::keys::claim_keys::v3;

use crate::{Result, api::Ruma, service::Services};

/// The devices of a large room.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

pub(super) async fn claim_keys(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let mut claimed = BTreeMap::new();
    for (user_id, devices) in request.body.one_time_keys {
        let keys = services.keys.claim(user_id.clone(), devices).await?;
        if !keys.is_empty() {
            claimed.insert(user_id, keys);
        }
    }
    Ok(v3::Response::new(claimed))
}
