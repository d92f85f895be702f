//! `POST /_matrix/client/*/account/deactivate`

use ruma::api::client::account::{ThirdPartyIdRemovalStatus, deactivate::v3};

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, rooms::membership::MembershipRequest, uiaa::Confirmation},
};

pub(super) async fn deactivate(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let Some(sender) = &request.sender else { return Err(MatrixError::missing_token("missing access token")) };
    let (action, user_id) = ("deactivate", &*sender.user_id);
    let (auth, address, body) = (request.auth.as_ref(), request.address, &*request.raw);
    services.uiaa.require_password(Confirmation { action, user_id, auth, address, body }).await?;
    services.accounts.deactivate(user_id, request.erase).await?;
    for room_id in services.rooms.rooms_to_leave(user_id).await? {
        let leave = MembershipRequest { room_id: &room_id, sender: user_id, target: user_id, reason: None };
        services.rooms.leave(leave).await?;
    }
    // There is no identity server to unbind from.
    Ok(v3::Response::new(ThirdPartyIdRemovalStatus::Success))
}
