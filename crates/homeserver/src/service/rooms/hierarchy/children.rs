//! The children of a space, in their order.

use ruma::{OwnedRoomId, RoomId, events::space::child::HierarchySpaceChildEvent, serde::Raw};
use serde::Deserialize;
use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};

use crate::{
    MatrixError, Result,
    storage::{Connection, args},
};

/// The longest valid order.
const MAX_ORDER: usize = 50;

/// A room that is part of a space.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) room_id: OwnedRoomId,
    order: Option<String>,
    time: i64,
    sender: String,
    content: Box<RawValue>,
}

/// The event that makes a room part of a space.
#[derive(Deserialize)]
struct Event {
    sender: String,
    origin_server_ts: i64,
    content: Box<RawValue>,
}

#[derive(Deserialize)]
struct Content {
    via: Vec<String>,
    #[serde(default)]
    order: serde_json::Value,
    #[serde(default)]
    suggested: serde_json::Value,
}

/// The valid children of a space, in the order the specification gives.
pub(super) async fn children(
    connection: &mut Connection,
    room_id: &RoomId,
    suggested_only: bool,
) -> Result<Vec<Child>> {
    let sql = "SELECT state.state_key, event.json FROM current_state state \
               JOIN events event ON event.event_id = state.event_id \
               WHERE state.room_id = $1 AND state.type = 'm.space.child'";
    let mut children = Vec::new();
    for row in connection.fetch_all(sql, args![room_id]).await? {
        let Ok(room_id) = OwnedRoomId::try_from(row.get::<String>(0)?) else { continue };
        let event: Event = serde_json::from_slice(&row.get::<Vec<u8>>(1)?).map_err(MatrixError::internal)?;
        // Who takes a room out of a space takes the servers away that know it.
        let Ok(content) = serde_json::from_str::<Content>(event.content.get()) else { continue };
        if content.via.is_empty() || (suggested_only && content.suggested != true) {
            continue;
        }
        let order = content.order.as_str().filter(|order| is_valid(order)).map(ToOwned::to_owned);
        let Event { sender, origin_server_ts: time, content } = event;
        children.push(Child { room_id, order, time, sender, content });
    }
    let key = |child: &Child| (child.order.is_none(), child.order.clone(), child.time, child.room_id.clone());
    children.sort_by_cached_key(key);
    Ok(children)
}

fn is_valid(order: &str) -> bool {
    order.len() <= MAX_ORDER && order.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

impl Child {
    /// The event as those see it who are not in the space.
    pub(super) fn stripped(&self) -> Result<Raw<HierarchySpaceChildEvent>> {
        let event = json!({
            "type": "m.space.child",
            "state_key": self.room_id,
            "sender": self.sender,
            "origin_server_ts": self.time,
            "content": self.content,
        });
        Ok(Raw::from_json(to_raw_value(&event).map_err(MatrixError::internal)?))
    }
}
