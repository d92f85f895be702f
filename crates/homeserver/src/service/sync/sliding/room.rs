//! What is told of each room.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ruma::{OwnedMxcUri, OwnedRoomId, OwnedUserId, RoomId};
use serde::Deserialize;

use super::{
    super::{
        events::{self, Members, Recent, Span},
        summary,
    },
    Context,
    lists::{Entry, Facts},
    request::{Required, Wish},
    response::{Hero, Response, Room},
};
use crate::{
    Result,
    service::timeline::{self, History, Shape, StoredEvent, Token, members::MemberContent},
    storage::{Connection, StreamPosition, Value, args, in_list, rows_list},
};

/// A room that is told of.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) entry: Entry,
    pub(super) wish: Wish,
    pub(super) lists: Vec<String>,
    pub(super) what: What,
}

/// What is told of it.
#[derive(Debug)]
pub(super) enum What {
    /// What someone sees who is not in it.
    Stripped,
    /// Everything.
    Initial,
    /// What has happened.
    Update {
        /// Since then.
        after: StreamPosition,
        /// More of the timeline is wanted than before.
        expands_timeline: bool,
        /// The state that was wanted before, if more is wanted now.
        before: Option<Required>,
    },
}

/// The events of each room's timeline.
pub(super) type Timelines = HashMap<OwnedRoomId, Vec<StoredEvent>>;

const MEMBER: &str = "m.room.member";

/// What is read of a room.
#[derive(Default)]
struct Found {
    timeline: Vec<StoredEvent>,
    limited: bool,
    /// State that is new to the client, wanted or not.
    state: Vec<StoredEvent>,
}

impl Task {
    /// Where the room ends for the user.
    fn until(&self, context: &Context<'_>) -> StreamPosition {
        match self.entry.membership.as_str() {
            "join" => context.now.events,
            _ => self.entry.since,
        }
    }

    /// After which position the timeline begins.
    fn timeline_after(&self) -> StreamPosition {
        match self.what {
            What::Update { after, expands_timeline: false, .. } => after,
            _ => 0,
        }
    }

    fn is_initial(&self) -> bool {
        matches!(self.what, What::Initial)
    }
}

/// Adds what the tasks say to the response; answers the timelines.
pub(super) async fn add(
    context: &Context<'_>,
    connection: &mut Connection,
    tasks: &[Task],
    facts: &Facts,
    response: &mut Response,
) -> Result<Timelines> {
    let (stripped, full): (Vec<&Task>, Vec<&Task>) = tasks.iter().partition(|task| matches!(task.what, What::Stripped));
    for task in stripped {
        response.rooms.insert(task.entry.room_id.clone(), outside(connection, task, facts).await?);
    }
    if full.is_empty() {
        return Ok(Timelines::new());
    }
    let mut found = timelines(context, connection, &full).await?;
    states(context, connection, &full, &mut found).await?;
    let lazy = lazy_members(context, connection, &full, &found).await?;
    let rooms: Vec<&RoomId> = full.iter().map(|task| &*task.entry.room_id).collect();
    let mut unread = context.services.push.unread(connection, context.user_id(), &rooms, context.now.events).await?;
    let bumps = bump_stamps(connection, &full, context).await?;
    let counts = counts(connection, &rooms).await?;
    let heroes = heroes(context, connection, &full, &found).await?;
    let shown = show(context, connection, &full, &found).await?;

    let mut lazy = lazy;
    let mut shown = shown;
    for task in full {
        let room_id = &task.entry.room_id;
        let Some(found) = found.get(room_id) else { continue };
        let members_changed = found.state.iter().any(|event| event.event_type == MEMBER);
        let mut room = base(task, facts);
        room.initial = task.is_initial();
        room.timeline = shown.remove(room_id).unwrap_or_default();
        room.limited = found.limited;
        let since = context.since.map_or(StreamPosition::MAX, |since| since.events);
        room.num_live = found.timeline.iter().filter(|event| event.position > since).count();
        room.prev_batch = found.timeline.first().map(|event| Token(event.position - 1).to_string());
        if let What::Update { expands_timeline: true, .. } = task.what {
            (room.unstable_expanded_timeline, room.expanded_timeline) = (true, true);
        }
        room.required_state = required(context, task, found, lazy.remove(room_id).unwrap_or_default())?;
        name(task, found, &mut room);
        room.heroes = heroes.get(room_id).cloned();
        if task.is_initial() || members_changed {
            let (joined, invited) = counts.get(room_id).copied().unwrap_or_default();
            (room.joined_count, room.invited_count) = (Some(joined), Some(invited));
        }
        room.bump_stamp = bumps.get(room_id).copied().unwrap_or(task.entry.since);
        let unread = unread.remove(room_id).unwrap_or_default().total();
        (room.notification_count, room.highlight_count) = (unread.notifications, unread.highlights);
        response.rooms.insert(room_id.clone(), room);
    }
    Ok(found.into_iter().map(|(room_id, found)| (room_id, found.timeline)).collect())
}

impl Context<'_> {
    fn user_id(&self) -> &OwnedUserId {
        &self.sender.user_id
    }
}

/// What every kind of answer says.
fn base(task: &Task, facts: &Facts) -> Room {
    let is_direct = facts.is_direct(&task.entry.room_id);
    Room {
        is_dm: is_direct.then_some(true),
        membership: Some(task.entry.membership.to_string()),
        lists: task.lists.clone(),
        bump_stamp: task.entry.since,
        ..Room::default()
    }
}

/// A room the user is not in yet, or refused to enter.
async fn outside(connection: &mut Connection, task: &Task, facts: &Facts) -> Result<Room> {
    let mut room = base(task, facts);
    room.initial = true;
    if let Some(event) = timeline::event(connection, &task.entry.event_id).await? {
        let state = timeline::stripped_state(connection, &event).await?;
        room.stripped_state = Some(state.clone());
        room.invite_state = Some(state).filter(|_| !task.entry.left);
    }
    Ok(room)
}

async fn timelines(
    context: &Context<'_>,
    connection: &mut Connection,
    tasks: &[&Task],
) -> Result<HashMap<OwnedRoomId, Found>> {
    let mut by_limit: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
    for task in tasks {
        let (room_id, after, until) = (task.entry.room_id.clone(), task.timeline_after(), task.until(context));
        by_limit.entry(task.wish.limit).or_default().push(Span { room_id, after, until });
    }
    let mut recent: HashMap<OwnedRoomId, Recent> = HashMap::new();
    for (limit, spans) in by_limit {
        recent.extend(events::recent(connection, &spans, &Default::default(), limit).await?);
    }
    let mut found = HashMap::new();
    for task in tasks {
        let room_id = &task.entry.room_id;
        let mut recent = recent.remove(room_id).unwrap_or_default();
        let own = context.user_id();
        // What was before the user's time may not be for their eyes.
        if recent.events.first().is_some_and(|event| event.position < task.entry.since) {
            let history = History::load(connection, room_id, own).await?;
            let is_about =
                |event: &StoredEvent| event.event_type == MEMBER && event.state_key.as_deref() == Some(own.as_str());
            recent.events.retain(|event| is_about(event) || history.allows(event));
        }
        let ignored = &context.preferences.ignored;
        recent.events.retain(|event| event.state_key.is_some() || !ignored.contains(&event.sender));
        let room = Found { timeline: recent.events, limited: recent.limited, state: Vec::new() };
        found.insert(room_id.clone(), room);
    }
    Ok(found)
}

/// Reads the state: all of it, or what has changed.
async fn states(
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
async fn lazy_members(
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
fn required(
    context: &Context<'_>,
    task: &Task,
    found: &Found,
    lazy: Vec<StoredEvent>,
) -> Result<Vec<std::sync::Arc<serde_json::value::RawValue>>> {
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
    events.map(|event| Ok(timeline::plain(&context.viewer, Shape::Sync, event)?.into())).collect()
}

/// The room's own name and picture, if they are new.
fn name(task: &Task, found: &Found, room: &mut Room) {
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
async fn heroes(
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
async fn counts(connection: &mut Connection, rooms: &[&RoomId]) -> Result<HashMap<OwnedRoomId, (i64, i64)>> {
    let mut counts = HashMap::new();
    for rooms in rooms.chunks(500) {
        let sql = format!("SELECT room_id, joined, invited FROM rooms WHERE room_id IN {}", in_list(1, rooms.len()));
        let values = rooms.iter().map(|room_id| Value::from(*room_id)).collect();
        for row in connection.fetch_all(sql, values).await? {
            counts.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
        }
    }
    Ok(counts)
}

/// When something last happened in each room that people care for.
async fn bump_stamps(
    connection: &mut Connection,
    tasks: &[&Task],
    context: &Context<'_>,
) -> Result<HashMap<OwnedRoomId, StreamPosition>> {
    let mut stamps = HashMap::new();
    for tasks in tasks.chunks(100) {
        let sql = format!(
            "WITH wanted (room_id, until) AS (VALUES {}) SELECT w.room_id, (SELECT e.position FROM events e \
             WHERE e.room_id = w.room_id AND e.position <= w.until AND e.type IN ('m.room.create', \
             'm.room.message', 'm.room.encrypted', 'm.sticker', 'm.call.invite', 'm.poll.start', \
             'org.matrix.msc3381.poll.start', 'm.beacon_info', 'org.matrix.msc3672.beacon_info') \
             ORDER BY e.position DESC LIMIT 1) FROM wanted w",
            rows_list(tasks.len(), 2)
        );
        let values = tasks.iter().flat_map(|task| args![&task.entry.room_id, task.until(context)]).collect();
        for row in connection.fetch_all(sql, values).await? {
            if let Some(position) = row.get::<Option<i64>>(1)? {
                stamps.insert(row.get(0)?, position);
            }
        }
    }
    Ok(stamps)
}

/// The timelines as clients see them.
async fn show(
    context: &Context<'_>,
    connection: &mut Connection,
    tasks: &[&Task],
    found: &HashMap<OwnedRoomId, Found>,
) -> Result<HashMap<OwnedRoomId, Vec<std::sync::Arc<serde_json::value::RawValue>>>> {
    let events: Vec<StoredEvent> = tasks
        .iter()
        .filter_map(|task| found.get(&task.entry.room_id))
        .flat_map(|found| &found.timeline)
        .cloned()
        .collect();
    let shown = timeline::to_client(connection, &context.viewer, Shape::Sync, None, &events).await?;
    let mut by_room: HashMap<OwnedRoomId, Vec<_>> = HashMap::new();
    for (event, shown) in events.into_iter().zip(shown) {
        by_room.entry(event.room_id).or_default().push(shown.into());
    }
    Ok(by_room)
}
