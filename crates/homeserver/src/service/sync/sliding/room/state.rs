//! The state of each room that the client asked for and does not have.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use ruma::{OwnedRoomId, OwnedUserId};
use serde_json::value::RawValue;

use super::{Context, Found, MEMBER, Task, What};
use crate::{
    Result,
    service::{
        sync::events::{self, Members},
        timeline::{self, Known, Shape, StoredEvent},
    },
    storage::{Connection, StreamPosition},
};

/// Reads the state: all of it, or what has changed.
pub(super) async fn read(
    context: &Context<'_>,
    connection: &mut Connection,
    tasks: &[&Task],
    found: &mut HashMap<OwnedRoomId, Found>,
) -> Result<()> {
    let (mut with_members, mut without, mut changes, mut members) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for task in tasks {
        let (room_id, before) = (&task.entry.room_id, task.until(context) + 1);
        if let What::Update { after, before: None, .. } = &task.what {
            changes.push((room_id.clone(), *after, before));
        } else if task.wish.required.wants_all_members() {
            with_members.push((room_id.clone(), before));
        } else {
            without.push((room_id.clone(), before));
            for member in task.wish.required.members(context.user_id()) {
                members.extend(OwnedUserId::try_from(member).ok().map(|member| (room_id.clone(), member, before)));
            }
            if let What::Update { after, .. } = &task.what {
                changes.push((room_id.clone(), *after, before));
            }
        }
    }
    let parts = [
        events::state_before(connection, &with_members, Members::All).await?,
        events::state_before(connection, &without, Members::None).await?,
        events::members_before(connection, &members).await?,
        events::state_changes(connection, &changes).await?,
    ];
    for (room_id, state) in parts.into_iter().flatten() {
        if let Some(room) = found.get_mut(&room_id) {
            let there: BTreeSet<_> = room.state.iter().map(|event| event.event_id.clone()).collect();
            room.state.extend(state.into_iter().filter(|event| !there.contains(&event.event_id)));
        }
    }
    Ok(())
}

/// The member events of those who speak, and that the client does not have.
pub(super) async fn lazy_members(
    context: &Context<'_>,
    connection: &mut Connection,
    tasks: &[&Task],
    found: &HashMap<OwnedRoomId, Found>,
) -> Result<HashMap<OwnedRoomId, Vec<StoredEvent>>> {
    // Who was among the newest when the client last heard of the room came with them.
    let mut by_limit: BTreeMap<usize, Vec<(OwnedRoomId, StreamPosition)>> = BTreeMap::new();
    for task in tasks.iter().filter(|task| task.wish.required.is_lazy()) {
        if let What::Update { after, expands_timeline: false, .. } = task.what {
            by_limit.entry(task.wish.limit).or_default().push((task.entry.room_id.clone(), after));
        }
    }
    let mut known = BTreeSet::new();
    for (limit, rooms) in by_limit {
        known.extend(events::recent_senders(connection, &rooms, limit).await?);
    }
    let mut wanted = Vec::new();
    for task in tasks.iter().filter(|task| task.wish.required.is_lazy()) {
        let room_id = &task.entry.room_id;
        let Some(found) = found.get(room_id) else { continue };
        let there: BTreeSet<&str> = found
            .state
            .iter()
            .filter(|event| event.event_type == MEMBER)
            .filter_map(|event| event.state_key.as_deref())
            .collect();
        let speakers: BTreeSet<&OwnedUserId> = found.timeline.iter().map(|event| &event.sender).collect();
        for user_id in speakers {
            if !there.contains(user_id.as_str()) && !known.contains(&(room_id.clone(), user_id.clone())) {
                wanted.push((room_id.clone(), user_id.clone(), task.until(context) + 1));
            }
        }
    }
    Ok(events::members_before(connection, &wanted).await?)
}

/// The state that the client asked for and does not have.
pub(super) fn required(
    (context, known): (&Context<'_>, Known<'_>),
    task: &Task,
    found: &Found,
    lazy: Vec<StoredEvent>,
) -> Result<Vec<Arc<RawValue>>> {
    let required = &task.wish.required;
    let speakers: BTreeSet<&str> = found.timeline.iter().map(|event| event.sender.as_str()).collect();
    let targets: BTreeSet<&str> = found
        .timeline
        .iter()
        .filter(|event| event.event_type == MEMBER)
        .filter_map(|event| event.state_key.as_deref())
        .collect();
    let is_wanted = |event: &&StoredEvent| {
        let (kind, key) = (event.event_type.as_str(), event.state_key.as_deref().unwrap_or_default());
        if let What::Update { after, before: Some(before), .. } = &task.what
            && event.position <= *after
            && before.matches(kind, key, context.user_id())
        {
            return false;
        }
        // Of members a client that loads them lazily gets every change, where it has no gap.
        let lazily = required.is_lazy()
            && kind == MEMBER
            && (!found.limited && !task.is_initial() || speakers.contains(key) || targets.contains(key));
        lazily || required.matches(kind, key, context.user_id())
    };
    let events = found.state.iter().filter(is_wanted).chain(&lazy);
    events.map(|event| Ok(timeline::plain(&context.viewer, Shape::Sync, known, event)?.into())).collect()
}
