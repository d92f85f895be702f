//! `GET /_matrix/client/*/capabilities`

use ruma::api::client::discovery::get_capabilities::v3::{
    Capabilities, GetLoginTokenCapability, ProfileFieldsCapability, Request, RoomVersionStability,
    RoomVersionsCapability, ThirdPartyIdChangesCapability,
};
use serde_json::{Value, json};

use crate::{
    MatrixError, Result,
    api::{
        Ruma,
        json::{AnsweredWith, Json},
    },
    service::{Services, rooms::version},
};

pub(super) async fn get_capabilities(services: Services, _: Ruma<AnsweredWith<Value, Request>>) -> Result<Json<Value>> {
    let available = version::SUPPORTED.map(|version| (version, RoomVersionStability::Stable)).into();
    let mut capabilities = Capabilities::new();
    capabilities.room_versions = RoomVersionsCapability::new(services.config.default_room_version.clone(), available);
    capabilities.thirdparty_id_changes = ThirdPartyIdChangesCapability::new(false);
    capabilities.get_login_token = GetLoginTokenCapability::new(true);
    capabilities.profile_fields = Some(ProfileFieldsCapability::new(true));
    let mut capabilities = serde_json::to_value(capabilities).map_err(MatrixError::internal)?;
    // What is the default is left out by ruma, and looked for by clients.
    if let Some(capabilities) = capabilities.as_object_mut() {
        capabilities.entry("m.change_password").or_insert_with(|| json!({ "enabled": true }));
    }
    Ok(Json(json!({ "capabilities": capabilities })))
}
