//! Events as clients from before `/sync` read them: each says by itself which room and user it is about.

use ruma::{RoomId, UserId};
use serde::Serialize;
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use crate::{
    MatrixError, Result,
    service::{
        presence,
        sync::{presence::Content, response::Shown},
    },
};

/// An event of a room. Clients of that time look for its sender under `user_id`.
pub(super) fn event(shown: &RawValue) -> Result<Shown> {
    let mut event: Map<String, Value> = serde_json::from_str(shown.get()).map_err(MatrixError::internal)?;
    if let Some(sender) = event.get("sender").cloned() {
        event.insert("user_id".to_owned(), sender);
    }
    write(&event)
}

/// Who types in a room, or has read it.
pub(super) fn ephemeral(room_id: &RoomId, kind: &str, content: impl Serialize) -> Result<Shown> {
    #[derive(Serialize)]
    struct Ephemeral<'e, C> {
        content: C,
        room_id: &'e RoomId,
        #[serde(rename = "type")]
        kind: &'e str,
    }
    write(&Ephemeral { content, room_id, kind })
}

/// Account data, of a room or not.
pub(super) fn account_data(room_id: Option<&RoomId>, event: Shown) -> Result<Shown> {
    let Some(room_id) = room_id else { return Ok(event) };
    let mut event: Map<String, Value> = serde_json::from_str(event.get()).map_err(MatrixError::internal)?;
    event.insert("room_id".to_owned(), room_id.as_str().into());
    write(&event)
}

/// How present a user is.
pub(super) fn presence(user_id: &UserId, shown: &presence::Shown) -> Result<Shown> {
    #[derive(Serialize)]
    struct Presence<'e> {
        content: Described<'e>,
        sender: &'e UserId,
        #[serde(rename = "type")]
        kind: &'static str,
    }
    #[derive(Serialize)]
    struct Described<'e> {
        user_id: &'e UserId,
        #[serde(flatten)]
        content: Content<'e>,
    }
    let content = Described { user_id, content: Content::new(shown) };
    write(&Presence { content, sender: user_id, kind: "m.presence" })
}

fn write(event: &impl Serialize) -> Result<Shown> {
    to_raw_value(event).map(Shown::from).map_err(MatrixError::internal)
}
