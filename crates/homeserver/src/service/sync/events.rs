//! Reads what happened in many rooms at once: their timelines and their states.
//!
//! One statement serves any number of rooms, so that the first sync of a large account is a few dozen
//! statements rather than thousands.

use std::collections::{BTreeSet, HashMap};

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId, RoomId, api::client::filter::RoomEventFilter};

use crate::{
    service::timeline::{StoredEvent, event::columns},
    storage::{Connection, StorageError, StreamPosition, Value, args, in_list, rows_list},
};

/// The rooms that one statement is about.
const ROOMS: usize = 100;

/// What to read of a room's timeline.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) room_id: OwnedRoomId,
    /// From after this position,
    pub(super) after: StreamPosition,
    /// to this one.
    pub(super) until: StreamPosition,
}

/// The newest events of a span, oldest first.
#[derive(Debug, Default)]
pub(super) struct Recent {
    pub(super) events: Vec<StoredEvent>,
    /// There are older ones in the span.
    pub(super) limited: bool,
}

/// `SELECT` of the columns that [`StoredEvent`] reads.
fn select(rest: &str) -> String {
    format!("SELECT {} {rest}", columns!())
}

/// The newest `limit` events of each span that the filter may let through.
pub(super) async fn recent(
    connection: &mut Connection,
    spans: &[Span],
    filter: &RoomEventFilter,
    limit: usize,
) -> Result<HashMap<OwnedRoomId, Recent>, StorageError> {
    let mut recent: HashMap<OwnedRoomId, Recent> = HashMap::new();
    for spans in spans.chunks(ROOMS) {
        let mut values: Vec<Value> =
            spans.iter().flat_map(|span| args![&span.room_id, span.after, span.until]).collect();
        let first = SqlFilter::new(filter, values.len() + 2);
        let sql = format!(
            "WITH wanted (room_id, after, until) AS (VALUES {rooms}), \
             bounded AS (SELECT w.room_id, w.until, COALESCE((SELECT x.position FROM events x \
             WHERE x.room_id = w.room_id AND x.position > w.after AND x.position <= w.until {inner} \
             ORDER BY x.position DESC LIMIT 1 OFFSET ${limit}), w.after + 1) AS first FROM wanted w) \
             {select}",
            rooms = rows_list(spans.len(), 3),
            inner = first.on("x"),
            limit = values.len() + 1,
            select = select(&format!(
                "FROM bounded b JOIN events event ON event.room_id = b.room_id \
                 AND event.position >= b.first AND event.position <= b.until {} ORDER BY event.position",
                first.on("event"),
            )),
        );
        values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        values.extend(first.values);
        for row in connection.fetch_all(sql, values).await? {
            let event = StoredEvent::from_row(&row)?;
            recent.entry(event.room_id.clone()).or_default().events.push(event);
        }
    }
    for room in recent.values_mut() {
        if room.events.len() > limit {
            room.limited = true;
            room.events.drain(..room.events.len() - limit);
        }
    }
    Ok(recent)
}

/// Which members of a room's state are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Members {
    /// Everyone's member event.
    All,
    /// None of them.
    None,
}

/// The state of each room before a position.
pub(super) async fn state_before(
    connection: &mut Connection,
    rooms: &[(OwnedRoomId, StreamPosition)],
    members: Members,
) -> Result<HashMap<OwnedRoomId, Vec<StoredEvent>>, StorageError> {
    let mut state: HashMap<OwnedRoomId, Vec<StoredEvent>> = HashMap::new();
    let which = match members {
        Members::All => "",
        Members::None => "AND s.type <> 'm.room.member'",
    };
    for rooms in rooms.chunks(ROOMS) {
        let sql = format!(
            "WITH wanted (room_id, before) AS (VALUES {}) {}",
            rows_list(rooms.len(), 2),
            select(&format!(
                "FROM wanted w JOIN current_state s ON s.room_id = w.room_id {which} \
                     JOIN events event ON event.event_id = {STATE_EVENT}"
            )),
        );
        let values = rooms.iter().flat_map(|(room_id, before)| args![room_id, *before]).collect();
        collect(connection, sql, values, &mut state).await?;
    }
    Ok(state)
}

/// The member events of some users in some rooms before a position.
pub(super) async fn members_before(
    connection: &mut Connection,
    members: &[(OwnedRoomId, OwnedUserId, StreamPosition)],
) -> Result<HashMap<OwnedRoomId, Vec<StoredEvent>>, StorageError> {
    let mut state = HashMap::new();
    for members in members.chunks(ROOMS) {
        let sql = format!(
            "WITH wanted (room_id, user_id, before) AS (VALUES {}) {}",
            rows_list(members.len(), 3),
            select(&format!(
                "FROM wanted w JOIN current_state s ON s.room_id = w.room_id \
                     AND s.type = 'm.room.member' AND s.state_key = w.user_id \
                     JOIN events event ON event.event_id = {STATE_EVENT}"
            )),
        );
        let values = members.iter().flat_map(|(room_id, user_id, before)| args![room_id, user_id, *before]).collect();
        collect(connection, sql, values, &mut state).await?;
    }
    Ok(state)
}

/// The event that set the entry `s` before the position that is wanted: mostly it still does.
const STATE_EVENT: &str = "CASE WHEN s.position < w.before THEN s.event_id ELSE \
    (SELECT c.event_id FROM state_changes c WHERE c.room_id = s.room_id AND c.type = s.type \
    AND c.state_key = s.state_key AND c.position < w.before ORDER BY c.position DESC LIMIT 1) END";

/// How the state of each room changed after one position and before another: the last change of each
/// entry.
pub(super) async fn state_changes(
    connection: &mut Connection,
    rooms: &[(OwnedRoomId, StreamPosition, StreamPosition)],
) -> Result<HashMap<OwnedRoomId, Vec<StoredEvent>>, StorageError> {
    let mut changes: HashMap<OwnedRoomId, Vec<StoredEvent>> = HashMap::new();
    let rooms: Vec<_> = rooms.iter().filter(|(_, after, before)| after + 1 < *before).collect();
    for rooms in rooms.chunks(ROOMS) {
        let sql = format!(
            "WITH wanted (room_id, after, before) AS (VALUES {}) {}",
            rows_list(rooms.len(), 3),
            select(
                "FROM wanted w JOIN state_changes c ON c.room_id = w.room_id \
                 AND c.position > w.after AND c.position < w.before \
                 JOIN events event ON event.event_id = c.event_id ORDER BY c.position"
            ),
        );
        let values = rooms.iter().flat_map(|(room_id, after, before)| args![room_id, *after, *before]).collect();
        collect(connection, sql, values, &mut changes).await?;
    }
    for events in changes.values_mut() {
        let mut last = HashMap::new();
        for event in std::mem::take(events) {
            last.insert(event.state(), event);
        }
        events.extend(last.into_values());
        events.sort_unstable_by_key(|event| event.position);
    }
    Ok(changes)
}

/// Those of the events of a room that make up its state now.
pub(super) async fn current(
    connection: &mut Connection,
    room_id: &RoomId,
    event_ids: impl Iterator<Item = &OwnedEventId>,
) -> Result<BTreeSet<OwnedEventId>, StorageError> {
    let event_ids: Vec<Value> = event_ids.map(Value::from).collect();
    let mut current = BTreeSet::new();
    for event_ids in event_ids.chunks(500) {
        let list = in_list(2, event_ids.len());
        let sql = format!("SELECT event_id FROM current_state WHERE room_id = $1 AND event_id IN {list}");
        let values = args![room_id].into_iter().chain(event_ids.iter().cloned()).collect();
        for row in connection.fetch_all(sql, values).await? {
            current.insert(row.get(0)?);
        }
    }
    Ok(current)
}

async fn collect(
    connection: &mut Connection,
    sql: String,
    values: Vec<Value>,
    state: &mut HashMap<OwnedRoomId, Vec<StoredEvent>>,
) -> Result<(), StorageError> {
    for row in connection.fetch_all(sql, values).await? {
        let event = StoredEvent::from_row(&row)?;
        state.entry(event.room_id.clone()).or_default().push(event);
    }
    Ok(())
}

/// As much of a filter as the database can tell; the rest is looked at afterwards.
struct SqlFilter {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl SqlFilter {
    /// Parameters are numbered from `first` on.
    fn new(filter: &RoomEventFilter, first: usize) -> Self {
        let mut this = Self { conditions: Vec::new(), values: Vec::new() };
        let exact = |patterns: &[String]| patterns.iter().all(|pattern| !pattern.contains('*'));
        if let Some(types) = filter.types.as_deref().filter(|types| exact(types)) {
            this.add("type", "IN", first, types.iter().map(Value::from));
        }
        let excluded = filter.not_types.iter().filter(|pattern| !pattern.contains('*'));
        this.add("type", "NOT IN", first, excluded.map(Value::from));
        if let Some(senders) = &filter.senders {
            this.add("sender", "IN", first, senders.iter().map(Value::from));
        }
        this.add("sender", "NOT IN", first, filter.not_senders.iter().map(Value::from));
        this
    }

    fn add(&mut self, column: &str, operator: &str, first: usize, values: impl Iterator<Item = Value>) {
        let start = first + self.values.len();
        let before = self.values.len();
        self.values.extend(values);
        let count = self.values.len() - before;
        match (count, operator) {
            (0, "IN") => self.conditions.push("1 = 0".to_owned()),
            (0, _) => {}
            _ => {
                let list = in_list(start, count);
                self.conditions.push(format!("{{}}.{column} {operator} {list}"));
            }
        }
    }

    /// The conditions on the table of this name, to be added to others.
    fn on(&self, table: &str) -> String {
        self.conditions
            .iter()
            .map(|condition| format!("AND {}", condition.replace("{}", table)))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Who sent the newest `limit` events of each room up to a position.
pub(super) async fn recent_senders(
    connection: &mut Connection,
    rooms: &[(OwnedRoomId, StreamPosition)],
    limit: usize,
) -> Result<Vec<(OwnedRoomId, OwnedUserId)>, StorageError> {
    let mut senders = Vec::new();
    for rooms in rooms.chunks(ROOMS) {
        let values: Vec<Value> = rooms.iter().flat_map(|(room_id, until)| args![room_id, *until]).collect();
        let sql = format!(
            "WITH wanted (room_id, until) AS (VALUES {}), \
             bounded AS (SELECT w.room_id, w.until, COALESCE((SELECT x.position FROM events x \
             WHERE x.room_id = w.room_id AND x.position <= w.until \
             ORDER BY x.position DESC LIMIT 1 OFFSET ${}), 0) AS first FROM wanted w) \
             SELECT DISTINCT e.room_id, e.sender FROM bounded b JOIN events e \
             ON e.room_id = b.room_id AND e.position > b.first AND e.position <= b.until",
            rows_list(rooms.len(), 2),
            values.len() + 1,
        );
        let offset = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = values.into_iter().chain(args![offset]).collect();
        for row in connection.fetch_all(sql, values).await? {
            senders.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(senders)
}
