//! `POST /_matrix/client/*/rooms/{roomId}/invite`

use ruma::api::client::membership::invite_user::v3;

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::MembershipRequest},
};

pub(super) async fn invite_user(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let v3::InvitationRecipient::UserId(recipient) = &request.recipient else {
        return Err(MatrixError::unknown("inviting by address needs an identity server"));
    };
    let (sender, target) = (&request.sender.user_id, &recipient.user_id);
    let reason = recipient.reason.as_deref();
    services.rooms.invite(MembershipRequest { room_id: &request.room_id, sender, target, reason }).await?;
    Ok(v3::Response::new())
}
