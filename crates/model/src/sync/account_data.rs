//! Account data of a room, and `m.direct`.

use std::collections::{BTreeMap, BTreeSet};

use ruma::{EventId, RoomId};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    account::Account,
    changes::{RoomChanges, Snapshot},
    room::{RoomAccountData, StoredRoom},
};

/// Keeps every event of a room's account data, and takes over what this client understands.
pub(super) fn fold(events: &[(String, String)], room: &mut StoredRoom, changes: &mut RoomChanges) {
    #[derive(Deserialize)]
    struct FullyRead {
        event_id: String,
    }
    #[derive(Deserialize)]
    struct Tags {
        tags: BTreeMap<String, Value>,
    }
    #[derive(Deserialize)]
    struct MarkedUnread {
        unread: bool,
    }
    for (event_type, content) in events {
        match &**event_type {
            "m.fully_read" => {
                if let Ok(marker) = serde_json::from_str::<FullyRead>(content)
                    && let Ok(event_id) = EventId::parse(marker.event_id)
                {
                    room.fully_read = Some(event_id);
                }
            }
            "m.tag" => {
                if let Ok(tags) = serde_json::from_str::<Tags>(content) {
                    room.tags = tags.tags.into_keys().collect::<BTreeSet<_>>();
                }
            }
            "m.marked_unread" => {
                if let Ok(marked) = serde_json::from_str::<MarkedUnread>(content) {
                    room.marked_unread = marked.unread;
                }
            }
            _ => {}
        }
        changes.account_data.insert(event_type.clone(), Some(RoomAccountData { content: content.clone() }));
    }
}

/// `m.direct` changed: the room's record says whether it is a direct chat.
pub(super) fn direct(account: &Account, room_id: &RoomId, snapshot: &Snapshot) -> RoomChanges {
    let mut changes = RoomChanges::new(room_id.to_owned());
    let is_direct = account.direct.contains(room_id);
    if let Some(room) = &snapshot.room
        && room.is_direct != is_direct
    {
        let mut room = room.clone();
        room.is_direct = is_direct;
        changes.room = Some(room);
        changes.touched.tile = true;
    }
    changes
}
