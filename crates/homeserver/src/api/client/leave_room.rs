//! `POST /_matrix/client/*/rooms/{roomId}/leave`

use ruma::api::client::membership::leave_room::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, rooms::MembershipRequest},
};

pub(super) async fn leave_room(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let sender = &request.sender.user_id;
    let reason = request.reason.as_deref();
    services.rooms.leave(MembershipRequest { room_id: &request.room_id, sender, target: sender, reason }).await?;
    Ok(v3::Response::new())
}
