//! `POST /_matrix/client/*/rooms/{roomId}/upgrade`

use ruma::api::client::room::upgrade_room::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action},
};

pub(super) async fn upgrade_room(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let sender = &request.sender.user_id;
    services.limits.take(Action::Event, sender.as_str())?;
    let (version, creators) = (&request.new_version, &request.additional_creators);
    services.rooms.upgrade(&request.room_id, sender, version, creators).await.map(v3::Response::new)
}
