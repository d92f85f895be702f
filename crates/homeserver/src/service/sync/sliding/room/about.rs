//! What a room is called and looks like, how many are in it, and when something last happened there.

use std::collections::HashMap;

use ruma::{OwnedMxcUri, OwnedRoomId, OwnedUserId, RoomId};
use serde::Deserialize;

use super::{
    super::response::{Hero, Room},
    Context, Found, MEMBER, Task,
};
use crate::{
    Result,
    service::{
        sync::{events, summary},
        timeline::{StoredEvent, members::MemberContent},
    },
    storage::{Connection, StreamPosition, args, texts},
};

/// The room's own name and picture, if they are new.
pub(super) fn name(task: &Task, found: &Found, room: &mut Room) {
    #[derive(Deserialize)]
    struct Name {
        name: String,
    }
    #[derive(Deserialize)]
    struct Avatar {
        url: OwnedMxcUri,
    }
    let find = |kind: &str| {
        found.state.iter().rev().find(|event| event.event_type == kind && event.state_key.as_deref() == Some(""))
    };
    room.name = find("m.room.name").and_then(|event| event.content_as::<Name>()).map(|content| content.name);
    room.name = room.name.take().filter(|name| !name.is_empty());
    let avatar = find("m.room.avatar").map(|event| event.content_as::<Avatar>().map(|content| content.url));
    room.avatar = if task.is_initial() { avatar.filter(Option::is_some) } else { avatar };
}

/// Those who stand for rooms without a name, where they may have changed.
pub(super) async fn heroes(
    context: &Context<'_>,
    connection: &mut Connection,
    tasks: &[&Task],
    found: &HashMap<OwnedRoomId, Found>,
) -> Result<HashMap<OwnedRoomId, Vec<Hero>>> {
    let changed = |task: &&&Task| {
        let kinds = [MEMBER, "m.room.name", "m.room.canonical_alias"];
        task.is_initial()
            || found
                .get(&task.entry.room_id)
                .is_some_and(|found| found.state.iter().any(|event| kinds.contains(&event.event_type.as_str())))
    };
    let tasks: Vec<&&Task> = tasks.iter().filter(changed).collect();
    let rooms: Vec<&RoomId> = tasks.iter().map(|task| &*task.entry.room_id).collect();
    let heroes = summary::heroes(context.user_id(), connection, &rooms).await?;
    let mut wanted = Vec::new();
    for task in tasks {
        for user_id in heroes.get(&task.entry.room_id).into_iter().flatten() {
            wanted.push((task.entry.room_id.clone(), user_id.clone(), task.until(context) + 1));
        }
    }
    let events = events::members_before(connection, &wanted).await?;
    let hero = |room_id: &OwnedRoomId, user_id: OwnedUserId| {
        let event = events.get(room_id).into_iter().flatten();
        let content = event
            .filter(|event| event.state_key.as_deref() == Some(user_id.as_str()))
            .find_map(StoredEvent::content_as::<MemberContent>)
            .unwrap_or_default();
        Hero { user_id, displayname: content.displayname, avatar_url: content.avatar_url }
    };
    Ok(heroes
        .into_iter()
        .map(|(room_id, users)| {
            let heroes = users.into_iter().map(|user_id| hero(&room_id, user_id)).collect();
            (room_id, heroes)
        })
        .collect())
}

/// Joined and invited members of each room.
pub(super) async fn counts(connection: &mut Connection, rooms: &[&RoomId]) -> Result<HashMap<OwnedRoomId, (i64, i64)>> {
    let mut counts = HashMap::new();
    for rooms in rooms.chunks(500) {
        let sql = "SELECT room_id, joined, invited FROM rooms WHERE room_id {in 1}";
        for row in connection.fetch_all(sql, args![texts(rooms)]).await? {
            counts.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
        }
    }
    Ok(counts)
}

/// When something last happened in each room that people care for.
pub(super) async fn bump_stamps(
    connection: &mut Connection,
    tasks: &[&Task],
    context: &Context<'_>,
) -> Result<HashMap<OwnedRoomId, StreamPosition>> {
    let mut stamps = HashMap::new();
    for tasks in tasks.chunks(100) {
        let sql = "WITH wanted (room_id, until) AS ({rows 1 2}) \
            SELECT w.room_id, (SELECT e.position FROM events e \
            WHERE e.room_id = w.room_id AND e.position <= w.until AND e.type IN ('m.room.create', \
            'm.room.message', 'm.room.encrypted', 'm.sticker', 'm.call.invite', 'm.poll.start', \
            'org.matrix.msc3381.poll.start', 'm.beacon_info', 'org.matrix.msc3672.beacon_info') \
            ORDER BY e.position DESC LIMIT 1) FROM wanted w";
        let rooms = texts(tasks.iter().map(|task| &task.entry.room_id));
        let until: Vec<_> = tasks.iter().map(|task| task.until(context)).collect();
        for row in connection.fetch_all(sql, args![rooms, until]).await? {
            if let Some(position) = row.get::<Option<i64>>(1)? {
                stamps.insert(row.get(0)?, position);
            }
        }
    }
    Ok(stamps)
}
