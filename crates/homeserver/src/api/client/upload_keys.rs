//! `POST /_matrix/client/*/keys/upload`

use ruma::api::client::keys::upload_keys::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, keys::DeviceUpload},
};

/// A hundred keys and their signatures.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

pub(super) async fn upload_keys(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let Ruma { body, sender, .. } = request;
    let upload = DeviceUpload {
        device_keys: body.device_keys,
        one_time_keys: body.one_time_keys,
        fallback_keys: body.fallback_keys,
    };
    Ok(v3::Response::new(services.keys.upload(&sender, upload).await?))
}
