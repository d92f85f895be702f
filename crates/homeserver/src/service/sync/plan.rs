//! Which rooms an answer is about, and in which section each belongs.

use std::collections::{BTreeMap, BTreeSet};

use ruma::{
    OwnedEventId, OwnedRoomId, RoomId, UserId, api::client::filter::RoomFilter, events::room::member::MembershipState,
};

use super::filter::admits_room;
use crate::{
    Result,
    service::{
        receipts,
        timeline::{self, MembershipChange, UserMembership, tail::Stretch},
    },
    storage::{Connection, StreamPosition, args, texts},
};

/// The rooms an answer is about.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) join: BTreeMap<OwnedRoomId, Joined>,
    /// With the user's member event.
    pub(super) invite: BTreeMap<OwnedRoomId, OwnedEventId>,
    pub(super) knock: BTreeMap<OwnedRoomId, OwnedEventId>,
    pub(super) leave: BTreeMap<OwnedRoomId, Left>,
}

/// A room the user is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    /// The client knows nothing of it yet.
    pub(super) complete: bool,
    /// Since when the user's present member event holds.
    pub(super) member_since: StreamPosition,
}

/// A room the user is no longer in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// How much of it the client has seen.
    pub(super) after: StreamPosition,
    /// Where it ends for the user.
    pub(super) until: StreamPosition,
    /// They joined it and left it since, so the client knows nothing of its state.
    pub(super) complete: bool,
}

/// A stretch of the stream of events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) since: StreamPosition,
    pub(super) now: StreamPosition,
}

/// Up to this many positions are looked through for the rooms they are about; in a longer window it is
/// cheaper to ask for each room of the user whether something happened.
const SHORT: StreamPosition = 500;

/// Every room of the user, for a client that knows nothing.
pub(super) async fn all(
    connection: &mut Connection,
    user_id: &UserId,
    now: StreamPosition,
    filter: &RoomFilter,
) -> Result<Plan> {
    let mut plan = Plan::default();
    for mut own in timeline::memberships(connection, user_id).await? {
        if own.position > now {
            let Some(before) = as_of(connection, user_id, &own.room_id, now).await? else { continue };
            own = UserMembership { membership: before.0, position: before.1, event_id: before.2, ..own };
        }
        if !admits_room(filter.rooms.as_deref(), &filter.not_rooms, &own.room_id) {
            continue;
        }
        match own.membership {
            MembershipState::Join => {
                plan.join.insert(own.room_id, Joined { complete: true, member_since: own.position });
            }
            MembershipState::Invite => drop(plan.invite.insert(own.room_id, own.event_id)),
            MembershipState::Knock => drop(plan.knock.insert(own.room_id, own.event_id)),
            _ if filter.include_leave && !own.forgotten => {
                plan.leave.insert(own.room_id, Left { after: 0, until: own.position, complete: false });
            }
            _ => {}
        }
    }
    Ok(plan)
}

/// The rooms in which something happened in the window, and `others` of which the same is known from
/// elsewhere. With `every`, all rooms the user is in. What happened may be known already (`fresh`).
pub(super) async fn changed(
    connection: &mut Connection,
    user_id: &UserId,
    (window, fresh): (Window, Option<&Stretch>),
    filter: &RoomFilter,
    others: BTreeSet<OwnedRoomId>,
    every: bool,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = BTreeSet::new();
    if window.since < window.now && fresh.is_none_or(|fresh| fresh.moves(user_id)) {
        seen = own_changes(connection, user_id, window, &mut plan).await?;
    }
    let mut candidates = others;
    if every {
        let sql = "SELECT room_id FROM memberships WHERE user_id = $1 AND membership = 'join'";
        for row in connection.fetch_all(sql, args![user_id]).await? {
            candidates.insert(row.get(0)?);
        }
    }
    match fresh {
        Some(fresh) => candidates.extend(fresh.events.iter().map(|event| event.room_id.clone())),
        None if window.since < window.now => {
            candidates.extend(rooms_with_events(connection, user_id, window).await?);
        }
        None => {}
    }
    let candidates: Vec<_> = candidates.into_iter().filter(|room_id| !seen.contains(room_id)).collect();
    for candidates in candidates.chunks(500) {
        let sql = "SELECT room_id, membership, position FROM memberships WHERE user_id = $1 AND room_id {in 2}";
        for row in connection.fetch_all(sql, args![user_id, texts(candidates)]).await? {
            let room_id: OwnedRoomId = row.get(0)?;
            let mut membership: MembershipState = row.get::<String>(1)?.into();
            let mut position: StreamPosition = row.get(2)?;
            if position > window.now {
                let Some(before) = as_of(connection, user_id, &room_id, window.now).await? else { continue };
                (membership, position, _) = before;
            }
            if membership == MembershipState::Join {
                plan.join.insert(room_id, Joined { complete: false, member_since: position });
            }
        }
    }
    plan.retain(|room_id| admits_room(filter.rooms.as_deref(), &filter.not_rooms, room_id));
    Ok(plan)
}

impl Plan {
    fn retain(&mut self, admits: impl Fn(&RoomId) -> bool) {
        self.join.retain(|room_id, _| admits(room_id));
        self.invite.retain(|room_id, _| admits(room_id));
        self.knock.retain(|room_id, _| admits(room_id));
        self.leave.retain(|room_id, _| admits(room_id));
    }
}

/// The user's membership of a room at a position, since when, and by which event.
async fn as_of(
    connection: &mut Connection,
    user_id: &UserId,
    room_id: &RoomId,
    position: StreamPosition,
) -> Result<Option<(MembershipState, StreamPosition, OwnedEventId)>> {
    let row = connection
        .fetch_optional(
            "SELECT membership, position, event_id FROM membership_changes \
             WHERE room_id = $1 AND user_id = $2 AND position <= $3 ORDER BY position DESC LIMIT 1",
            args![room_id, user_id, position],
        )
        .await?;
    row.map(|row| Ok((row.get::<String>(0)?.into(), row.get(1)?, row.get(2)?))).transpose()
}

/// How a user's membership of one room changed.
struct OwnChange {
    was_joined: bool,
    /// They joined at some time in the window, from outside.
    joins: bool,
    /// The last change.
    change: MembershipChange,
}

/// Sorts the rooms in which the user's own membership changed; answers all of them.
async fn own_changes(
    connection: &mut Connection,
    user_id: &UserId,
    window: Window,
    plan: &mut Plan,
) -> Result<BTreeSet<OwnedRoomId>> {
    let mut rooms: BTreeMap<OwnedRoomId, OwnChange> = BTreeMap::new();
    for change in timeline::membership_changes(connection, user_id, window.since, window.now).await? {
        let was_joined = change.previous == Some(MembershipState::Join);
        let joins = !was_joined && change.membership == MembershipState::Join;
        let first = rooms.get(&change.room_id).map(|room| (room.was_joined, room.joins));
        let (was_joined, joins_before) = first.unwrap_or((was_joined, false));
        rooms.insert(change.room_id.clone(), OwnChange { was_joined, joins: joins || joins_before, change });
    }
    let seen = rooms.keys().cloned().collect();
    for (room_id, change) in rooms {
        let OwnChange { was_joined, joins, change } = change;
        let MembershipChange { position, event_id, membership, .. } = change;
        match membership {
            MembershipState::Join => {
                // Who left and came back does not know what happened meanwhile.
                plan.join.insert(room_id, Joined { complete: joins, member_since: position });
            }
            MembershipState::Invite => drop(plan.invite.insert(room_id, event_id)),
            MembershipState::Knock => drop(plan.knock.insert(room_id, event_id)),
            _ => {
                // Who was never in learns of nothing but their own leaving.
                let after = if was_joined || joins { window.since } else { position - 1 };
                plan.leave.insert(room_id, Left { after, until: position, complete: joins });
            }
        }
    }
    Ok(seen)
}

/// Rooms with events in the window, among them all such rooms the user is in.
async fn rooms_with_events(connection: &mut Connection, user_id: &UserId, window: Window) -> Result<Vec<OwnedRoomId>> {
    let Window { since, now } = window;
    let rows = if now - since <= SHORT {
        let sql = "SELECT DISTINCT room_id FROM events WHERE position > $1 AND position <= $2";
        connection.fetch_all(sql, args![since, now]).await?
    } else {
        let sql = "SELECT m.room_id FROM memberships m WHERE m.user_id = $1 AND m.membership <> 'ban' AND EXISTS \
                   (SELECT 1 FROM events e WHERE e.room_id = m.room_id AND e.position > $2 AND e.position <= $3)";
        connection.fetch_all(sql, args![user_id, since, now]).await?
    };
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}

/// Rooms in which receipts were set in the window that the user may see.
pub(super) async fn rooms_with_receipts(
    connection: &mut Connection,
    user_id: &UserId,
    window: Window,
) -> Result<Vec<OwnedRoomId>> {
    if window.since == window.now {
        return Ok(Vec::new());
    }
    Ok(receipts::changed_rooms(connection, user_id, window.since, window.now).await?)
}
