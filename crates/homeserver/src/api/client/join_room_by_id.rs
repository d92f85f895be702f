//! `POST /_matrix/client/*/rooms/{roomId}/join`

use ruma::{CanonicalJsonObject, api::client::membership::join_room_by_id::v3};

use crate::{
    MatrixError, Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::MembershipRequest},
};

pub(super) async fn join_room_by_id(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let sender = &request.sender.user_id;
    services.accounts.check_may_join(sender, &request.room_id).await?;
    let reason = request.reason.as_deref();
    let join = MembershipRequest { room_id: &request.room_id, sender, target: sender, reason };
    services.rooms.join_with(join, own_words(&request.raw)?).await?;
    services.presence.act(&request.sender).await;
    Ok(v3::Response::new(request.room_id.clone()))
}

/// What the client wants its member event to say, besides what the request itself is made of and what the server
/// vouches for.
pub(super) fn own_words(body: &[u8]) -> Result<CanonicalJsonObject> {
    if body.is_empty() {
        return Ok(CanonicalJsonObject::new());
    }
    let mut words: CanonicalJsonObject =
        serde_json::from_slice(body).map_err(|error| MatrixError::bad_json(error.to_string()))?;
    for key in ["reason", "third_party_signed", "third_party_invite", "join_authorised_via_users_server"] {
        words.remove(key);
    }
    Ok(words)
}
