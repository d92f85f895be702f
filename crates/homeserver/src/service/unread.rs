//! How much is unread: what followed the place a user has read up to, and was worth telling them.
//!
//! What an event means to whom is found out after it was written, by [`push`](super::push), and kept as
//! what it means to most members and who are the exceptions, so that nothing here grows with the size
//! of a room. A count is made when it is asked for and is never added up over time. What was written a
//! moment ago and is not looked at yet is looked at by the one who asks.

use std::collections::{BTreeMap, HashMap, HashSet};

use ruma::{EventId, OwnedEventId, OwnedRoomId, RoomId, UserId, events::receipt::ReceiptThread};

use crate::storage::{Connection, Row, StorageError, StreamPosition, Transaction, args, texts};

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

    fn count(&mut self, thread: &str) -> &mut Count {
        match OwnedEventId::try_from(thread) {
            Ok(root) => self.threads.entry(root).or_default(),
            Err(_) => &mut self.main,
        }
    }
}

/// What is known of what users have not read, and up to where events were looked at.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Up to this position.
    pub(super) followed: StreamPosition,
    rooms: HashMap<OwnedRoomId, Unread>,
    read: HashMap<(OwnedRoomId, String), StreamPosition>,
}

impl Known {
    /// Counts one more event.
    pub(super) fn add(&mut self, room_id: &RoomId, thread: &str, highlight: bool) {
        let count = self.rooms.entry(room_id.to_owned()).or_default().count(thread);
        count.notifications += 1;
        count.highlights += i64::from(highlight);
    }

    /// Whether the user has read what stands here.
    pub(super) fn is_read(&self, room_id: &RoomId, thread: &str, position: StreamPosition) -> bool {
        let up_to = |thread: &str| self.read.get(&(room_id.to_owned(), thread.to_owned())).copied().unwrap_or(0);
        position <= up_to("") || position <= up_to(thread)
    }

    /// The counts. Rooms and threads in which everything is read are not named.
    pub(super) fn into_counts(mut self) -> HashMap<OwnedRoomId, Unread> {
        for room in self.rooms.values_mut() {
            room.threads.retain(|_, count| *count != Count::default());
        }
        self.rooms.retain(|_, room| *room != Unread::default());
        self.rooms
    }
}

/// A new room member has missed nothing, and who comes back is not asked to read what they left.
pub(super) async fn forget(
    transaction: &mut Transaction,
    room_id: &RoomId,
    user_id: &UserId,
    position: StreamPosition,
) -> Result<(), StorageError> {
    move_on(transaction, room_id, user_id, "", position).await?;
    let sql = "DELETE FROM notable_exceptions WHERE user_id = $1 AND room_id = $2 AND position <= $3";
    transaction.execute(sql, args![user_id, room_id, position]).await?;
    Ok(())
}

/// Takes an event back that was redacted: there is nothing to read in it.
pub(super) async fn withdraw(
    transaction: &mut Transaction,
    room_id: &RoomId,
    event_id: &EventId,
) -> Result<(), StorageError> {
    let sql = "SELECT position FROM events WHERE event_id = $1 AND room_id = $2";
    let Some(row) = transaction.fetch_optional(sql, args![event_id, room_id]).await? else { return Ok(()) };
    let position: StreamPosition = row.get(0)?;
    transaction.execute("DELETE FROM notable_events WHERE position = $1", args![position]).await?;
    let sql = "DELETE FROM notable_exceptions WHERE room_id = $1 AND position = $2";
    transaction.execute(sql, args![room_id, position]).await?;
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
    let thread = thread.as_str().unwrap_or_default();
    move_on(transaction, room_id, user_id, thread, position).await?;
    transaction
        .execute(
            "DELETE FROM notable_exceptions \
             WHERE user_id = $1 AND room_id = $2 AND position <= $3 AND ($4 = '' OR thread = $4)",
            args![user_id, room_id, position, thread],
        )
        .await?;
    Ok(())
}

/// Whether a user has read what stands at a position of a thread.
pub(super) async fn is_read(
    connection: &mut Connection,
    user_id: &UserId,
    room_id: &RoomId,
    thread: &str,
    position: StreamPosition,
) -> Result<bool, StorageError> {
    let sql = "SELECT 1 FROM read_up_to WHERE user_id = $1 AND room_id = $2 AND thread IN ('', $3) \
               AND position >= $4 LIMIT 1";
    Ok(connection.fetch_optional(sql, args![user_id, room_id, thread, position]).await?.is_some())
}

/// Moves the place a user has read up to, never back.
pub(super) async fn move_on(
    transaction: &mut Transaction,
    room_id: &RoomId,
    user_id: &UserId,
    thread: &str,
    position: StreamPosition,
) -> Result<(), StorageError> {
    transaction
        .execute(
            "INSERT INTO read_up_to (user_id, room_id, thread, position) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (user_id, room_id, thread) DO UPDATE SET position = excluded.position \
             WHERE read_up_to.position < excluded.position",
            args![user_id, room_id, thread, position],
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

/// Rows of several kinds, so that all of them are of the same moment: how far events were looked at
/// (0), how far the user has read (1), and counts (2).
const COUNTS: &str = "\
    WITH wanted (room_id) AS ({rows 2}) \
    SELECT CAST(0 AS BIGINT), '', '', position, CAST(0 AS BIGINT) FROM follower_positions WHERE name = 'notable' \
    UNION ALL SELECT 1, own.room_id, own.thread, own.position, 0 \
    FROM wanted w JOIN read_up_to own ON own.user_id = $1 AND own.room_id = w.room_id \
    UNION ALL SELECT 2, e.room_id, e.thread, CAST(SUM(e.notify) AS BIGINT), CAST(SUM(e.highlight) AS BIGINT) \
    FROM wanted w \
    LEFT JOIN read_up_to whole ON whole.user_id = $1 AND whole.room_id = w.room_id AND whole.thread = '' \
    JOIN notable_threads t ON t.room_id = w.room_id AND t.position > COALESCE(whole.position, 0) \
    LEFT JOIN read_up_to own ON own.user_id = $1 AND own.room_id = w.room_id AND own.thread = t.thread \
    JOIN notable_events e ON e.room_id = t.room_id AND e.thread = t.thread AND e.position > \
        CASE WHEN COALESCE(own.position, 0) > COALESCE(whole.position, 0) THEN own.position \
        ELSE COALESCE(whole.position, 0) END \
    GROUP BY e.room_id, e.thread \
    UNION ALL SELECT 2, e.room_id, e.thread, CAST(SUM(e.notify) AS BIGINT), CAST(SUM(e.highlight) AS BIGINT) \
    FROM wanted w JOIN notable_exceptions e ON e.user_id = $1 AND e.room_id = w.room_id \
    LEFT JOIN read_up_to whole ON whole.user_id = $1 AND whole.room_id = w.room_id AND whole.thread = '' \
    LEFT JOIN read_up_to own ON own.user_id = $1 AND own.room_id = w.room_id AND own.thread = e.thread \
    WHERE e.position > COALESCE(whole.position, 0) AND e.position > COALESCE(own.position, 0) \
    GROUP BY e.room_id, e.thread";

/// What is known of these rooms.
pub(super) async fn known(
    connection: &mut Connection,
    user_id: &UserId,
    rooms: &[&RoomId],
) -> Result<Known, StorageError> {
    let mut known = Known::default();
    for row in connection.fetch_all(COUNTS, args![user_id, texts(rooms)]).await? {
        let (first, second): (i64, i64) = (row.get(3)?, row.get(4)?);
        match row.get::<i64>(0)? {
            0 => known.followed = first,
            1 => drop(known.read.insert((row.get(1)?, row.get(2)?), first)),
            _ => {
                let thread: String = row.get(2)?;
                let count = known.rooms.entry(row.get(1)?).or_default().count(&thread);
                count.notifications += first;
                count.highlights += second;
            }
        }
    }
    Ok(known)
}

/// What an event means to the members of its room.
#[derive(Debug)]
pub(super) struct Notable {
    pub(super) position: StreamPosition,
    pub(super) room_id: OwnedRoomId,
    pub(super) thread: String,
    /// To most.
    pub(super) most: Count,
    /// Whom it means something else, by how much.
    pub(super) exceptions: Vec<(ruma::OwnedUserId, Count)>,
}

/// Writes down what events mean.
pub(super) async fn record(transaction: &mut Transaction, events: &[Notable]) -> Result<(), StorageError> {
    if events.is_empty() {
        return Ok(());
    }
    // Some may have been redacted since they were looked at.
    let sql = "SELECT position FROM events WHERE position {in 1} AND redacted_by IS NULL";
    let positions: Vec<StreamPosition> = events.iter().map(|event| event.position).collect();
    let rows = transaction.fetch_all(sql, args![positions]).await?;
    let there: HashSet<StreamPosition> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let events: Vec<&Notable> = events.iter().filter(|event| there.contains(&event.position)).collect();
    let common: Vec<&&Notable> = events.iter().filter(|event| event.most != Count::default()).collect();
    if !common.is_empty() {
        let values = args![
            common.iter().map(|event| event.position).collect::<Vec<_>>(),
            texts(common.iter().map(|event| &event.room_id)),
            texts(common.iter().map(|event| &event.thread)),
            common.iter().map(|event| event.most.notifications).collect::<Vec<_>>(),
            common.iter().map(|event| event.most.highlights).collect::<Vec<_>>(),
        ];
        let sql = "INSERT INTO notable_events (position, room_id, thread, notify, highlight) {rows 1 2 3 4 5}";
        transaction.execute(sql, values).await?;
        record_threads(transaction, &common).await?;
    }
    let exceptions: Vec<_> =
        events.iter().flat_map(|event| event.exceptions.iter().map(move |exception| (event, exception))).collect();
    for exceptions in exceptions.chunks(1_000) {
        let values = args![
            texts(exceptions.iter().map(|(_, (user_id, _))| user_id)),
            texts(exceptions.iter().map(|(event, _)| &event.room_id)),
            exceptions.iter().map(|(event, _)| event.position).collect::<Vec<_>>(),
            texts(exceptions.iter().map(|(event, _)| &event.thread)),
            exceptions.iter().map(|(_, (_, count))| count.notifications).collect::<Vec<_>>(),
            exceptions.iter().map(|(_, (_, count))| count.highlights).collect::<Vec<_>>(),
        ];
        let sql = "INSERT INTO notable_exceptions (user_id, room_id, position, thread, notify, highlight) \
            {rows 1 2 3 4 5 6}";
        transaction.execute(sql, values).await?;
    }
    Ok(())
}

/// Notes the newest event of each thread.
async fn record_threads(transaction: &mut Transaction, events: &[&&Notable]) -> Result<(), StorageError> {
    let newest: BTreeMap<(&str, &str), StreamPosition> =
        events.iter().map(|event| ((event.room_id.as_str(), event.thread.as_str()), event.position)).collect();
    let sql = "INSERT INTO notable_threads (room_id, thread, position) {rows 1 2 3} \
        ON CONFLICT (room_id, thread) DO UPDATE SET position = excluded.position";
    let values = args![
        texts(newest.keys().map(|(room_id, _)| room_id)),
        texts(newest.keys().map(|(_, thread)| thread)),
        newest.values().copied().collect::<Vec<_>>(),
    ];
    transaction.execute(sql, values).await?;
    Ok(())
}
