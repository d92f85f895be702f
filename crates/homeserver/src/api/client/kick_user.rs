//! `POST /_matrix/client/*/rooms/{roomId}/kick`

use ruma::api::client::membership::kick_user::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::MembershipRequest},
};

pub(super) async fn kick_user(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let (sender, target) = (&request.sender.user_id, &request.user_id);
    let reason = request.reason.as_deref();
    services.rooms.kick(MembershipRequest { room_id: &request.room_id, sender, target, reason }).await?;
    Ok(v3::Response::new())
}
