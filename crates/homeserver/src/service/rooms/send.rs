//! Sends what members say: messages, state, redactions.

use ruma::{
    CanonicalJsonObject, EventId, MilliSecondsSinceUnixEpoch, OwnedEventId, OwnedRoomId, OwnedUserId, RoomId, UserId,
    events::{StateEventType, TimelineEventType},
};

use super::{
    NewEvent, RequestKey, Rooms,
    pdu::{Pdu, StateKey},
    power,
    requests::made_before,
    template,
};
use crate::{MatrixError, Result, storage::args};

/// The key of a join event that names who vouches for the user.
const AUTHORISED_VIA: &str = "join_authorised_via_users_server";

impl Rooms {
    /// Sends a message event. A request that was made before has the answer it had then.
    pub async fn send_message(
        &self,
        room_id: &RoomId,
        event_type: TimelineEventType,
        content: &str,
        request: RequestKey,
        timestamp: Option<MilliSecondsSinceUnixEpoch>,
    ) -> Result<OwnedEventId> {
        let content = template::content(content)?;
        if event_type == TimelineEventType::RoomRedaction {
            let target = content.get("redacts").and_then(|target| target.as_str());
            let target = target.ok_or_else(|| MatrixError::missing_param("`redacts` is missing"))?;
            let target = <&EventId>::try_from(target).map_err(|_| MatrixError::invalid_param("no event ID"))?;
            return self.send_redaction(room_id, target.to_owned(), content, request).await;
        }
        let allowed = self.check_relation(room_id, &request.user_id, &event_type, &content).await;
        if let Err(refusal) = allowed {
            // The annotation that is there already may be the one this very request made.
            let before = made_before(&mut self.storage().read().await?, &request).await?;
            return before.ok_or(refusal);
        }
        let event = NewEvent::message(request.user_id.clone(), event_type, content).at(timestamp);
        let appended = self.append(room_id, &[], Some(request), |_| Ok(vec![event.clone()])).await;
        made(appended.map_err(hide_missing_room)?.event_id())
    }

    /// Sends a state event, unless the state is just that already.
    pub async fn send_state(
        &self,
        room_id: &RoomId,
        sender: &UserId,
        (event_type, state_key): (StateEventType, String),
        content: &str,
        timestamp: Option<MilliSecondsSinceUnixEpoch>,
    ) -> Result<OwnedEventId> {
        let mut content = template::content(content)?;
        let place = (event_type.clone(), state_key.clone());
        match &event_type {
            StateEventType::RoomMember => self.check_member(room_id, sender, &state_key, &mut content).await?,
            StateEventType::RoomTombstone => refuse_circle(room_id, &content)?,
            _ => {}
        }
        if event_type == StateEventType::RoomCanonicalAlias && state_key.is_empty() {
            let keys = std::slice::from_ref(&place);
            let current = self.look(room_id, keys, |head| Ok(head.get(&place.0, "").cloned())).await;
            let current = current.map_err(hide_missing_room)?;
            let current = current.and_then(|pdu| pdu.content_as::<serde_json::Value>().ok());
            let wanted = serde_json::to_value(&content).map_err(MatrixError::internal)?;
            self.check_canonical(room_id, &wanted, current.as_ref()).await?;
        }
        let event = NewEvent::state(sender.to_owned(), event_type, state_key, content).at(timestamp);
        let existing = std::sync::Mutex::new(None);
        let appended = self
            .append(room_id, std::slice::from_ref(&place), None, |head| {
                let current = head.get(&place.0, &place.1);
                if let Some(current) = current.filter(|current| says_the_same(current, &event)) {
                    *existing.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
                        Some(current.event_id.clone());
                    return Ok(Vec::new());
                }
                Ok(vec![event.clone()])
            })
            .await
            .map_err(hide_missing_room)?;
        let existing = existing.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        made(appended.event_id().or(existing.as_deref()))
    }

    /// What the homeserver demands of a member event that a client writes itself, beyond the authorization
    /// rules: the same as of one that is asked for.
    async fn check_member(
        &self,
        room_id: &RoomId,
        sender: &UserId,
        target: &str,
        content: &mut CanonicalJsonObject,
    ) -> Result<()> {
        // Says that this server vouches for the user, so it is for the server to say.
        content.remove(AUTHORISED_VIA);
        let target =
            <&UserId>::try_from(target).map_err(|_| MatrixError::invalid_param("the state key is no user ID"))?;
        match content.get("membership").and_then(|membership| membership.as_str()) {
            Some("invite") => self.check_invite(target).await,
            Some("join") if target == sender => {
                self.check_guest(room_id, sender).await.map_err(hide_missing_room)?;
                let voucher = self.voucher(room_id, sender).await.map_err(hide_missing_room)?;
                content.extend(voucher.map(|voucher| (AUTHORISED_VIA.to_owned(), voucher.as_str().into())));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Redacts an event: everyone may their own, others' with the power to.
    pub async fn redact(
        &self,
        room_id: &RoomId,
        target: OwnedEventId,
        reason: Option<String>,
        request: RequestKey,
    ) -> Result<OwnedEventId> {
        let mut content = CanonicalJsonObject::new();
        if let Some(reason) = reason {
            content.insert("reason".to_owned(), reason.into());
        }
        self.send_redaction(room_id, target, content, request).await
    }

    async fn send_redaction(
        &self,
        room_id: &RoomId,
        target: OwnedEventId,
        content: CanonicalJsonObject,
        request: RequestKey,
    ) -> Result<OwnedEventId> {
        let (author, place) = self.author(room_id, &target).await?;
        let sender = request.user_id.clone();
        let mut event = NewEvent::message(sender.clone(), TimelineEventType::RoomRedaction, content);
        event.redacts = Some(target.clone());
        let appended = self
            .append(room_id, &power::keys(), Some(request), |head| {
                if author != sender && power::of_user(head, &sender)? < power::to_redact(head)? {
                    return Err(MatrixError::forbidden("redacting others' events takes more power"));
                }
                Ok(vec![event.clone()])
            })
            .await;
        let event_id = made(appended.map_err(hide_missing_room)?.event_id())?;
        if let Some(place) = place {
            self.0.heads.forget_state(room_id, &place, &target).await;
        }
        Ok(event_id)
    }

    /// Who sent an event that may be redacted, and the place it sets if it is a state event.
    async fn author(&self, room_id: &RoomId, event_id: &EventId) -> Result<(OwnedUserId, Option<StateKey>)> {
        let mut connection = self.storage().read().await?;
        let sql = "SELECT sender, type, state_key, room_id FROM events WHERE event_id = $1";
        let row = connection.fetch_optional(sql, args![event_id]).await?;
        let row = row.ok_or_else(|| MatrixError::not_found("there is no such event"))?;
        if row.get::<OwnedRoomId>(3)? != room_id {
            return Err(MatrixError::invalid_param("the event is in another room"));
        }
        let event_type: String = row.get(1)?;
        if event_type == "m.room.create" {
            return Err(MatrixError::forbidden("a room's first event cannot be redacted"));
        }
        let state_key: Option<String> = row.get(2)?;
        Ok((row.get(0)?, state_key.map(|state_key| (event_type.into(), state_key))))
    }
}

/// A room cannot be its own replacement.
fn refuse_circle(room_id: &RoomId, content: &CanonicalJsonObject) -> Result<()> {
    let replacement = content.get("replacement_room").and_then(|replacement| replacement.as_str());
    if replacement == Some(room_id.as_str()) {
        return Err(MatrixError::invalid_param("a room cannot replace itself"));
    }
    Ok(())
}

/// Whether an event would change nothing.
fn says_the_same(current: &Pdu, event: &NewEvent) -> bool {
    current.sender() == event.sender
        && current.content_as::<CanonicalJsonObject>().is_ok_and(|content| content == event.content)
}

fn made(event_id: Option<&EventId>) -> Result<OwnedEventId> {
    event_id.map(ToOwned::to_owned).ok_or_else(|| MatrixError::internal("nothing was sent"))
}

/// Who is not in a room learns nothing of whether it exists.
pub(super) fn hide_missing_room(error: MatrixError) -> MatrixError {
    match error.kind() {
        Some(ruma::api::error::ErrorKind::NotFound) => MatrixError::forbidden("you are not in this room"),
        _ => error,
    }
}
