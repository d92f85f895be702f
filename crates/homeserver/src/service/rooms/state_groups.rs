//! The state of a room after each of its state events, kept as deltas on one another.
//!
//! A chain of single deltas would grow without bound, and snapshots would repeat a large room's
//! state over and over. So each group's base lies as far back as its position in the chain allows:
//! every 32nd stands on the group 32 before it and holds all that changed between, every 1,024th on
//! the one 1,024 before, and so on. The state at any event is then found in at most some hundred
//! hops, and each change is stored about once for each level.

use std::collections::HashMap;

use ruma::{OwnedEventId, RoomId, events::StateEventType};

use super::pdu::StateKey;
use crate::storage::{Connection, StorageError, Transaction, args, texts};

/// A group's number.
pub(crate) type StateGroup = i64;

/// How far back a base may lie, the farthest first.
const SPANS: [i64; 3] = [32_768, 1_024, 32];

/// The entries of the group `$1` and of all it stands on, `hop` steps below it.
macro_rules! chain {
    () => {
        "WITH RECURSIVE chain (state_group, base, hop) AS (
            SELECT state_group, base, 0 FROM state_groups WHERE state_group = $1
            UNION ALL
            SELECT below.state_group, below.base, chain.hop + 1
            FROM state_groups below JOIN chain ON below.state_group = chain.base
        )
        SELECT entry.type, entry.state_key, entry.event_id
        FROM chain JOIN state_group_entries entry ON entry.state_group = chain.state_group"
    };
}

/// Stores the state after an event that sets one entry of the state before it.
pub(super) async fn create(
    transaction: &mut Transaction,
    room_id: &RoomId,
    before: Option<StateGroup>,
    (key, event_id): (&StateKey, &OwnedEventId),
) -> Result<StateGroup, StorageError> {
    let mut entries = HashMap::from([(key.clone(), event_id.clone())]);
    let mut position = 0;
    let mut base = before;
    if let Some(before) = before {
        let link = link(transaction, before).await?;
        position = link.position + 1;
        if let Some(span) = SPANS.into_iter().find(|span| position % span == 0) {
            let mut hop = Some((before, link));
            // Collects what changed since the group that will be the base.
            while let Some((group, link)) = hop {
                if link.position <= position - span {
                    break;
                }
                for (key, event_id) in own_entries(transaction, group).await? {
                    entries.entry(key).or_insert(event_id);
                }
                base = link.base;
                hop = match link.base {
                    Some(group) => Some((group, self::link(transaction, group).await?)),
                    None => None,
                };
            }
        }
    }
    let group: StateGroup = transaction
        .fetch_one(
            "INSERT INTO state_groups (room_id, base, position, refs) VALUES ($1, $2, $3, 0) RETURNING state_group",
            args![room_id, base, position],
        )
        .await?
        .get(0)?;
    if let Some(base) = base {
        add_reference(transaction, base).await?;
    }
    let (mut types, mut state_keys, mut event_ids) = (Vec::new(), Vec::new(), Vec::new());
    for ((event_type, state_key), event_id) in entries {
        types.push(event_type.to_string());
        state_keys.push(state_key);
        event_ids.push(event_id.to_string());
    }
    let sql = "INSERT INTO state_group_entries (state_group, type, state_key, event_id) {rows 1 2 3 4}";
    transaction.execute(sql, args![vec![group; types.len()], types, state_keys, event_ids]).await?;
    Ok(group)
}

/// Counts an event or a group that stands on this one.
pub(super) async fn add_reference(transaction: &mut Transaction, group: StateGroup) -> Result<(), StorageError> {
    transaction.execute("UPDATE state_groups SET refs = refs + 1 WHERE state_group = $1", args![group]).await?;
    Ok(())
}

/// Takes a reference back. A group that nothing stands on any longer goes, and with it its reference to the
/// one below.
pub(super) async fn release(transaction: &mut Transaction, group: StateGroup) -> Result<(), StorageError> {
    let mut next = Some(group);
    while let Some(group) = next {
        let sql = "UPDATE state_groups SET refs = refs - 1 WHERE state_group = $1 RETURNING refs, base";
        let Some(row) = transaction.fetch_optional(sql, args![group]).await? else { return Ok(()) };
        if row.get::<i64>(0)? > 0 {
            return Ok(());
        }
        next = row.get(1)?;
        transaction.execute("DELETE FROM state_group_entries WHERE state_group = $1", args![group]).await?;
        transaction.execute("DELETE FROM state_groups WHERE state_group = $1", args![group]).await?;
    }
    Ok(())
}

/// The whole state: which event sets which entry.
pub(crate) async fn state_at(
    connection: &mut Connection,
    group: StateGroup,
) -> Result<HashMap<StateKey, OwnedEventId>, StorageError> {
    let rows = connection.fetch_all(concat!(chain!(), " ORDER BY chain.hop"), args![group]).await?;
    collect(&rows)
}

/// Entries of one type of the state: which event sets them, for those state keys that are there.
pub(crate) async fn entries_at(
    connection: &mut Connection,
    group: StateGroup,
    event_type: &StateEventType,
    state_keys: &[String],
) -> Result<HashMap<StateKey, OwnedEventId>, StorageError> {
    if state_keys.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = concat!(chain!(), " WHERE entry.type = $2 AND entry.state_key {in 3} ORDER BY chain.hop");
    let rows = connection.fetch_all(sql, args![group, event_type.to_string(), state_keys.to_vec()]).await?;
    collect(&rows)
}

/// Entries with an empty state key: which event sets them, for those types that are there.
pub(crate) async fn singletons_at(
    connection: &mut Connection,
    group: StateGroup,
    event_types: &[&str],
) -> Result<HashMap<StateKey, OwnedEventId>, StorageError> {
    let sql = concat!(chain!(), " WHERE entry.state_key = '' AND entry.type {in 2} ORDER BY chain.hop");
    let rows = connection.fetch_all(sql, args![group, texts(event_types)]).await?;
    collect(&rows)
}

/// The nearest group that sets an entry wins.
fn collect(rows: &[crate::storage::Row]) -> Result<HashMap<StateKey, OwnedEventId>, StorageError> {
    let mut state = HashMap::with_capacity(rows.len());
    for row in rows {
        let key = (row.get::<String>(0)?.into(), row.get(1)?);
        let event_id = row.get(2)?;
        state.entry(key).or_insert(event_id);
    }
    Ok(state)
}

/// A group's place in its chain.
#[derive(Clone, Copy)]
struct Link {
    base: Option<StateGroup>,
    position: i64,
}

async fn link(connection: &mut Connection, group: StateGroup) -> Result<Link, StorageError> {
    let row =
        connection.fetch_one("SELECT base, position FROM state_groups WHERE state_group = $1", args![group]).await?;
    Ok(Link { base: row.get(0)?, position: row.get(1)? })
}

async fn own_entries(
    connection: &mut Connection,
    group: StateGroup,
) -> Result<Vec<(StateKey, OwnedEventId)>, StorageError> {
    let rows = connection
        .fetch_all("SELECT type, state_key, event_id FROM state_group_entries WHERE state_group = $1", args![group])
        .await?;
    rows.iter().map(|row| Ok(((row.get::<String>(0)?.into(), row.get(1)?), row.get(2)?))).collect()
}
