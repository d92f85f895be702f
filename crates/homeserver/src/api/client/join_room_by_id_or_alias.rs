//! `POST /_matrix/client/*/join/{roomIdOrAlias}`

use ruma::api::client::membership::join_room_by_id_or_alias::v3;

use super::join_room_by_id::own_words;
use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::MembershipRequest},
};

pub(super) async fn join_room_by_id_or_alias(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let sender = &request.sender.user_id;
    let room_id = services.rooms.find(&request.room_id_or_alias).await?;
    services.accounts.check_may_join(sender, &room_id).await?;
    let reason = request.reason.as_deref();
    let join = MembershipRequest { room_id: &room_id, sender, target: sender, reason };
    services.rooms.join_with(join, own_words(&request.raw)?).await?;
    services.presence.act(&request.sender).await;
    Ok(v3::Response::new(room_id))
}
