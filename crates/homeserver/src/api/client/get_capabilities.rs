//! `GET /_matrix/client/*/capabilities`

use ruma::api::client::discovery::get_capabilities::v3::{
    Capabilities, GetLoginTokenCapability, ProfileFieldsCapability, Request, Response, RoomVersionStability,
    RoomVersionsCapability, ThirdPartyIdChangesCapability,
};

use crate::{
    Result,
    api::Ruma,
    service::{Services, rooms::version},
};

pub(super) async fn get_capabilities(services: Services, _: Ruma<Request>) -> Result<Response> {
    let available = version::SUPPORTED.map(|version| (version, RoomVersionStability::Stable)).into();
    let mut capabilities = Capabilities::new();
    capabilities.room_versions = RoomVersionsCapability::new(services.config.default_room_version.clone(), available);
    capabilities.thirdparty_id_changes = ThirdPartyIdChangesCapability::new(false);
    capabilities.get_login_token = GetLoginTokenCapability::new(true);
    capabilities.profile_fields = Some(ProfileFieldsCapability::new(true));
    Ok(Response::new(capabilities))
}
