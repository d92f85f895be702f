//! Sends what members say: messages, state, redactions.

use ruma::{
    CanonicalJsonObject, EventId, MilliSecondsSinceUnixEpoch, OwnedEventId, OwnedUserId, RoomId, UserId,
    events::{StateEventType, TimelineEventType},
};

use super::{NewEvent, RequestKey, Rooms, pdu::Pdu, power, template};
use crate::{MatrixError, Result, storage::args};

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
        let content = template::content(content)?;
        let place = (event_type.clone(), state_key.clone());
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
        let author = self.author(room_id, &target).await?;
        let sender = request.user_id.clone();
        let mut event = NewEvent::message(sender.clone(), TimelineEventType::RoomRedaction, content);
        event.redacts = Some(target);
        let appended = self
            .append(room_id, &power::keys(), Some(request), |head| {
                if author != sender && power::of_user(head, &sender)? < power::to_redact(head)? {
                    return Err(MatrixError::forbidden("redacting others' events takes more power"));
                }
                Ok(vec![event.clone()])
            })
            .await;
        made(appended.map_err(hide_missing_room)?.event_id())
    }

    /// Who sent an event that may be redacted.
    async fn author(&self, room_id: &RoomId, event_id: &EventId) -> Result<OwnedUserId> {
        let mut connection = self.storage().read().await?;
        let sql = "SELECT sender, type FROM events WHERE event_id = $1 AND room_id = $2";
        let row = connection.fetch_optional(sql, args![event_id, room_id]).await?;
        let row = row.ok_or_else(|| MatrixError::not_found("there is no such event"))?;
        if row.get::<String>(1)? == "m.room.create" {
            return Err(MatrixError::forbidden("a room's first event cannot be redacted"));
        }
        Ok(row.get(0)?)
    }
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
