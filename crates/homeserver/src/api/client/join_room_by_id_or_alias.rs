//! `POST /_matrix/client/*/join/{roomIdOrAlias}`

use ruma::api::client::membership::join_room_by_id_or_alias::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::MembershipRequest},
};

pub(super) async fn join_room_by_id_or_alias(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let sender = &request.sender.user_id;
    let room_id = services.rooms.find(&request.room_id_or_alias).await?;
    let reason = request.reason.as_deref();
    services.rooms.join(MembershipRequest { room_id: &room_id, sender, target: sender, reason }).await?;
    Ok(v3::Response::new(room_id))
}
