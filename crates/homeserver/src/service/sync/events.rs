//! Reads what happened in many rooms at once: their timelines and their states.
//!
//! One statement serves any number of rooms, so that the first sync of a large account is a few dozen
//! statements rather than thousands.

use std::collections::{BTreeSet, HashMap};

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId, api::client::filter::RoomEventFilter};

use crate::{
    service::timeline::{StoredEvent, event::columns},
    storage::{Connection, StorageError, StreamPosition, Value, args, texts},
};

/// The rooms that one statement is about.
const ROOMS: usize = 1_000;

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

/// The newest `limit` events of each span that the filter may let through.
pub(super) async fn recent(
    connection: &mut Connection,
    spans: &[Span],
    filter: &RoomEventFilter,
    limit: usize,
) -> Result<HashMap<OwnedRoomId, Recent>, StorageError> {
    let mut recent: HashMap<OwnedRoomId, Recent> = HashMap::new();
    let conditions = Conditions::new(filter, 5);
    for spans in spans.chunks(ROOMS) {
        let sql = format!(
            "WITH wanted (room_id, after, until) AS ({{rows 1 2 3}}), \
             bounded AS (SELECT w.room_id, w.until, COALESCE((SELECT x.position FROM events x \
             WHERE x.room_id = w.room_id AND x.position > w.after AND x.position <= w.until {inner} \
             ORDER BY x.position DESC LIMIT 1 OFFSET $4), w.after + 1) AS first FROM wanted w) \
             SELECT {columns} FROM bounded b JOIN events event ON event.room_id = b.room_id \
             AND event.position >= b.first AND event.position <= b.until {outer} ORDER BY event.position",
            inner = conditions.on("x"),
            columns = columns!(),
            outer = conditions.on("event"),
        );
        let mut values = args![
            texts(spans.iter().map(|span| &span.room_id)),
            spans.iter().map(|span| span.after).collect::<Vec<_>>(),
            spans.iter().map(|span| span.until).collect::<Vec<_>>(),
            i64::try_from(limit).unwrap_or(i64::MAX),
        ];
        values.extend(conditions.values.iter().cloned());
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

/// The event that set the entry `s` before the position that is wanted: mostly it still does.
macro_rules! state_event {
    () => {
        "CASE WHEN s.position < w.before THEN s.event_id ELSE \
         (SELECT c.event_id FROM state_changes c WHERE c.room_id = s.room_id AND c.type = s.type \
         AND c.state_key = s.state_key AND c.position < w.before ORDER BY c.position DESC LIMIT 1) END"
    };
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
    let sql = match members {
        Members::All => concat!(
            "WITH wanted (room_id, before) AS ({rows 1 2}) SELECT ",
            columns!(),
            " FROM wanted w JOIN current_state s ON s.room_id = w.room_id \
             JOIN events event ON event.event_id = ",
            state_event!(),
        ),
        Members::None => concat!(
            "WITH wanted (room_id, before) AS ({rows 1 2}) SELECT ",
            columns!(),
            " FROM wanted w JOIN current_state s ON s.room_id = w.room_id AND s.type <> 'm.room.member' \
             JOIN events event ON event.event_id = ",
            state_event!(),
        ),
    };
    let mut state = HashMap::new();
    for rooms in rooms.chunks(ROOMS) {
        let (rooms, before): (Vec<_>, Vec<_>) = rooms.iter().map(|(room_id, before)| (room_id, *before)).unzip();
        collect(connection, sql, args![texts(rooms), before], &mut state).await?;
    }
    Ok(state)
}

/// The member events of some users in some rooms before a position.
pub(super) async fn members_before(
    connection: &mut Connection,
    members: &[(OwnedRoomId, OwnedUserId, StreamPosition)],
) -> Result<HashMap<OwnedRoomId, Vec<StoredEvent>>, StorageError> {
    let sql = concat!(
        "WITH wanted (room_id, user_id, before) AS ({rows 1 2 3}) SELECT ",
        columns!(),
        " FROM wanted w JOIN current_state s ON s.room_id = w.room_id \
         AND s.type = 'm.room.member' AND s.state_key = w.user_id \
         JOIN events event ON event.event_id = ",
        state_event!(),
    );
    let mut state = HashMap::new();
    for members in members.chunks(ROOMS) {
        let values = args![
            texts(members.iter().map(|(room_id, _, _)| room_id)),
            texts(members.iter().map(|(_, user_id, _)| user_id)),
            members.iter().map(|(_, _, before)| *before).collect::<Vec<_>>(),
        ];
        collect(connection, sql, values, &mut state).await?;
    }
    Ok(state)
}

/// How the state of each room changed after one position and before another: the last change of each
/// entry.
pub(super) async fn state_changes(
    connection: &mut Connection,
    rooms: &[(OwnedRoomId, StreamPosition, StreamPosition)],
) -> Result<HashMap<OwnedRoomId, Vec<StoredEvent>>, StorageError> {
    let sql = concat!(
        "WITH wanted (room_id, after, before) AS ({rows 1 2 3}) SELECT ",
        columns!(),
        " FROM wanted w JOIN state_changes c ON c.room_id = w.room_id \
         AND c.position > w.after AND c.position < w.before \
         JOIN events event ON event.event_id = c.event_id ORDER BY c.position"
    );
    let mut changes: HashMap<OwnedRoomId, Vec<StoredEvent>> = HashMap::new();
    let rooms: Vec<_> = rooms.iter().filter(|(_, after, before)| after + 1 < *before).collect();
    for rooms in rooms.chunks(ROOMS) {
        let values = args![
            texts(rooms.iter().map(|(room_id, _, _)| room_id)),
            rooms.iter().map(|(_, after, _)| *after).collect::<Vec<_>>(),
            rooms.iter().map(|(_, _, before)| *before).collect::<Vec<_>>(),
        ];
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

/// Those of the events that are part of their room's state now.
pub(super) async fn current(
    connection: &mut Connection,
    events: &[&StoredEvent],
) -> Result<BTreeSet<OwnedEventId>, StorageError> {
    let sql = "SELECT event_id FROM current_state WHERE room_id {in 1} AND event_id {in 2}";
    let mut current = BTreeSet::new();
    for events in events.chunks(ROOMS) {
        let rooms: BTreeSet<&OwnedRoomId> = events.iter().map(|event| &event.room_id).collect();
        let values = args![texts(rooms), texts(events.iter().map(|event| &event.event_id))];
        for row in connection.fetch_all(sql, values).await? {
            current.insert(row.get(0)?);
        }
    }
    Ok(current)
}

async fn collect(
    connection: &mut Connection,
    sql: &'static str,
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
struct Conditions {
    conditions: Vec<(&'static str, String)>,
    values: Vec<Value>,
}

impl Conditions {
    /// Parameters are numbered from `first` on.
    fn new(filter: &RoomEventFilter, first: usize) -> Self {
        let mut this = Self { conditions: Vec::new(), values: Vec::new() };
        let exact = |patterns: &[String]| patterns.iter().all(|pattern| !pattern.contains('*'));
        if let Some(types) = filter.types.as_deref().filter(|types| exact(types)) {
            this.add("type", "in", first, texts(types));
        }
        let excluded = filter.not_types.iter().filter(|pattern| !pattern.contains('*'));
        this.add("type", "not in", first, texts(excluded));
        if let Some(senders) = &filter.senders {
            this.add("sender", "in", first, texts(senders));
        }
        this.add("sender", "not in", first, texts(&filter.not_senders));
        this
    }

    fn add(&mut self, column: &'static str, operator: &str, first: usize, list: Vec<String>) {
        if list.is_empty() && operator == "not in" {
            return;
        }
        let number = first + self.values.len();
        self.conditions.push((column, format!("{{{operator} {number}}}")));
        self.values.push(list.into());
    }

    /// The conditions on the table of this name, to be added to others.
    fn on(&self, table: &str) -> String {
        self.conditions.iter().map(|(column, list)| format!("AND {table}.{column} {list} ")).collect()
    }
}

/// Who sent the newest `limit` events of each room up to a position.
pub(super) async fn recent_senders(
    connection: &mut Connection,
    rooms: &[(OwnedRoomId, StreamPosition)],
    limit: usize,
) -> Result<Vec<(OwnedRoomId, OwnedUserId)>, StorageError> {
    let sql = "WITH wanted (room_id, until) AS ({rows 1 2}), \
        bounded AS (SELECT w.room_id, w.until, COALESCE((SELECT x.position FROM events x \
        WHERE x.room_id = w.room_id AND x.position <= w.until \
        ORDER BY x.position DESC LIMIT 1 OFFSET $3), 0) AS first FROM wanted w) \
        SELECT DISTINCT e.room_id, e.sender FROM bounded b JOIN events e \
        ON e.room_id = b.room_id AND e.position > b.first AND e.position <= b.until";
    let mut senders = Vec::new();
    for rooms in rooms.chunks(ROOMS) {
        let (rooms, until): (Vec<_>, Vec<_>) = rooms.iter().map(|(room_id, until)| (room_id, *until)).unzip();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        for row in connection.fetch_all(sql, args![texts(rooms), until, limit]).await? {
            senders.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(senders)
}
