//! What `/sync` and the room endpoints read of rooms.

use ruma::{
    EventId, OwnedEventId, OwnedRoomId, OwnedUserId, RoomId, UserId,
    events::{AnyStrippedStateEvent, room::member::MembershipState},
    serde::Raw,
};
use serde_json::{json, value::to_raw_value};

use super::event::{StoredEvent, columns};
use crate::{
    MatrixError, Result,
    service::rooms::state_groups,
    storage::{Connection, StreamPosition, args, texts},
};

/// Events asked for in one statement.
const IDS_PER_QUERY: usize = 500;

/// A user's present membership of a room.
#[derive(Clone, Debug)]
pub struct UserMembership {
    /// The room.
    pub room_id: OwnedRoomId,
    /// The membership.
    pub membership: MembershipState,
    /// The member event.
    pub event_id: OwnedEventId,
    /// Who sent it.
    pub sender: OwnedUserId,
    /// Its place in the stream of events.
    pub position: StreamPosition,
    /// The user left and does not want to see the room again.
    pub forgotten: bool,
}

/// A change of a user's membership, which may be one of their name only.
#[derive(Clone, Debug)]
pub struct MembershipChange {
    /// Its place in the stream of events.
    pub position: StreamPosition,
    /// The room.
    pub room_id: OwnedRoomId,
    /// The membership since.
    pub membership: MembershipState,
    /// The membership before.
    pub previous: Option<MembershipState>,
    /// The member event.
    pub event_id: OwnedEventId,
}

/// The rooms a user is, or was, anything in.
pub async fn memberships(connection: &mut Connection, user_id: &UserId) -> Result<Vec<UserMembership>> {
    let rows = connection
        .fetch_all(
            "SELECT room_id, membership, event_id, sender, position, forgotten FROM memberships \
             WHERE user_id = $1 ORDER BY position",
            args![user_id],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(UserMembership {
                room_id: row.get(0)?,
                membership: row.get::<String>(1)?.into(),
                event_id: row.get(2)?,
                sender: row.get(3)?,
                position: row.get(4)?,
                forgotten: row.get(5)?,
            })
        })
        .collect()
}

/// How a user's memberships changed after `from`, up to `to`, oldest first.
pub async fn membership_changes(
    connection: &mut Connection,
    user_id: &UserId,
    from: StreamPosition,
    to: StreamPosition,
) -> Result<Vec<MembershipChange>> {
    let rows = connection
        .fetch_all(
            "SELECT position, room_id, membership, previous, event_id FROM membership_changes \
             WHERE user_id = $1 AND position > $2 AND position <= $3 ORDER BY position",
            args![user_id, from, to],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(MembershipChange {
                position: row.get(0)?,
                room_id: row.get(1)?,
                membership: row.get::<String>(2)?.into(),
                previous: row.get::<Option<String>>(3)?.map(Into::into),
                event_id: row.get(4)?,
            })
        })
        .collect()
}

/// The events up to `from`, newest first, no further back than after `to`.
pub(super) async fn before(
    connection: &mut Connection,
    room_id: &RoomId,
    from: StreamPosition,
    to: StreamPosition,
    limit: usize,
) -> Result<Vec<StoredEvent>> {
    let rows = connection
        .fetch_all(
            concat!(
                "SELECT ",
                columns!(),
                " FROM events event WHERE event.room_id = $1 AND event.position <= $2 AND event.position > $3 \
                 ORDER BY event.position DESC LIMIT $4"
            ),
            args![room_id, from, to, count(limit)],
        )
        .await?;
    StoredEvent::from_rows(&rows)
}

/// The events after `from`, oldest first, no further than up to `to`.
pub async fn after(
    connection: &mut Connection,
    room_id: &RoomId,
    from: StreamPosition,
    to: StreamPosition,
    limit: usize,
) -> Result<Vec<StoredEvent>> {
    let rows = connection
        .fetch_all(
            concat!(
                "SELECT ",
                columns!(),
                " FROM events event WHERE event.room_id = $1 AND event.position > $2 AND event.position <= $3 \
                 ORDER BY event.position LIMIT $4"
            ),
            args![room_id, from, to, count(limit)],
        )
        .await?;
    StoredEvent::from_rows(&rows)
}

/// The state of a room as it is now.
pub async fn current_state(connection: &mut Connection, room_id: &RoomId) -> Result<Vec<StoredEvent>> {
    let rows = connection
        .fetch_all(
            concat!(
                "SELECT ",
                columns!(),
                " FROM current_state state JOIN events event ON event.event_id = state.event_id \
                 WHERE state.room_id = $1 ORDER BY state.position"
            ),
            args![room_id],
        )
        .await?;
    StoredEvent::from_rows(&rows)
}

/// One event, wherever it is.
pub async fn event(connection: &mut Connection, event_id: &EventId) -> Result<Option<StoredEvent>> {
    let sql = concat!("SELECT ", columns!(), " FROM events event WHERE event.event_id = $1");
    let row = connection.fetch_optional(sql, args![event_id]).await?;
    Ok(row.as_ref().map(StoredEvent::from_row).transpose()?)
}

/// Those of the events that exist, oldest first.
pub async fn events(
    connection: &mut Connection,
    event_ids: impl IntoIterator<Item = &OwnedEventId>,
) -> Result<Vec<StoredEvent>> {
    let event_ids = texts(event_ids);
    let mut events = Vec::with_capacity(event_ids.len());
    for chunk in event_ids.chunks(IDS_PER_QUERY) {
        let sql = concat!("SELECT ", columns!(), " FROM events event WHERE event.event_id {in 1}");
        let rows = connection.fetch_all(sql, args![chunk.to_vec()]).await?;
        events.extend(StoredEvent::from_rows(&rows)?);
    }
    events.sort_unstable_by_key(|event| event.position);
    Ok(events)
}

/// What someone who is invited, or knocks, is shown of a room: some of its state as their member event
/// found it, and that event.
pub async fn stripped_state(
    connection: &mut Connection,
    member_event: &StoredEvent,
) -> Result<Vec<Raw<AnyStrippedStateEvent>>> {
    const TYPES: [&str; 7] = [
        "m.room.create",
        "m.room.join_rules",
        "m.room.canonical_alias",
        "m.room.avatar",
        "m.room.name",
        "m.room.topic",
        "m.room.encryption",
    ];
    let shown = state_groups::singletons_at(connection, member_event.state_after, &TYPES).await?;
    let mut shown = events(connection, shown.values()).await?;
    shown.push(member_event.clone());
    shown.iter().map(strip).collect()
}

fn strip(event: &StoredEvent) -> Result<Raw<AnyStrippedStateEvent>> {
    let stripped = json!({
        "content": event.content()?,
        "sender": event.sender,
        "state_key": event.state_key,
        "type": event.event_type,
    });
    Ok(Raw::from_json(to_raw_value(&stripped).map_err(MatrixError::internal)?))
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
