//! What happened for a user between two tokens, as one list.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId, events::room::member::MembershipState};
use serde_json::json;

use super::{super::devices, Shown, SyncToken, shape};
use crate::{
    Result,
    api::Sender,
    service::{
        Services, receipts,
        rooms::invites::are_blocked_by,
        timeline::{self, History, Shape, StoredEvent, Viewer, event::columns, read},
    },
    storage::{Connection, StreamPosition, args, texts},
};

/// What happened, and up to where.
pub(super) struct News {
    pub(super) events: Vec<Shown>,
    pub(super) end: SyncToken,
}

/// What happened after one token and up to the other: in one room, or all around the user. Of more than
/// `limit` events of rooms the rest is left for the next time.
pub(super) async fn between(
    services: &Services,
    sender: &Sender,
    room_id: Option<&RoomId>,
    (since, now): (SyncToken, SyncToken),
    limit: usize,
) -> Result<News> {
    let own = &sender.user_id;
    let mut connection = services.storage.read().await?;
    let connection = &mut connection;
    let mut preferences = services.push.preferences(connection, std::slice::from_ref(own)).await?;
    let ignored = &preferences.swap_remove(0).ignored;
    let mut events = Vec::new();

    let changed = services.account_data.changed(connection, own, since.account_data, now.account_data).await?;
    for (of, _, event) in changed {
        if room_id.is_none() || of.as_deref() == room_id {
            events.push(shape::account_data(of.as_deref(), event)?);
        }
    }

    let window = (since.events, now.events);
    let Stretch { mut found, end } = match room_id {
        Some(room_id) => of_room(connection, own, room_id, window, limit).await?,
        None => of_all(connection, own, window, limit).await?,
    };
    if found.iter().any(|event| invites(event, own)) {
        let blocked = are_blocked_by(connection, own).await?;
        found.retain(|event| !invites(event, own) || !(blocked || ignored.contains(&event.sender)));
    }
    let viewer = Viewer {
        user_id: own.clone(),
        device_id: Some(sender.device_id.clone()),
        now: services.environment.now_millis(),
    };
    for shown in
        timeline::to_client(connection, &viewer, Shape::WithRoomId, timeline::Known::default(), &mut found).await?
    {
        events.push(shape::event(&shown)?);
    }

    let rooms = match room_id {
        Some(room_id) => BTreeSet::from([room_id.to_owned()]),
        None => joined_rooms(connection, own).await?,
    };
    events.extend(ephemeral(services, connection, own, &rooms, ignored, (since, now)).await?);
    events.extend(presence(services, connection, own, room_id, ignored, (since, now)).await?);
    Ok(News { events, end: SyncToken { events: end, ..now } })
}

/// Events of rooms, oldest first, and the position they reach.
struct Stretch {
    found: Vec<StoredEvent>,
    end: StreamPosition,
}

impl Stretch {
    /// No more than `limit` of what was found up to `now`.
    fn cut(mut found: Vec<StoredEvent>, limit: usize, now: StreamPosition) -> Self {
        found.sort_unstable_by_key(|event| event.position);
        let is_cut = found.len() > limit;
        found.truncate(limit);
        let end = found.last().filter(|_| is_cut).map_or(now, |event| event.position);
        Self { found, end }
    }
}

/// Of one room, as far as the user may see it.
async fn of_room(
    connection: &mut Connection,
    user_id: &UserId,
    room_id: &RoomId,
    (since, now): (StreamPosition, StreamPosition),
    limit: usize,
) -> Result<Stretch> {
    let history = History::load(connection, room_id, user_id).await?;
    let found = read::after(connection, room_id, since, now, limit + 1).await?;
    let mut stretch = Stretch::cut(found, limit, now);
    stretch.found.retain(|event| is_about(event, user_id) || history.allows(event));
    Ok(stretch)
}

/// Of every room the user is in, was in, or was invited to.
async fn of_all(
    connection: &mut Connection,
    user_id: &UserId,
    (since, now): (StreamPosition, StreamPosition),
    limit: usize,
) -> Result<Stretch> {
    if since >= now {
        return Ok(Stretch { found: Vec::new(), end: now });
    }
    let count = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM memberships m JOIN events event ON event.room_id = m.room_id \
         WHERE m.user_id = $1 AND m.membership = 'join' AND event.position > $2 AND event.position <= $3 \
         ORDER BY event.position LIMIT $4"
    );
    let rows = connection.fetch_all(sql, args![user_id, since, now, count]).await?;
    let mut found = StoredEvent::from_rows(&rows)?;
    // Where the user's membership changed, what they may see is not simply everything.
    let mut moved = BTreeMap::new();
    for change in timeline::membership_changes(connection, user_id, since, now).await? {
        moved.insert(change.room_id.clone(), change);
    }
    let mut histories = HashMap::new();
    for (room_id, change) in moved {
        let history = History::load(connection, &room_id, user_id).await?;
        if history.membership() != Some(&MembershipState::Join) {
            found.extend(read::after(connection, &room_id, since, change.position, limit + 1).await?);
        }
        histories.insert(room_id, history);
    }
    let mut stretch = Stretch::cut(found, limit, now);
    let ignored = timeline::ignored_by(connection, user_id).await?;
    stretch.found.retain(|event| match histories.get(&event.room_id) {
        Some(history) => is_about(event, user_id) || history.allows(event),
        None => event.state_key.is_some() || !ignored.contains(&event.sender),
    });
    Ok(stretch)
}

/// Whether it is the user's own member event: it is for them to know whatever else they may see.
fn is_about(event: &StoredEvent, user_id: &UserId) -> bool {
    event.event_type == "m.room.member" && event.state_key.as_deref() == Some(user_id.as_str())
}

fn invites(event: &StoredEvent, user_id: &UserId) -> bool {
    is_about(event, user_id)
        && event
            .content_as::<timeline::members::MemberContent>()
            .is_some_and(|content| content.membership == Some(MembershipState::Invite))
}

async fn joined_rooms(connection: &mut Connection, user_id: &UserId) -> Result<BTreeSet<OwnedRoomId>> {
    let memberships = timeline::memberships(connection, user_id).await?;
    let joined = memberships.into_iter().filter(|own| own.membership == MembershipState::Join);
    Ok(joined.map(|own| own.room_id).collect())
}

/// Who types and who has read, in these rooms.
async fn ephemeral(
    services: &Services,
    connection: &mut Connection,
    user_id: &UserId,
    rooms: &BTreeSet<OwnedRoomId>,
    ignored: &BTreeSet<OwnedUserId>,
    (since, now): (SyncToken, SyncToken),
) -> Result<Vec<Shown>> {
    let mut events = Vec::new();
    if since.receipts < now.receipts {
        let changed = receipts::changed_rooms(connection, user_id, since.receipts, now.receipts).await?;
        let changed: Vec<&RoomId> = changed.iter().filter(|id| rooms.contains(*id)).map(|id| &**id).collect();
        let receipts = receipts::in_rooms(connection, user_id, &changed, since.receipts, now.receipts).await?;
        for (room_id, content) in receipts {
            events.push(shape::ephemeral(&room_id, "m.receipt", content)?);
        }
    }
    let sees_first = since.typing.epoch != now.typing.epoch;
    for (room_id, mut users) in services.typing.since(since.typing.serial_of(now.typing.epoch)) {
        // To those who saw nothing yet, that nobody types is no news.
        if rooms.contains(&room_id) && !(sees_first && users.is_empty()) {
            users.retain(|user_id| !ignored.contains(user_id));
            events.push(shape::ephemeral(&room_id, "m.typing", json!({ "user_ids": users }))?);
        }
    }
    Ok(events)
}

/// How present those are now who changed: in the room, or in any with the user.
async fn presence(
    services: &Services,
    connection: &mut Connection,
    own: &OwnedUserId,
    room_id: Option<&RoomId>,
    ignored: &BTreeSet<OwnedUserId>,
    (since, now): (SyncToken, SyncToken),
) -> Result<Vec<Shown>> {
    let changed = services.presence.since(since.presence.serial_of(now.presence.epoch));
    let changed: Vec<&OwnedUserId> = changed.iter().filter(|user_id| !ignored.contains(*user_id)).collect();
    let visible = match room_id {
        Some(room_id) => members_among(connection, room_id, &changed).await?,
        None => {
            let mut visible = devices::sharing(connection, own, &changed).await?;
            visible.extend(changed.contains(&own).then(|| own.clone()));
            visible
        }
    };
    visible.iter().map(|user_id| shape::presence(user_id, &services.presence.of(user_id))).collect()
}

/// Those of the users who are in the room.
pub(super) async fn members_among(
    connection: &mut Connection,
    room_id: &RoomId,
    users: &[&OwnedUserId],
) -> Result<BTreeSet<OwnedUserId>> {
    let mut members = BTreeSet::new();
    for users in users.chunks(500) {
        let sql = "SELECT user_id FROM memberships WHERE room_id = $1 AND membership = 'join' AND user_id {in 2}";
        for row in connection.fetch_all(sql, args![room_id, texts(users)]).await? {
            members.insert(row.get(0)?);
        }
    }
    Ok(members)
}
