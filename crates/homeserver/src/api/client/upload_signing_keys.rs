//! `POST /_matrix/client/*/keys/device_signing/upload`

use ruma::api::client::keys::upload_signing_keys::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, keys::SigningKeys},
};

pub(super) async fn upload_signing_keys(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let Ruma { body, sender, address } = request;
    let keys = SigningKeys {
        master: body.master_key,
        self_signing: body.self_signing_key,
        user_signing: body.user_signing_key,
    };
    if !services.keys.is_harmless(&sender.user_id, &keys).await? {
        let auth = body.auth.as_ref();
        services.uiaa.require_password("upload_signing_keys", &sender.user_id, auth, address).await?;
    }
    services.keys.upload_signing_keys(&sender.user_id, keys).await?;
    Ok(v3::Response::new())
}
