//! Relations that may not be made, see [forming relationships].
//!
//! [forming relationships]: https://spec.matrix.org/v1.18/client-server-api/#forming-relationships-between-events

use http::StatusCode;
use ruma::{CanonicalJsonObject, RoomId, UserId, api::error::ErrorKind, events::TimelineEventType};
use serde::Deserialize;

use super::Rooms;
use crate::{MatrixError, Result, storage::args};

impl Rooms {
    /// Refuses to begin a thread inside of a relation, and to say the same of an event twice.
    pub(super) async fn check_relation(
        &self,
        room_id: &RoomId,
        sender: &UserId,
        event_type: &TimelineEventType,
        content: &CanonicalJsonObject,
    ) -> Result<()> {
        let Some(relation) = content.get("m.relates_to").and_then(|relation| relation.as_object()) else {
            return Ok(());
        };
        let text = |key: &str| relation.get(key).and_then(|value| value.as_str());
        match (text("rel_type"), text("event_id"), text("key")) {
            (Some("m.thread"), Some(root), _) => self.check_thread_root(room_id, root).await,
            (Some("m.annotation"), Some(parent), Some(key)) => {
                self.check_annotation(room_id, sender, event_type, (parent, key)).await
            }
            _ => Ok(()),
        }
    }

    async fn check_thread_root(&self, room_id: &RoomId, root: &str) -> Result<()> {
        let sql = "SELECT rel_type FROM events WHERE event_id = $1 AND room_id = $2";
        let row = self.storage().read().await?.fetch_optional(sql, args![root, room_id]).await?;
        match row.map(|row| row.get::<Option<String>>(0)).transpose()? {
            Some(Some(_)) => {
                Err(MatrixError::unknown("a thread cannot begin with an event that is part of a relation"))
            }
            _ => Ok(()),
        }
    }

    async fn check_annotation(
        &self,
        room_id: &RoomId,
        sender: &UserId,
        event_type: &TimelineEventType,
        (parent, key): (&str, &str),
    ) -> Result<()> {
        #[derive(Deserialize)]
        struct Event {
            content: Content,
        }
        #[derive(Deserialize)]
        struct Content {
            #[serde(rename = "m.relates_to")]
            relates_to: Annotation,
        }
        #[derive(Deserialize)]
        struct Annotation {
            key: String,
        }
        let sql = "SELECT json FROM events WHERE relates_to = $1 AND rel_type = 'm.annotation' AND sender = $2 \
                   AND room_id = $3 AND type = $4";
        let values = args![parent, sender, room_id, event_type.to_string()];
        for row in self.storage().read().await?.fetch_all(sql, values).await? {
            let event = serde_json::from_slice::<Event>(&row.get::<Vec<u8>>(0)?);
            if event.is_ok_and(|event| event.content.relates_to.key == key) {
                let message = "you have annotated the event just so";
                return Err(MatrixError::refused(StatusCode::BAD_REQUEST, ErrorKind::DuplicateAnnotation, message));
            }
        }
        Ok(())
    }
}
