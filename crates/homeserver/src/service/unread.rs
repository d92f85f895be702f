//! How much is unread: a row for each event a user was notified of and has not read.
//!
//! Rows are written in the transaction of the event and removed in that of the receipt, so a count
//! is always the number of rows there are; nothing is added up over time.

use std::collections::{BTreeMap, HashMap};

use ruma::{EventId, OwnedEventId, OwnedRoomId, RoomId, UserId, events::receipt::ReceiptThread};

use super::push::Notified;
use crate::storage::{Connection, Row, StorageError, StreamPosition, Transaction, args, in_list, rows_list};

/// The name of the main timeline where threads are named.
pub(crate) const MAIN: &str = "main";

/// How far the parents of an event are followed to find its thread.
const HOPS: usize = 3;

/// Notifications, and those of them that are highlights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub notifications: i64,
    /// Those that matter more.
    pub highlights: i64,
}

/// What is unread in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Outside of threads.
    pub main: Count,
    /// In each thread, by its root.
    pub threads: BTreeMap<OwnedEventId, Count>,
}

impl Unread {
    /// All of it.
    pub fn total(&self) -> Count {
        self.threads.values().fold(self.main, |sum, thread| Count {
            notifications: sum.notifications + thread.notifications,
            highlights: sum.highlights + thread.highlights,
        })
    }
}

/// Writes down who was notified of the event at `position`; its sender has read what came before.
pub(crate) async fn record(
    transaction: &mut Transaction,
    room_id: &RoomId,
    position: StreamPosition,
    sender: &UserId,
    relates_to: Option<(&EventId, &str)>,
    notified: &[Notified],
) -> Result<(), StorageError> {
    let thread = thread_of(transaction, relates_to).await?;
    let thread = thread.as_deref().map_or(MAIN, EventId::as_str);
    for notified in notified.chunks(200) {
        let sql = format!(
            "INSERT INTO notifications (user_id, room_id, position, thread, highlight) VALUES {}",
            rows_list(notified.len(), 5)
        );
        let values =
            notified.iter().flat_map(|one| args![&one.user_id, room_id, position, thread, one.highlight]).collect();
        transaction.execute(sql, values).await?;
    }
    clear(transaction, room_id, sender, Some(thread), position).await
}

/// Forgets everything unread of a user in a room: they have left or joined it.
pub(crate) async fn forget(
    transaction: &mut Transaction,
    room_id: &RoomId,
    user_id: &UserId,
) -> Result<(), StorageError> {
    clear(transaction, room_id, user_id, None, StreamPosition::MAX).await
}

/// Takes an event back that was redacted: there is nothing to read in it.
pub(crate) async fn withdraw(
    transaction: &mut Transaction,
    room_id: &RoomId,
    event_id: &EventId,
) -> Result<(), StorageError> {
    let sql = "DELETE FROM notifications WHERE room_id = $1 \
               AND position = (SELECT position FROM events WHERE event_id = $2)";
    transaction.execute(sql, args![room_id, event_id]).await?;
    Ok(())
}

/// What a receipt does: everything up to `position` is read, in its thread or anywhere.
pub(crate) async fn read(
    transaction: &mut Transaction,
    room_id: &RoomId,
    user_id: &UserId,
    thread: &ReceiptThread,
    position: StreamPosition,
) -> Result<(), StorageError> {
    clear(transaction, room_id, user_id, thread.as_str(), position).await
}

async fn clear(
    transaction: &mut Transaction,
    room_id: &RoomId,
    user_id: &UserId,
    thread: Option<&str>,
    position: StreamPosition,
) -> Result<(), StorageError> {
    transaction
        .execute(
            "DELETE FROM notifications \
             WHERE user_id = $1 AND room_id = $2 AND position <= $3 AND ($4 = '' OR thread = $4)",
            args![user_id, room_id, position, thread.unwrap_or_default()],
        )
        .await?;
    Ok(())
}

/// The root of the thread an event is in: its own relation says so, or that of what it relates to,
/// see [Marking notifications as read].
///
/// [Marking notifications as read]: https://spec.matrix.org/v1.18/client-server-api/#receiving-notifications
pub(crate) async fn thread_of(
    connection: &mut Connection,
    relates_to: Option<(&EventId, &str)>,
) -> Result<Option<OwnedEventId>, StorageError> {
    let mut relation = relates_to.map(|(parent, kind)| (parent.to_owned(), kind.to_owned()));
    for _ in 0..=HOPS {
        let Some((parent, kind)) = relation else { return Ok(None) };
        if kind == "m.thread" {
            return Ok(Some(parent));
        }
        relation = relation_of(connection, &parent).await?;
    }
    Ok(None)
}

/// The root of the thread an event is in that is stored already.
pub(crate) async fn thread_of_event(
    connection: &mut Connection,
    event_id: &EventId,
) -> Result<Option<OwnedEventId>, StorageError> {
    let relation = relation_of(connection, event_id).await?;
    thread_of(connection, relation.as_ref().map(|(parent, kind)| (&**parent, &**kind))).await
}

async fn relation_of(
    connection: &mut Connection,
    event_id: &EventId,
) -> Result<Option<(OwnedEventId, String)>, StorageError> {
    let sql = "SELECT relates_to, rel_type FROM events WHERE event_id = $1 AND relates_to IS NOT NULL";
    let row = connection.fetch_optional(sql, args![event_id]).await?;
    Ok(row.map(|row| parent_of(&row)).transpose()?.flatten())
}

fn parent_of(row: &Row) -> Result<Option<(OwnedEventId, String)>, StorageError> {
    // A client may relate an event to anything; what is no event ID leads nowhere.
    let parent = OwnedEventId::try_from(row.get::<String>(0)?).ok();
    Ok(parent.zip(row.get::<Option<String>>(1)?))
}

/// What a user has not read in these rooms. Rooms without anything unread are not named.
pub(crate) async fn unread(
    connection: &mut Connection,
    user_id: &UserId,
    rooms: &[&RoomId],
) -> Result<HashMap<OwnedRoomId, Unread>, StorageError> {
    let mut unread: HashMap<OwnedRoomId, Unread> = HashMap::new();
    for rooms in rooms.chunks(500) {
        let sql = format!(
            "SELECT room_id, thread, COUNT(*), CAST(SUM(highlight) AS BIGINT) FROM notifications \
             WHERE user_id = $1 AND room_id IN {} GROUP BY room_id, thread",
            in_list(2, rooms.len())
        );
        let mut values = args![user_id];
        values.extend(rooms.iter().map(|room_id| (*room_id).into()));
        for row in connection.fetch_all(sql, values).await? {
            let room = unread.entry(row.get(0)?).or_default();
            let count = Count { notifications: row.get(2)?, highlights: row.get(3)? };
            match OwnedEventId::try_from(row.get::<String>(1)?) {
                Ok(root) => drop(room.threads.insert(root, count)),
                Err(_) => room.main = count,
            }
        }
    }
    Ok(unread)
}
