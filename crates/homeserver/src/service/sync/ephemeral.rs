//! What is not part of a room's history: who types, and how far everyone has read.

use std::collections::{BTreeMap, HashMap};

use ruma::{OwnedRoomId, OwnedUserId, RoomId};
use serde::Serialize;
use serde_json::value::to_raw_value;

use super::{Context, filter::admits_in_room, response::Shown};
use crate::{
    MatrixError, Result,
    service::receipts::{self, ReceiptContent},
    storage::Connection,
};

/// Who types in which room.
pub(super) type TypingRooms = BTreeMap<OwnedRoomId, Vec<OwnedUserId>>;

/// The rooms in which who types has changed.
pub(super) fn typing(context: &Context<'_>) -> TypingRooms {
    let (seen, now) = (context.since.typing, context.now.typing);
    let sees_first = context.is_initial() || seen.epoch != now.epoch;
    let changed = context.services.typing.since(seen.serial_of(now.epoch));
    // To those who saw nothing yet, that nobody types is no news.
    changed.into_iter().filter(|(_, users)| !(sees_first && users.is_empty())).collect()
}

/// The receipts that are new to the client, all of them in `complete` rooms.
pub(super) async fn receipts(
    context: &Context<'_>,
    connection: &mut Connection,
    rooms: &[&RoomId],
    complete: &[&RoomId],
) -> Result<HashMap<OwnedRoomId, ReceiptContent>> {
    let (user_id, now) = (&context.sender.user_id, context.now.receipts);
    let mut found = HashMap::new();
    if context.since.receipts < now && complete.len() < rooms.len() {
        found = receipts::in_rooms(connection, user_id, rooms, context.since.receipts, now).await?;
    }
    found.extend(receipts::in_rooms(connection, user_id, complete, 0, now).await?);
    Ok(found)
}

#[derive(Serialize)]
struct Ephemeral<'e, C> {
    content: C,
    #[serde(rename = "type")]
    kind: &'e str,
}

#[derive(Serialize)]
struct Typing {
    user_ids: Vec<OwnedUserId>,
}

/// The events of a room.
pub(super) fn events(
    context: &Context<'_>,
    room_id: &RoomId,
    receipts: Option<ReceiptContent>,
    typing: Option<Vec<OwnedUserId>>,
) -> Result<Vec<Shown>> {
    let filter = &context.request.filter.room.ephemeral;
    let admitted = |kind| admits_in_room(filter, room_id, kind);
    let mut events = Vec::new();
    if let Some(mut user_ids) = typing.filter(|_| admitted("m.typing")) {
        user_ids.retain(|user_id| !context.preferences.ignored.contains(user_id));
        events.push(show("m.typing", Typing { user_ids })?);
    }
    if let Some(receipts) = receipts.filter(|_| admitted("m.receipt")) {
        events.push(show("m.receipt", receipts)?);
    }
    Ok(events)
}

fn show(kind: &str, content: impl Serialize) -> Result<Shown> {
    let event = Ephemeral { content, kind };
    to_raw_value(&event).map(Shown::from).map_err(MatrixError::internal)
}
