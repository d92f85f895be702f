//! Who is in a room, in short, so that clients can name one that has no name.

use std::collections::{HashMap, HashSet};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use serde::Deserialize;

use super::{
    Context,
    response::Summary,
    timeline::{Found, Wanted},
};
use crate::{
    Result,
    storage::{Connection, StorageError, args, texts},
};

/// How many members stand for a room.
const HEROES: usize = 5;

/// Those who stand for each room that has no name of its own: up to five members besides the user,
/// or of those who were there.
pub(super) async fn heroes(
    user_id: &UserId,
    connection: &mut Connection,
    rooms: &[&RoomId],
) -> Result<HashMap<OwnedRoomId, Vec<OwnedUserId>>> {
    let mut heroes = HashMap::new();
    for rooms in rooms.chunks(500) {
        let named = named(connection, rooms).await?;
        let unnamed: Vec<&RoomId> = rooms.iter().copied().filter(|room_id| !named.contains(*room_id)).collect();
        if unnamed.is_empty() {
            continue;
        }
        let sql = "SELECT room_id, user_id, membership FROM memberships \
            WHERE user_id <> $1 AND room_id {in 2} AND membership <> 'knock' \
            ORDER BY CASE WHEN membership IN ('join', 'invite') THEN 0 ELSE 1 END, position";
        let values = args![user_id, texts(unnamed)];
        let mut present: HashSet<OwnedRoomId> = HashSet::new();
        for row in connection.fetch_all(sql, values).await? {
            let room_id: OwnedRoomId = row.get(0)?;
            let is_present = matches!(row.get::<String>(2)?.as_str(), "join" | "invite");
            if is_present {
                present.insert(room_id.clone());
            }
            let list: &mut Vec<OwnedUserId> = heroes.entry(room_id.clone()).or_default();
            // Those who have gone stand for a room only where nobody is left.
            if list.len() < HEROES && (is_present || !present.contains(&room_id)) {
                list.push(row.get(1)?);
            }
        }
    }
    Ok(heroes)
}

/// Those of the rooms that have a name or an alias.
async fn named(connection: &mut Connection, rooms: &[&RoomId]) -> Result<HashSet<OwnedRoomId>, StorageError> {
    #[derive(Deserialize)]
    struct Event {
        content: Content,
    }
    #[derive(Deserialize)]
    struct Content {
        name: Option<String>,
        alias: Option<String>,
    }
    let sql = "SELECT s.room_id, e.json FROM current_state s JOIN events e ON e.event_id = s.event_id \
        WHERE s.type IN ('m.room.name', 'm.room.canonical_alias') AND s.state_key = '' AND s.room_id {in 1}";
    let mut named = HashSet::new();
    for row in connection.fetch_all(sql, args![texts(rooms)]).await? {
        let Ok(Event { content }) = serde_json::from_slice(&row.get::<Vec<u8>>(1)?) else { continue };
        if content.name.or(content.alias).is_some_and(|name| !name.is_empty()) {
            named.insert(row.get(0)?);
        }
    }
    Ok(named)
}

/// The summaries of the rooms in which they may have changed.
pub(super) async fn summaries(
    context: &Context<'_>,
    connection: &mut Connection,
    wanted: &[Wanted],
    found: &HashMap<OwnedRoomId, Found>,
    mut heroes: HashMap<OwnedRoomId, Vec<OwnedUserId>>,
) -> Result<HashMap<OwnedRoomId, Summary>> {
    let changed = |wanted: &&Wanted| wanted.complete || found.get(&wanted.room_id).is_some_and(Found::changes_members);
    let rooms: Vec<&Wanted> = wanted.iter().filter(changed).collect();
    let without: Vec<&RoomId> = rooms.iter().filter(|wanted| wanted.after > 0).map(|wanted| &*wanted.room_id).collect();
    heroes.extend(self::heroes(&context.sender.user_id, connection, &without).await?);

    let mut summaries = HashMap::new();
    for rooms in rooms.chunks(500) {
        let sql = "SELECT room_id, joined, invited FROM rooms WHERE room_id {in 1}";
        let rooms = texts(rooms.iter().map(|wanted| &wanted.room_id));
        for row in connection.fetch_all(sql, args![rooms]).await? {
            let room_id: OwnedRoomId = row.get(0)?;
            let summary = Summary { heroes: heroes.remove(&room_id), joined: row.get(1)?, invited: row.get(2)? };
            summaries.insert(room_id, summary);
        }
    }
    Ok(summaries)
}
