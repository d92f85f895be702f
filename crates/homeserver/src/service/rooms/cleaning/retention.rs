//! Removes messages that are older than their room keeps them, as `m.room.retention` of [MSC1763] says.
//!
//! State stays, and so does the last event, which the next one is built on.
//!
//! [MSC1763]: https://github.com/matrix-org/matrix-spec-proposals/pull/1763

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId, RoomId};
use serde::Deserialize;

use super::{
    super::{Rooms, state_groups, threads},
    STEP,
};
use crate::{
    Result,
    storage::{StorageError, StreamPosition, Transaction, WriteKey, args},
};

/// Nothing is removed before a day has passed, whatever a room says: a slip must not cost everything.
const SHORTEST: i64 = 24 * 60 * 60 * 1000;

#[derive(Deserialize)]
struct Event {
    content: Retention,
}

#[derive(Deserialize)]
struct Retention {
    max_lifetime: Option<i64>,
}

impl Rooms {
    /// Removes the messages that have expired, in all rooms that let any expire.
    pub(crate) async fn expire_messages(&self) -> Result<()> {
        let rows = {
            let mut connection = self.storage().read().await?;
            let sql = "SELECT state.room_id, event.json FROM current_state state \
                       JOIN events event ON event.event_id = state.event_id \
                       WHERE state.type = 'm.room.retention' AND state.state_key = ''";
            connection.fetch_all(sql, args![]).await?
        };
        let now = self.environment().now_millis();
        for row in rows {
            let room_id: OwnedRoomId = row.get(0)?;
            // What cannot be read lets nothing expire.
            let event = serde_json::from_slice::<Event>(&row.get::<Vec<u8>>(1)?);
            let lifetime = event.ok().and_then(|event| event.content.max_lifetime);
            if let Some(lifetime) = lifetime.filter(|lifetime| *lifetime >= 0) {
                let before = now.saturating_sub(lifetime.max(SHORTEST));
                while self.expire_some(&room_id, before).await? >= STEP {}
            }
        }
        Ok(())
    }

    /// Removes some of the messages that were sent before a time; answers how many.
    async fn expire_some(&self, room_id: &RoomId, before: i64) -> Result<i64> {
        let room_id = room_id.to_owned();
        self.storage()
            .write(WriteKey::Room(room_id.clone()), move |transaction| {
                Box::pin(async move { Ok(expire(transaction, &room_id, before).await?) })
            })
            .await
    }
}

async fn expire(transaction: &mut Transaction, room_id: &RoomId, before: i64) -> Result<i64, StorageError> {
    let rows = transaction
        .fetch_all(
            "SELECT position, event_id, state_after, relates_to, rel_type, sender FROM events \
             WHERE room_id = $1 AND origin_server_ts < $2 AND state_key IS NULL \
             AND position < (SELECT MAX(position) FROM events WHERE room_id = $1) \
             ORDER BY origin_server_ts LIMIT $3",
            args![room_id, before, STEP],
        )
        .await?;
    for row in &rows {
        let position: StreamPosition = row.get(0)?;
        for sql in [
            "DELETE FROM events WHERE position = $1",
            "DELETE FROM search_words WHERE position = $1",
            "DELETE FROM notable_events WHERE position = $1",
            "DELETE FROM notable_exceptions WHERE position = $1 AND room_id = $2",
        ] {
            let values = if sql.contains("$2") { args![position, room_id] } else { args![position] };
            transaction.execute(sql, values).await?;
        }
        state_groups::release(transaction, row.get(2)?).await?;
        let (parent, kind): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
        if let (Some(root), Some("m.thread")) = (parent, kind.as_deref()) {
            threads::remove(transaction, &root, &row.get::<OwnedUserId>(5)?).await?;
        }
        // Nothing is left that the thread would be shown with.
        let event_id: OwnedEventId = row.get(1)?;
        transaction.execute("DELETE FROM threads WHERE root = $1", args![&event_id]).await?;
        transaction.execute("DELETE FROM thread_senders WHERE root = $1", args![&event_id]).await?;
    }
    Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
}
