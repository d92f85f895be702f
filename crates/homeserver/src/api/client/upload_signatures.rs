//! `POST /_matrix/client/*/keys/signatures/upload`

use std::collections::BTreeMap;

use ruma::{CanonicalJsonObject, api::client::keys::upload_signatures::v3};

use crate::{MatrixError, Result, api::Ruma, service::Services};

/// All devices of a user with many.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

pub(super) async fn upload_signatures(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let mut signed = BTreeMap::new();
    for (user_id, keys) in &request.signed_keys {
        for (target, json) in keys {
            // What is no object is refused like any other that was not signed.
            let object: CanonicalJsonObject = serde_json::from_str(json.get()).unwrap_or_default();
            signed.insert((user_id.clone(), target.to_owned()), object);
        }
    }
    let mut response = v3::Response::new();
    for refused in services.keys.add_signatures(&request.sender.user_id, signed).await? {
        let failure = serde_json::json!({ "errcode": refused.why.errcode(), "error": refused.why.to_string() });
        let failure = serde_json::from_value(failure).map_err(MatrixError::internal)?;
        response.failures.entry(refused.user_id).or_default().insert(refused.target, failure);
    }
    Ok(response)
}
