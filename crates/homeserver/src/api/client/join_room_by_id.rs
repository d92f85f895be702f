//! `POST /_matrix/client/*/rooms/{roomId}/join`

use ruma::api::client::membership::join_room_by_id::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::MembershipRequest},
};

pub(super) async fn join_room_by_id(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let sender = &request.sender.user_id;
    services.accounts.check_may_join(sender, &request.room_id).await?;
    let reason = request.reason.as_deref();
    let join = MembershipRequest { room_id: &request.room_id, sender, target: sender, reason };
    services.rooms.join(join).await?;
    Ok(v3::Response::new(request.room_id.clone()))
}
