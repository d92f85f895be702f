//! Receipts: how far each user has read, by room, type and thread, see [Receipts].
//!
//! [Receipts]: https://spec.matrix.org/v1.18/client-server-api/#receipts

use std::collections::{BTreeMap, HashMap};

use ruma::{
    EventId, OwnedEventId, OwnedRoomId, OwnedUserId, RoomId, UserId,
    events::receipt::{ReceiptThread, ReceiptType},
};
use serde::{Deserialize, Serialize};

use super::{account_data, unread};
use crate::{
    MatrixError, Result,
    environment::Environment,
    storage::{
        Connection, News, Row, Storage, StorageError, Stream, StreamPosition, Topic, Transaction, WriteKey, args, texts,
    },
};

/// The type of account data that holds the marker of what was read completely.
const FULLY_READ: &str = "m.fully_read";

/// Receipts of users. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Receipts {
    storage: Storage,
    environment: Environment,
}

/// A receipt as it is set.
#[derive(Clone, Debug)]
pub struct NewReceipt {
    /// In this room.
    pub room_id: OwnedRoomId,
    /// By this user.
    pub user_id: OwnedUserId,
    /// Public or private.
    pub receipt_type: ReceiptType,
    /// For the whole room or for one of its threads.
    pub thread: ReceiptThread,
    /// Up to this event.
    pub event_id: OwnedEventId,
}

/// The content of an `m.receipt` event: event → type → user → receipt.
pub(crate) type ReceiptContent = BTreeMap<OwnedEventId, BTreeMap<String, BTreeMap<OwnedUserId, Receipt>>>;

/// A receipt as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Receipt {
    ts: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<String>,
}

impl Receipts {
    /// Opens the service.
    pub fn new(storage: Storage, environment: Environment) -> Self {
        Self { storage, environment }
    }

    /// Moves a receipt forward. One that would go back changes nothing.
    pub async fn set(&self, receipt: NewReceipt) -> Result<()> {
        let ts = self.environment.now_millis();
        let key = WriteKey::User(receipt.user_id.clone());
        self.storage.write(key, move |transaction| Box::pin(async move { set(transaction, &receipt, ts).await })).await
    }

    /// Moves the marker of what was read completely forward.
    pub async fn set_fully_read(&self, room_id: &RoomId, user_id: &UserId, event_id: &EventId) -> Result<()> {
        let (room_id, user_id, event_id) = (room_id.to_owned(), user_id.to_owned(), event_id.to_owned());
        let key = WriteKey::User(user_id.clone());
        self.storage
            .write(key, move |transaction| {
                Box::pin(async move { mark(transaction, &room_id, &user_id, &event_id).await })
            })
            .await
    }
}

/// Moves the marker of what was read completely, which is account data of the room.
async fn mark(transaction: &mut Transaction, room_id: &RoomId, user_id: &UserId, event_id: &EventId) -> Result<()> {
    #[derive(Deserialize, Serialize)]
    struct FullyRead {
        event_id: OwnedEventId,
    }
    let position = position_of(transaction, room_id, event_id).await?;
    let position = position.ok_or_else(|| MatrixError::not_found("the room has no such event"))?;
    let sql = "SELECT content FROM account_data WHERE user_id = $1 AND room_id = $2 AND type = $3";
    let present = transaction.fetch_optional(sql, args![user_id, room_id, FULLY_READ]).await?;
    let present = present.map(|row| row.get::<Vec<u8>>(0)).transpose()?;
    if let Some(FullyRead { event_id }) = present.and_then(|content| serde_json::from_slice(&content).ok())
        && position_of(transaction, room_id, &event_id).await? >= Some(position)
    {
        return Ok(());
    }
    let content = FullyRead { event_id: event_id.to_owned() };
    let content = serde_json::to_vec(&content).map_err(MatrixError::internal)?;
    account_data::store(transaction, user_id, Some(room_id), FULLY_READ, &content).await?;
    Ok(())
}

async fn set(transaction: &mut Transaction, receipt: &NewReceipt, ts: i64) -> Result<()> {
    let NewReceipt { room_id, user_id, receipt_type, thread, event_id } = receipt;
    let event_position = position_of(transaction, room_id, event_id).await?;
    let event_position = event_position.ok_or_else(|| MatrixError::not_found("the room has no such event"))?;
    if !fits(transaction, event_id, thread).await? {
        return Err(MatrixError::invalid_param("the event is not in this thread"));
    }
    let thread_name = thread.as_str().unwrap_or_default();
    let present = transaction
        .fetch_optional(
            "SELECT event_position FROM receipts \
             WHERE room_id = $1 AND user_id = $2 AND receipt_type = $3 AND thread = $4",
            args![room_id, user_id, receipt_type.as_str(), thread_name],
        )
        .await?;
    if let Some(present) = present
        && present.get::<i64>(0)? >= event_position
    {
        return Ok(());
    }
    let position = transaction.next_position(Stream::Receipts).await?;
    let writer = transaction.writer();
    transaction
        .execute(
            "INSERT INTO receipts \
             (room_id, user_id, receipt_type, thread, event_id, event_position, ts, position, writer) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (room_id, user_id, receipt_type, thread) DO UPDATE SET \
             event_id = excluded.event_id, event_position = excluded.event_position, ts = excluded.ts, \
             position = excluded.position, writer = excluded.writer",
            args![room_id, user_id, receipt_type.as_str(), thread_name, event_id, event_position, ts, position, writer],
        )
        .await?;
    unread::read(transaction, room_id, user_id, thread, event_position).await?;
    // Own devices are woken either way: the counts have changed.
    transaction.notify(News::of(Stream::Receipts, Topic::User(user_id.clone())));
    if *receipt_type == ReceiptType::Read {
        transaction.notify(News::of(Stream::Receipts, Topic::Room(room_id.clone())));
    }
    Ok(())
}

/// Whether a receipt for this thread may name the event. A thread's root is in the main timeline, but
/// a receipt on it says as well that the thread was opened.
async fn fits(connection: &mut Connection, event_id: &EventId, thread: &ReceiptThread) -> Result<bool> {
    let expected = match thread {
        ReceiptThread::Unthreaded => return Ok(true),
        ReceiptThread::Main => None,
        ReceiptThread::Thread(root) if root == event_id => return Ok(true),
        ReceiptThread::Thread(root) => Some(root),
        _ => return Ok(false),
    };
    let found = unread::thread_of_event(connection, event_id).await?;
    Ok(found.as_ref() == expected)
}

/// Where an event of the room stands in the stream.
pub(crate) async fn position_of(
    connection: &mut Connection,
    room_id: &RoomId,
    event_id: &EventId,
) -> Result<Option<StreamPosition>, StorageError> {
    let sql = "SELECT position FROM events WHERE event_id = $1 AND room_id = $2";
    let row = connection.fetch_optional(sql, args![event_id, room_id]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// The receipts of these rooms set after `since` up to `now` that the user may see: everyone's public
/// ones and their own private ones.
pub(crate) async fn in_rooms(
    connection: &mut Connection,
    user_id: &UserId,
    rooms: &[&RoomId],
    since: StreamPosition,
    now: StreamPosition,
) -> Result<HashMap<OwnedRoomId, ReceiptContent>, StorageError> {
    let mut content = HashMap::new();
    for rooms in rooms.chunks(500) {
        let sql = "SELECT room_id, event_id, receipt_type, user_id, ts, thread FROM receipts \
            WHERE room_id {in 4} AND position > $1 AND position <= $2 AND (receipt_type = 'm.read' OR user_id = $3)";
        for row in connection.fetch_all(sql, args![since, now, user_id, texts(rooms)]).await? {
            add(&mut content, &row)?;
        }
    }
    Ok(content)
}

/// The rooms in which anything a user may see was set after `since` up to `now`, joined or not.
pub(crate) async fn changed_rooms(
    connection: &mut Connection,
    user_id: &UserId,
    since: StreamPosition,
    now: StreamPosition,
) -> Result<Vec<OwnedRoomId>, StorageError> {
    let sql = "SELECT DISTINCT room_id FROM receipts \
               WHERE position > $1 AND position <= $2 AND (receipt_type = 'm.read' OR user_id = $3)";
    let rows = connection.fetch_all(sql, args![since, now, user_id]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// The rooms in which a user has read on after `since` up to `now`.
pub(crate) async fn changed_by(
    connection: &mut Connection,
    user_id: &UserId,
    since: StreamPosition,
    now: StreamPosition,
) -> Result<Vec<OwnedRoomId>, StorageError> {
    let sql = "SELECT DISTINCT room_id FROM receipts WHERE position > $1 AND position <= $2 AND user_id = $3";
    let rows = connection.fetch_all(sql, args![since, now, user_id]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

fn add(content: &mut HashMap<OwnedRoomId, ReceiptContent>, row: &Row) -> Result<(), StorageError> {
    let (room_id, event_id, kind, user_id): (OwnedRoomId, OwnedEventId, String, OwnedUserId) =
        (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    let thread: String = row.get(5)?;
    let receipt = Receipt { ts: row.get(4)?, thread_id: Some(thread).filter(|thread| !thread.is_empty()) };
    content.entry(room_id).or_default().entry(event_id).or_default().entry(kind).or_default().insert(user_id, receipt);
    Ok(())
}
