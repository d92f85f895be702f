//! Simplified sliding sync: what has happened in the rooms a client looks at, see [MSC4186].
//!
//! The client names lists of rooms by filter and range, and single rooms; it is told of those, and of the
//! others once it looks at them. What it knows is kept by [`connection`], everything else is found out
//! anew for each answer.
//!
//! [MSC4186]: https://github.com/matrix-org/matrix-spec-proposals/pull/4186

mod connection;
mod extensions;
mod lists;
mod request;
mod response;
mod room;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ruma::{OwnedRoomId, events::room::member::MembershipState};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use self::{
    connection::{Known, Pos},
    lists::{Entry, Facts},
    request::Wish,
    response::ListCount,
    room::{Task, What},
};
pub use self::{request::Request, response::Response};
use super::{Services, SyncToken, audience::Interest, wait::LONGEST};
use crate::{
    Result,
    api::Sender,
    service::{presence::Presence, push::Preferences, receipts, rooms::invites::are_blocked_by, timeline::Viewer},
    storage::{Connection, StreamPosition, args},
};

/// What the parts of an answer are made from.
struct Context<'c> {
    services: &'c Services,
    sender: &'c Sender,
    request: &'c Request,
    preferences: Arc<Preferences>,
    /// Nothing: the client knows nothing yet.
    since: Option<SyncToken>,
    now: SyncToken,
    viewer: Viewer,
}

/// A room the client looks at.
#[derive(Debug, Default)]
struct Watched {
    wish: Wish,
    lists: BTreeSet<String>,
    subscribed: bool,
}

type WatchedRooms = BTreeMap<OwnedRoomId, Watched>;

/// Answers a sync, at once if there is something to say, otherwise when there is, or when the time is
/// up, or when the server stops.
pub async fn sliding_sync(services: &Services, sender: &Sender, request: Request) -> Result<Response> {
    request.check()?;
    Presence::check(&request.set_presence)?;
    let there = services.presence.hold(sender, request.set_presence.clone()).await;
    let answer = answer(services, sender, &request).await;
    drop(there);
    answer
}

async fn answer(services: &Services, sender: &Sender, request: &Request) -> Result<Response> {
    extensions::acknowledge(services, sender, request).await?;
    let pos = request.pos.as_deref().filter(|pos| !pos.is_empty()).map(Pos::parse).transpose()?;
    let stored = match pos {
        Some(pos) => pos.load(&services.storage, sender, request.name()).await?,
        None => Known::default(),
    };
    let mut since = match pos {
        Some(pos) => Some(pos.token.reach(&services.storage).await),
        None => None,
    };
    let mut known = stored.clone();
    let asked = fingerprint(request);
    let wait = if since.is_some() { request.timeout.min(LONGEST) } else { Default::default() };
    let deadline = Instant::now() + wait;
    let listening = services.audience.listen(&sender.user_id, interest(request)).await?;
    let mut response = Response::default();
    loop {
        let expired = services.shutdown.is_cancelled() || Instant::now() >= deadline;
        let is_quiet = since.is_some_and(|since| known.asked == asked && listening.is_quiet_since(&since));
        if !is_quiet {
            let now = SyncToken::now(services).at_least(since.unwrap_or_default());
            response = respond(services, sender, request, (since, now), &mut known).await?;
            let says_something = !response.rooms.is_empty()
                || !response.extensions.is_empty()
                || response.lists.iter().any(|(name, list)| stored.lists.get(name) != Some(&list.count));
            let is_first = since.is_none();
            since = Some(now);
            known.asked.clone_from(&asked);
            if says_something || is_first {
                break;
            }
        }
        if expired {
            break;
        }
        tokio::select! {
            changed = listening.changed() => changed?,
            () = tokio::time::sleep_until(deadline) => {}
            () = services.shutdown.cancelled() => {}
        }
    }
    if response.lists.is_empty() {
        // Nobody has looked: they are as they were.
        response.lists = known.lists.iter().map(|(name, count)| (name.clone(), ListCount { count: *count })).collect();
    }
    known.lists = response.lists.iter().map(|(name, list)| (name.clone(), list.count)).collect();
    let token = since.unwrap_or_else(|| SyncToken::now(services));
    let pos = match pos {
        Some(pos) if known == stored => pos.with(token),
        _ => {
            let state = (&known, services.environment.now_millis());
            connection::store(&services.storage, sender, request.name(), state, pos, token).await?
        }
    };
    response.pos = pos.to_string();
    response.txn_id.clone_from(&request.txn_id);
    extensions::always(services, sender, request, token, &mut response).await?;
    Ok(response)
}

/// What distinguishes what is asked for from what was asked before.
fn fingerprint(request: &Request) -> String {
    let asked = format!("{:?} {:?} {:?}", request.lists, request.room_subscriptions, request.extensions.kinds());
    Sha256::digest(asked)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn interest(request: &Request) -> Interest {
    Interest {
        // One's own come under another topic, since they change the counts.
        no_receipts: !request.extensions.receipts.enabled,
        no_typing: !request.extensions.typing.enabled,
        no_presence: true,
        ..Interest::default()
    }
}

/// What has happened, and what the client will know of it.
async fn respond(
    services: &Services,
    sender: &Sender,
    request: &Request,
    (since, now): (Option<SyncToken>, SyncToken),
    known: &mut Known,
) -> Result<Response> {
    services.tail.reach(now.events).await?;
    let mut connection = services.storage.read().await?;
    let user_id = sender.user_id.clone();
    let preferences = services.push.preferences(&mut connection, &[user_id]).await?.swap_remove(0);
    let viewer = Viewer {
        user_id: sender.user_id.clone(),
        device_id: Some(sender.device_id.clone()),
        now: services.environment.now_millis(),
    };
    let context = Context { services, sender, request, preferences, since, now, viewer };
    let (user_id, sent) = (&sender.user_id, &known.rooms);
    let mut entries =
        lists::entries(&mut connection, user_id, now.events, |room_id| sent.contains_key(room_id)).await?;
    let is_invite = |entry: &Entry| entry.membership == MembershipState::Invite;
    let wants_none = entries.iter().any(is_invite) && are_blocked_by(&mut connection, user_id).await?;
    let ignored = &context.preferences.ignored;
    entries.retain(|entry| !is_invite(entry) || !(wants_none || ignored.contains(&entry.sender)));
    let filters = request.lists.values().map(|list| &list.filters);
    let facts = Facts::load(&mut connection, user_id, &entries, filters).await?;

    let mut response = Response::default();
    let watched = watch(&context, &entries, &facts, known, &mut response);
    let read = read_by_oneself(&context, &mut connection).await?;
    let mut tasks = Vec::new();
    for entry in &entries {
        if let Some(watched) = watched.get(&entry.room_id) {
            tasks.extend(task(&context, &mut connection, entry, watched, known, &read).await?);
        } else if let (Some(since), Some(sent)) = (since, known.rooms.get_mut(&entry.room_id))
            && sent.behind.is_none()
            && entry.activity > since.events
        {
            sent.behind = Some(since.events);
        }
    }
    let timelines = room::add(&context, &mut connection, &tasks, &facts, &mut response).await?;
    extensions::add(&context, &mut connection, &watched, (known, &timelines), &mut response).await?;
    for task in &tasks {
        note(known, task, response.rooms.get(&task.entry.room_id).is_some_and(|room| room.limited));
    }
    Ok(response)
}

/// Finds the rooms the client looks at, and counts its lists.
fn watch(
    context: &Context<'_>,
    entries: &[Entry],
    facts: &Facts,
    known: &Known,
    response: &mut Response,
) -> WatchedRooms {
    let mut watched = WatchedRooms::new();
    for (name, list) in &context.request.lists {
        let rooms: Vec<&Entry> = entries.iter().filter(|entry| facts.admit(&list.filters, entry)).collect();
        for (first, last) in list.ranges() {
            for entry in rooms.iter().skip(first).take((last - first).saturating_add(1)) {
                let room = watched.entry(entry.room_id.clone()).or_default();
                room.wish.add(&list.config);
                room.lists.insert(name.clone());
            }
        }
        response.lists.insert(name.clone(), ListCount { count: rooms.len() });
    }
    for entry in entries {
        if let Some(config) = context.request.room_subscriptions.get(&entry.room_id) {
            let room = watched.entry(entry.room_id.clone()).or_default();
            room.wish.add(config);
            room.subscribed = true;
        }
        // That a room was left is told once, wherever the client looks.
        if entry.left
            && let Some(sent) = known.rooms.get(&entry.room_id)
        {
            let wish = Wish { limit: sent.limit, required: known.required(sent) };
            watched.entry(entry.room_id.clone()).or_insert(Watched { wish, ..Watched::default() });
        }
    }
    watched
}

/// Rooms in which the user has read on, since that changes the counts.
async fn read_by_oneself(context: &Context<'_>, connection: &mut Connection) -> Result<BTreeSet<OwnedRoomId>> {
    let Some(since) = context.since.filter(|since| since.receipts < context.now.receipts) else {
        return Ok(BTreeSet::new());
    };
    let user_id = &context.sender.user_id;
    let rooms = receipts::changed_by(connection, user_id, since.receipts, context.now.receipts).await?;
    Ok(rooms.into_iter().collect())
}

/// What there is to tell of a room, if there is anything.
async fn task(
    context: &Context<'_>,
    connection: &mut Connection,
    entry: &Entry,
    watched: &Watched,
    known: &Known,
    read: &BTreeSet<OwnedRoomId>,
) -> Result<Option<Task>> {
    let sent = known.rooms.get(&entry.room_id);
    let mut wish = watched.wish.clone();
    let lists = watched.lists.iter().cloned().collect();
    let make = |what, wish| Some(Task { entry: entry.clone(), wish, lists, what });
    let is_outside = matches!(entry.membership, MembershipState::Invite | MembershipState::Knock);
    let after = sent.map(|sent| sent.behind.or(context.since.map(|since| since.events)).unwrap_or_default());
    let (Some(sent), Some(after)) = (sent, after) else {
        return Ok(make(if is_outside { What::Stripped } else { What::Initial }, wish));
    };
    if is_outside || (sent.stripped && entry.left) {
        return Ok(if entry.since > after { make(What::Stripped, wish) } else { None });
    }
    if sent.stripped || (entry.since > after && came_back(context, connection, entry, after).await?) {
        return Ok(make(What::Initial, wish));
    }
    let before = known.required(sent);
    let expands_state = !wish.required.is_covered_by(&before);
    let expands_timeline = wish.limit > sent.limit;
    wish.required.extend(&before);
    if entry.activity > after || expands_state || expands_timeline || read.contains(&entry.room_id) {
        let before = expands_state.then_some(before);
        return Ok(make(What::Update { after, expands_timeline, before }, wish));
    }
    Ok(None)
}

/// Whether the user has left and joined again: what they missed they do not know.
async fn came_back(
    context: &Context<'_>,
    connection: &mut Connection,
    entry: &Entry,
    after: StreamPosition,
) -> Result<bool> {
    let sql = "SELECT 1 FROM membership_changes WHERE user_id = $1 AND room_id = $2 AND position > $3 \
        AND position <= $4 AND membership = 'join' AND (previous IS NULL OR previous <> 'join') LIMIT 1";
    let values = args![&context.sender.user_id, &entry.room_id, after, context.now.events];
    let row = connection.fetch_optional(sql, values).await?;
    Ok(row.is_some() && entry.membership == MembershipState::Join)
}

/// Notes what the client knows of a room once it has the answer.
fn note(known: &mut Known, task: &Task, limited: bool) {
    let room_id = &task.entry.room_id;
    if task.entry.left {
        known.rooms.remove(room_id);
        return;
    }
    let limit = match (&task.what, known.rooms.get(room_id)) {
        // Behind a gap it has no more than this.
        (What::Update { .. }, Some(sent)) if !limited => sent.limit.max(task.wish.limit),
        _ => task.wish.limit,
    };
    known.send(room_id, limit, &task.wish.required, matches!(task.what, What::Stripped));
}
