//! `POST /_matrix/client/*/keys/device_signing/upload`

use ruma::api::client::keys::upload_signing_keys::v3;

use crate::{
    Result,
    api::Ruma,
    service::{
        Services,
        keys::{SigningKeys, SigningUpload},
        uiaa::Confirmation,
    },
};

pub(super) async fn upload_signing_keys(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let Ruma { body, sender, address, raw, .. } = request;
    let user_id = &*sender.user_id;
    let keys = SigningKeys {
        master: body.master_key,
        self_signing: body.self_signing_key,
        user_signing: body.user_signing_key,
    };
    if services.keys.upload_signing_keys(user_id, &keys, false).await? == SigningUpload::NeedsProof {
        let (action, auth, body) = ("upload_signing_keys", body.auth.as_ref(), &*raw);
        services.uiaa.require_password(Confirmation { action, user_id, auth, address, body }).await?;
        services.keys.upload_signing_keys(user_id, &keys, true).await?;
    }
    Ok(v3::Response::new())
}
