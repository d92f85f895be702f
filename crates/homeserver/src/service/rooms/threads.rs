//! Keeps the list of threads, and who says how much in each, beside the events.
//!
//! Written in the transaction of the event; read by [`timeline`](crate::service::timeline).

use ruma::{RoomId, UserId};

use crate::storage::{StorageError, StreamPosition, Transaction, args};

/// Counts an event of a thread. What is not the root of one in this room begins none.
pub(super) async fn add(
    transaction: &mut Transaction,
    room_id: &RoomId,
    root: &str,
    sender: &UserId,
    position: StreamPosition,
) -> Result<(), StorageError> {
    let added = transaction
        .execute(
            "INSERT INTO threads (root, room_id, latest) \
             SELECT event_id, room_id, $3 FROM events WHERE event_id = $1 AND room_id = $2 AND rel_type IS NULL \
             ON CONFLICT (root) DO UPDATE SET latest = excluded.latest",
            args![root, room_id, position],
        )
        .await?;
    if added > 0 {
        transaction
            .execute(
                "INSERT INTO thread_senders (root, sender, events, latest) VALUES ($1, $2, 1, $3) \
                 ON CONFLICT (root, sender) \
                 DO UPDATE SET events = thread_senders.events + 1, latest = excluded.latest",
                args![root, sender, position],
            )
            .await?;
    }
    Ok(())
}

/// Takes an event out of its thread again. It must not be a child of the root any longer.
pub(super) async fn remove(transaction: &mut Transaction, root: &str, sender: &UserId) -> Result<(), StorageError> {
    transaction
        .execute(
            "UPDATE thread_senders SET events = events - 1, latest = COALESCE(( \
                 SELECT MAX(position) FROM events \
                 WHERE relates_to = $1 AND rel_type = 'm.thread' AND sender = $2), 0) \
             WHERE root = $1 AND sender = $2",
            args![root, sender],
        )
        .await?;
    transaction
        .execute("DELETE FROM thread_senders WHERE root = $1 AND sender = $2 AND events <= 0", args![root, sender])
        .await?;
    transaction
        .execute(
            "UPDATE threads SET latest = COALESCE((SELECT MAX(latest) FROM thread_senders WHERE root = $1), 0) \
             WHERE root = $1",
            args![root],
        )
        .await?;
    transaction.execute("DELETE FROM threads WHERE root = $1 AND latest = 0", args![root]).await?;
    Ok(())
}
