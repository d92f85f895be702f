//! What is told of each room.

mod about;
mod state;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, events::room::member::MembershipState};
use serde_json::value::RawValue;

use super::{
    super::events::{self, Recent, Span},
    Context,
    lists::{Entry, Facts},
    request::{Required, Wish},
    response::{Response, Room},
};
use crate::{
    Result,
    service::timeline::{self, History, Shape, Standing, StoredEvent, Token, erasure},
    storage::{Connection, StreamPosition},
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
        response.rooms.insert(task.entry.room_id.clone(), outside(context, connection, task, facts).await?);
    }
    if full.is_empty() {
        return Ok(Timelines::new());
    }
    let mut found = timelines(context, connection, &full).await?;
    state::read(context, connection, &full, &mut found).await?;
    let mut lazy = state::lazy_members(context, connection, &full, &found).await?;
    let rooms: Vec<&RoomId> = full.iter().map(|task| &*task.entry.room_id).collect();
    let mut unread = context.services.push.unread(connection, context.user_id(), &rooms, context.now.events).await?;
    let bumps = about::bump_stamps(connection, &full, context).await?;
    let counts = about::counts(connection, &rooms).await?;
    let heroes = about::heroes(context, connection, &full, &found).await?;
    let standing = standing(context, connection, &full, &found, &lazy).await?;
    let states = found.values_mut().flat_map(|found| &mut found.state).chain(lazy.values_mut().flatten());
    erasure::hide(connection, context.user_id(), &standing, states.collect()).await?;
    let known = timeline::Known { standing: Some(&standing), fresh: None };
    let mut shown = show(context, connection, known, &found).await?;
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
        room.required_state = state::required((context, known), task, found, lazy.remove(room_id).unwrap_or_default())?;
        about::name(task, found, &mut room);
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
async fn outside(context: &Context<'_>, connection: &mut Connection, task: &Task, facts: &Facts) -> Result<Room> {
    let mut room = base(task, facts);
    room.initial = true;
    if let Some(event) = timeline::event(connection, &task.entry.event_id).await? {
        let state = timeline::stripped_state(connection, &event).await?;
        let own = context.user_id();
        if task.entry.left && task.wish.required.matches(MEMBER, own.as_str(), own) {
            // Of a room without an invitation clients believe that they are in it, unless this says otherwise.
            room.required_state =
                vec![timeline::plain(&context.viewer, Shape::Sync, timeline::Known::default(), &event)?.into()];
        }
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
    // What was before the user's time may not be for their eyes.
    let is_doubtful = |task: &&&Task| {
        let first = recent.get(&task.entry.room_id).and_then(|recent| recent.events.first());
        first.is_some_and(|event| event.position < task.entry.since)
    };
    let doubtful: Vec<&RoomId> = tasks.iter().filter(is_doubtful).map(|task| &*task.entry.room_id).collect();
    let histories = History::load_all(connection, &doubtful, context.user_id()).await?;
    let mut found = HashMap::new();
    for task in tasks {
        let room_id = &task.entry.room_id;
        let mut recent = recent.remove(room_id).unwrap_or_default();
        let own = context.user_id();
        if let Some(history) = histories.get(room_id) {
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

/// How the user stood to the rooms at each of the events.
async fn standing(
    context: &Context<'_>,
    connection: &mut Connection,
    tasks: &[&Task],
    found: &HashMap<OwnedRoomId, Found>,
    lazy: &HashMap<OwnedRoomId, Vec<StoredEvent>>,
) -> Result<Standing> {
    let inside = tasks.iter().filter(|task| task.entry.membership == MembershipState::Join);
    let joined = inside.map(|task| (&*task.entry.room_id, task.entry.since));
    let all = found.values().flat_map(|found| found.timeline.iter().chain(&found.state));
    let mut standing = Standing::joined(joined);
    let rooms = standing.lacks(all.chain(lazy.values().flatten()));
    standing.learn(connection, context.user_id(), rooms).await?;
    Ok(standing)
}

/// The timelines as clients see them.
async fn show(
    context: &Context<'_>,
    connection: &mut Connection,
    known: timeline::Known<'_>,
    found: &HashMap<OwnedRoomId, Found>,
) -> Result<HashMap<OwnedRoomId, Vec<Arc<RawValue>>>> {
    let mut events: Vec<StoredEvent> = found.values().flat_map(|found| &found.timeline).cloned().collect();
    let shown = timeline::to_client(connection, &context.viewer, Shape::Sync, known, &mut events).await?;
    let mut by_room: HashMap<OwnedRoomId, Vec<_>> = HashMap::new();
    for (event, shown) in events.into_iter().zip(shown) {
        by_room.entry(event.room_id).or_default().push(shown.into());
    }
    Ok(by_room)
}
