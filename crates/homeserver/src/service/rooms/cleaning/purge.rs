//! Removes rooms that every user here has forgotten.

use ruma::{OwnedRoomId, RoomId, ServerName};

use super::{super::Rooms, STEP};
use crate::{
    MatrixError, Result,
    storage::{StorageError, Transaction, WriteKey, args},
};

/// What of a room is removed, in this order. Each step is repeated until its last statement takes fewer than
/// `$2` rows.
///
/// What of it other parts of the server keep is named here too, since it is theirs only as long as there is
/// the room.
const STEPS: &[&[&str]] = &[
    &["DELETE FROM thread_senders WHERE (root, sender) IN (SELECT own.root, own.sender FROM thread_senders own \
     JOIN threads thread ON thread.root = own.root WHERE thread.room_id = $1 LIMIT $2)"],
    &["DELETE FROM threads WHERE root IN (SELECT root FROM threads WHERE room_id = $1 LIMIT $2)"],
    &[
        "DELETE FROM search_words WHERE position IN ( \
         SELECT position FROM events WHERE room_id = $1 ORDER BY position LIMIT $2)",
        "DELETE FROM events WHERE position IN ( \
         SELECT position FROM events WHERE room_id = $1 ORDER BY position LIMIT $2)",
    ],
    &["DELETE FROM state_group_entries WHERE (state_group, type, state_key) IN ( \
     SELECT entry.state_group, entry.type, entry.state_key FROM state_groups own \
     JOIN state_group_entries entry ON entry.state_group = own.state_group WHERE own.room_id = $1 LIMIT $2)"],
    &[
        "DELETE FROM state_groups WHERE state_group IN (SELECT state_group FROM state_groups WHERE room_id = $1 LIMIT $2)",
    ],
    &["DELETE FROM current_state WHERE room_id = $1 AND (type, state_key) IN ( \
     SELECT type, state_key FROM current_state WHERE room_id = $1 LIMIT $2)"],
    &["DELETE FROM state_changes WHERE room_id = $1 AND position IN ( \
     SELECT position FROM state_changes WHERE room_id = $1 LIMIT $2)"],
    &["DELETE FROM receipts WHERE room_id = $1 AND position IN ( \
     SELECT position FROM receipts WHERE room_id = $1 LIMIT $2)"],
    &["DELETE FROM notable_events WHERE position IN (SELECT position FROM notable_events WHERE room_id = $1 LIMIT $2)"],
    &["DELETE FROM notable_threads WHERE room_id = $1 AND thread IN ( \
     SELECT thread FROM notable_threads WHERE room_id = $1 LIMIT $2)"],
    &["DELETE FROM notable_exceptions WHERE room_id = $1 AND (user_id, position) IN ( \
     SELECT user_id, position FROM notable_exceptions WHERE room_id = $1 LIMIT $2)"],
    &["DELETE FROM read_up_to WHERE (user_id, room_id, thread) IN ( \
     SELECT read.user_id, read.room_id, read.thread FROM memberships member \
     JOIN read_up_to read ON read.user_id = member.user_id AND read.room_id = member.room_id \
     WHERE member.room_id = $1 LIMIT $2)"],
    &["DELETE FROM account_data WHERE (user_id, room_id, type) IN ( \
     SELECT data.user_id, data.room_id, data.type FROM memberships member \
     JOIN account_data data ON data.user_id = member.user_id AND data.room_id = member.room_id \
     WHERE member.room_id = $1 LIMIT $2)"],
    &["DELETE FROM membership_changes WHERE (user_id, position) IN ( \
     SELECT user_id, position FROM membership_changes WHERE room_id = $1 LIMIT $2)"],
    &["DELETE FROM memberships WHERE room_id = $1 AND user_id IN ( \
     SELECT user_id FROM memberships WHERE room_id = $1 LIMIT $2)"],
];

/// Whether someone of this server is in the room, or may still look at it.
const REMEMBERED: &str = "SELECT 1 FROM memberships WHERE room_id = $1 AND forgotten = 0 AND user_id LIKE $2 LIMIT 1";

/// Has the room removed if nobody remembers it any longer. Part of the unit that forgets it.
pub(in super::super) async fn request(
    transaction: &mut Transaction,
    room_id: &RoomId,
    server_name: &ServerName,
    now: i64,
) -> Result<bool, StorageError> {
    if transaction.fetch_optional(REMEMBERED, args![room_id, format!("%:{server_name}")]).await?.is_some() {
        return Ok(false);
    }
    let sql = "INSERT INTO room_purges (room_id, requested_at) VALUES ($1, $2) ON CONFLICT (room_id) DO NOTHING";
    transaction.execute(sql, args![room_id, now]).await?;
    Ok(true)
}

impl Rooms {
    /// Removes the rooms that nobody remembers.
    pub(crate) async fn purge_forgotten(&self) -> Result<()> {
        let rows = {
            let mut connection = self.storage().read().await?;
            connection.fetch_all("SELECT room_id FROM room_purges ORDER BY requested_at", args![]).await?
        };
        for row in rows {
            let room_id: OwnedRoomId = row.get(0)?;
            if self.close(&room_id).await? {
                for step in STEPS {
                    while self.step(&room_id, step).await? >= STEP {}
                }
            }
            self.settle(&room_id).await?;
        }
        Ok(())
    }

    /// Takes the room away from everyone, unless someone has come back. From then on there is none.
    async fn close(&self, room_id: &RoomId) -> Result<bool> {
        let slot = self.0.heads.slot(room_id);
        let mut head = slot.lock().await;
        let (closed, local) = (room_id.to_owned(), format!("%:{}", self.server_name()));
        let is_closed = self
            .storage()
            .write(WriteKey::Room(room_id.to_owned()), move |transaction| {
                Box::pin(async move {
                    if transaction.fetch_optional(REMEMBERED, args![&closed, local]).await?.is_some() {
                        return Ok::<_, MatrixError>(false);
                    }
                    transaction.execute("DELETE FROM room_aliases WHERE room_id = $1", args![&closed]).await?;
                    transaction.execute("DELETE FROM rooms WHERE room_id = $1", args![&closed]).await?;
                    Ok(true)
                })
            })
            .await?;
        *head = None;
        Ok(is_closed)
    }

    /// There is nothing more to do: the room is gone, or stays.
    async fn settle(&self, room_id: &RoomId) -> Result<()> {
        let settled = room_id.to_owned();
        self.storage()
            .write(WriteKey::Room(room_id.to_owned()), move |transaction| {
                Box::pin(async move {
                    transaction.execute("DELETE FROM room_purges WHERE room_id = $1", args![settled]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Runs statements in one transaction; answers how many rows the last one took.
    async fn step(&self, room_id: &RoomId, statements: &'static [&'static str]) -> Result<i64> {
        let values = args![room_id, STEP];
        let rows: Result<u64> = self
            .storage()
            .write(WriteKey::Room(room_id.to_owned()), move |transaction| {
                Box::pin(async move {
                    let mut rows = 0;
                    for sql in statements {
                        rows = transaction.execute(*sql, values.clone()).await?;
                    }
                    Ok(rows)
                })
            })
            .await;
        Ok(i64::try_from(rows?).unwrap_or(i64::MAX))
    }
}
