//! `POST /_matrix/client/*/keys/signatures/upload`

use std::collections::BTreeMap;

use ruma::api::client::keys::upload_signatures::v3;

use crate::{MatrixError, Result, api::Ruma, service::Services};

/// All devices of a user with many.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

pub(super) async fn upload_signatures(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let mut signed = BTreeMap::new();
    for (user_id, keys) in &request.signed_keys {
        for (target, json) in keys {
            let object = serde_json::from_str(json.get()).map_err(|error| MatrixError::bad_json(error.to_string()))?;
            signed.insert((user_id.clone(), target.to_owned()), object);
        }
    }
    let mut response = v3::Response::new();
    for (user_id, target) in services.keys.add_signatures(&request.sender.user_id, signed).await? {
        let failure = serde_json::json!({ "errcode": "M_INVALID_SIGNATURE", "error": "invalid signature" });
        let failure = serde_json::from_value(failure).map_err(MatrixError::internal)?;
        response.failures.entry(user_id).or_default().insert(target, failure);
    }
    Ok(response)
}
