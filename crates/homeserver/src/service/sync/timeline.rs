//! The timelines of rooms, and the state that belongs to their beginning or end.

use std::collections::{BTreeSet, HashMap};

use ruma::{
    OwnedRoomId, OwnedUserId, RoomId, UserId,
    api::client::filter::{FilterDefinition, LazyLoadOptions},
};

use super::{
    Context, SyncToken,
    events::{self, Members, Recent, Span},
    filter::admits_room,
    members,
    response::{Events, History, Shown, Timeline},
};
use crate::{
    Result,
    service::timeline::{self as rooms, History as Sight, Shape, Standing, StoredEvent, Token, erasure, filter},
    storage::{Connection, StreamPosition},
};

/// The length of timelines for clients that do not say.
const DEFAULT_LIMIT: usize = 10;

/// The longest timeline one room may have.
const MAX_LIMIT: usize = 500;

/// What of a client's filter concerns timelines and state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wishes {
    /// How many events a timeline may have.
    pub(super) limit: usize,
    /// Member events only of those who matter.
    pub(super) lazy: bool,
    /// Of those too that the client knows already.
    pub(super) redundant: bool,
    /// For the next token: how many of the newest events of each room have come with the member events
    /// of their senders, whenever they came.
    pub(super) lazy_limit: usize,
}

impl Wishes {
    pub(super) fn new(filter: &FilterDefinition, since: &SyncToken, is_initial: bool) -> Self {
        let limit = filter.room.timeline.limit.and_then(|limit| usize::try_from(u64::from(limit)).ok());
        let limit = limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
        let (lazy, redundant) = match filter.room.state.lazy_load_options {
            LazyLoadOptions::Disabled => (false, false),
            LazyLoadOptions::Enabled { include_redundant_members } => (true, include_redundant_members),
        };
        let lazy_limit = match (lazy, is_initial) {
            (false, _) => 0,
            (true, true) => limit,
            (true, false) => limit.min(since.lazy_limit),
        };
        Self { limit, lazy, redundant, lazy_limit }
    }
}

/// A room whose history is to be shown.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) room_id: OwnedRoomId,
    /// From after this position,
    pub(super) after: StreamPosition,
    /// to this one.
    pub(super) until: StreamPosition,
    /// The client knows nothing of the room's state, or wants all of it again.
    pub(super) complete: bool,
    /// What was before this position may not be for the user's eyes.
    pub(super) hidden_before: StreamPosition,
    /// Since when the user is in the room without a change, if they are.
    pub(super) joined_since: Option<StreamPosition>,
    /// Whose member events belong to the answer if they are not known, besides the senders.
    pub(super) members: Vec<OwnedUserId>,
}

/// What is found of a room.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) timeline: Vec<StoredEvent>,
    pub(super) state: Vec<StoredEvent>,
    pub(super) limited: bool,
    /// Where the timeline begins.
    pub(super) start: StreamPosition,
}

impl Found {
    /// Whether anyone's membership may have changed.
    pub(super) fn changes_members(&self) -> bool {
        self.limited || self.timeline.iter().chain(&self.state).any(|event| event.event_type == "m.room.member")
    }
}

/// Reads the timeline and state of each room.
pub(super) async fn read(
    context: &Context<'_>,
    connection: &mut Connection,
    wanted: &[Wanted],
) -> Result<HashMap<OwnedRoomId, Found>> {
    let mut found = timelines(context, connection, wanted).await?;
    states(context, connection, wanted, &mut found).await?;
    if context.wishes.lazy {
        members::add(context, connection, wanted, &mut found).await?;
    }
    for room in found.values_mut() {
        room.state.retain(|event| filter::matches(&context.request.filter.room.state, event));
    }
    Ok(found)
}

async fn timelines(
    context: &Context<'_>,
    connection: &mut Connection,
    wanted: &[Wanted],
) -> Result<HashMap<OwnedRoomId, Found>> {
    let wishes = &context.request.filter.room.timeline;
    let admitted = |room_id: &RoomId| admits_room(wishes.rooms.as_deref(), &wishes.not_rooms, room_id);
    let spans: Vec<Span> = wanted
        .iter()
        .filter(|wanted| wanted.after < wanted.until && admitted(&wanted.room_id))
        .map(|wanted| Span { room_id: wanted.room_id.clone(), after: wanted.after, until: wanted.until })
        .collect();
    let (known, spans): (Vec<Span>, Vec<Span>) = spans.into_iter().partition(|span| is_fresh(context, span));
    let mut recent = events::recent(connection, &spans, wishes, context.wishes.limit).await?;
    recent.extend(known.into_iter().map(|span| fresh(context, span)));
    hide(context, connection, wanted, &mut recent).await?;
    let events = recent.values().flat_map(|recent| &recent.events).collect();
    let related = context.request.related_by.among(connection, &context.sender.user_id, events).await?;

    let mut found = HashMap::with_capacity(wanted.len());
    for wanted in wanted {
        let Recent { mut events, limited } = recent.remove(&wanted.room_id).unwrap_or_default();
        events.retain(|event| {
            let ignored = event.state_key.is_none() && context.preferences.ignored.contains(&event.sender);
            !ignored && filter::matches(wishes, event) && related.has(event)
        });
        // State events that were not let through before the first that was belong to the state.
        let start = events.first().map_or(wanted.until + 1, |event| event.position);
        let room = Found { timeline: events, state: Vec::new(), limited, start };
        found.insert(wanted.room_id.clone(), room);
    }
    Ok(found)
}

/// Whether the events of a span are in memory.
fn is_fresh(context: &Context<'_>, span: &Span) -> bool {
    context.fresh.is_some() && span.after >= context.since.events && span.until <= context.now.events
}

/// The newest events of a span that are let through, from memory.
fn fresh(context: &Context<'_>, span: Span) -> (OwnedRoomId, Recent) {
    let wishes = &context.request.filter.room.timeline;
    let events = context.fresh.iter().flat_map(|fresh| fresh.of_room(&span.room_id));
    let mut events: Vec<StoredEvent> = events
        .filter(|event| event.position > span.after && event.position <= span.until && filter::matches(wishes, event))
        .map(|event| StoredEvent::clone(event))
        .collect();
    let excess = events.len().saturating_sub(context.wishes.limit);
    events.drain(..excess);
    (span.room_id, Recent { events, limited: excess > 0 })
}

/// Takes out what was before the user's time and is not for their eyes.
async fn hide(
    context: &Context<'_>,
    connection: &mut Connection,
    wanted: &[Wanted],
    recent: &mut HashMap<OwnedRoomId, Recent>,
) -> Result<()> {
    let doubtful: Vec<&RoomId> = wanted
        .iter()
        .filter(|wanted| {
            let first = recent.get(&wanted.room_id).and_then(|recent| recent.events.first());
            first.is_some_and(|event| event.position < wanted.hidden_before)
        })
        .map(|wanted| &*wanted.room_id)
        .collect();
    let sights = Sight::load_all(connection, &doubtful, &context.sender.user_id).await?;
    let allowed = |event: &StoredEvent| {
        is_about(event, &context.sender.user_id) || sights.get(&event.room_id).is_none_or(|sight| sight.allows(event))
    };
    // What is still so is the room's state, which the user may know, and it stands nowhere else.
    let doubted = || sights.keys().filter_map(|room_id| recent.get(room_id)).flat_map(|recent| &recent.events);
    let hidden: Vec<&StoredEvent> = doubted().filter(|event| event.state_key.is_some() && !allowed(event)).collect();
    let current = events::current(connection, &hidden).await?;
    for room_id in sights.keys() {
        if let Some(recent) = recent.get_mut(room_id) {
            recent.events.retain(|event| allowed(event) || current.contains(&event.event_id));
        }
    }
    Ok(())
}

/// Whether it is the user's own member event: that they were turned away is for them to know.
fn is_about(event: &StoredEvent, user_id: &UserId) -> bool {
    event.event_type == "m.room.member" && event.state_key.as_deref() == Some(user_id.as_str())
}

async fn states(
    context: &Context<'_>,
    connection: &mut Connection,
    wanted: &[Wanted],
    found: &mut HashMap<OwnedRoomId, Found>,
) -> Result<()> {
    let wishes = &context.request.filter.room;
    let timeline_filtered = !(filter::is_open(&wishes.timeline) && context.request.related_by.is_open());
    let (mut complete, mut partial) = (Vec::new(), Vec::new());
    for wanted in wanted {
        let Some(room) = found.get(&wanted.room_id) else { continue };
        if !admits_room(wishes.state.rooms.as_deref(), &wishes.state.not_rooms, &wanted.room_id) {
            continue;
        }
        let before = if context.request.state_after { wanted.until + 1 } else { room.start };
        if wanted.complete {
            complete.push((wanted.room_id.clone(), before));
        } else if wanted.after < wanted.until
            && (room.limited || timeline_filtered || context.request.state_after || room.timeline.is_empty())
        {
            partial.push((wanted.room_id.clone(), wanted.after, before));
        }
    }
    let members = if context.wishes.lazy { Members::None } else { Members::All };
    let mut states = events::state_before(connection, &complete, members).await?;
    states.extend(events::state_changes(connection, &partial).await?);
    for (room_id, events) in states {
        if let Some(room) = found.get_mut(&room_id) {
            room.state = events;
        }
    }
    Ok(())
}

/// The timelines as clients see them, and what it takes to show the state like that.
pub(super) struct Display {
    timelines: HashMap<OwnedRoomId, Vec<Shown>>,
    standing: Standing,
}

/// Makes the timelines ready.
pub(super) async fn show(
    context: &Context<'_>,
    connection: &mut Connection,
    wanted: &[Wanted],
    found: &mut HashMap<OwnedRoomId, Found>,
) -> Result<Display> {
    let joined = wanted.iter().filter_map(|wanted| Some((&*wanted.room_id, wanted.joined_since?)));
    let all = found.values().flat_map(|room| room.timeline.iter().chain(&room.state));
    let mut standing = Standing::joined(joined);
    let rooms = standing.lacks(all);
    standing.learn(connection, &context.sender.user_id, rooms).await?;
    let states = found.values_mut().flat_map(|room| &mut room.state).collect();
    erasure::hide(connection, &context.sender.user_id, &standing, states).await?;
    // All at once: what else is known of an event is asked for many together.
    let mut events: Vec<StoredEvent> = found.values().flat_map(|room| &room.timeline).cloned().collect();
    let known = rooms::Known { standing: Some(&standing), fresh: context.fresh.as_ref() };
    let shown = rooms::to_client(connection, &context.viewer, Shape::Sync, known, &mut events).await?;
    let mut by_room: HashMap<OwnedRoomId, Vec<Shown>> = HashMap::with_capacity(found.len());
    for (event, shown) in events.into_iter().zip(shown) {
        let shown = context.fields.apply(&event, shown)?;
        by_room.entry(event.room_id).or_default().push(shown);
    }
    Ok(Display { timelines: by_room, standing })
}

/// The history of a room as it is answered.
pub(super) fn history(
    context: &Context<'_>,
    room_id: &RoomId,
    found: &Found,
    display: &mut Display,
) -> Result<History> {
    let known = rooms::Known { standing: Some(&display.standing), fresh: None };
    let state = found.state.iter().map(|event| {
        let shown = rooms::plain(&context.viewer, Shape::Sync, known, event)?;
        context.fields.apply(event, shown)
    });
    let state = Events::from(state.collect::<Result<Vec<Shown>>>()?);
    let (state, state_after) = if context.request.state_after { (None, Some(state)) } else { (Some(state), None) };
    Ok(History {
        timeline: Timeline {
            events: display.timelines.remove(room_id).unwrap_or_default(),
            limited: found.limited,
            prev_batch: (!found.timeline.is_empty() || found.limited).then(|| Token(found.start - 1).to_string()),
        },
        state,
        state_after,
        account_data: Events::default(),
    })
}

/// The senders of the events of a timeline.
pub(super) fn senders(found: &Found) -> BTreeSet<&OwnedUserId> {
    found.timeline.iter().map(|event| &event.sender).collect()
}
