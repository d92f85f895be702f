//! `POST /_matrix/client/*/rooms/{roomId}/ban`

use ruma::api::client::membership::ban_user::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::MembershipRequest},
};

pub(super) async fn ban_user(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let (sender, target) = (&request.sender.user_id, &request.user_id);
    let reason = request.reason.as_deref();
    services.rooms.ban(MembershipRequest { room_id: &request.room_id, sender, target, reason }).await?;
    Ok(v3::Response::new())
}
