//! `POST /_matrix/client/*/rooms/{roomId}/unban`

use ruma::api::client::membership::unban_user::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, rooms::MembershipRequest},
};

pub(super) async fn unban_user(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let (sender, target) = (&request.sender.user_id, &request.user_id);
    let reason = request.reason.as_deref();
    services.rooms.unban(MembershipRequest { room_id: &request.room_id, sender, target, reason }).await?;
    Ok(v3::Response::new())
}
