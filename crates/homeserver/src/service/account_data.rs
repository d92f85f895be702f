//! What clients keep for their user, of the account and of each room, see [client config].
//!
//! Each change takes a position of the stream, so that sync can tell the user's other devices.
//!
//! [client config]: https://spec.matrix.org/v1.18/client-server-api/#client-config

use ruma::{RoomId, UserId};
use serde_json::value::RawValue;

use crate::{
    MatrixError, Result,
    storage::{Storage, StorageError, Stream, Topic, Transaction, WriteKey, args},
};

/// What clients keep for their user.
#[derive(Clone, Debug)]
pub struct AccountData {
    storage: Storage,
}

impl AccountData {
    pub(super) fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// The content of one type, of the account or of a room.
    pub async fn get(&self, user_id: &UserId, room_id: Option<&RoomId>, kind: &str) -> Result<Option<Box<RawValue>>> {
        let sql = "SELECT content FROM account_data WHERE user_id = $1 AND room_id = $2 AND type = $3";
        let values = args![user_id, room_key(room_id), kind];
        let row = self.storage.read().await?.fetch_optional(sql, values).await?;
        row.map(|row| raw(row.get(0)?)).transpose()
    }

    /// Replaces the content of one type.
    pub async fn set(&self, user_id: &UserId, room_id: Option<&RoomId>, kind: &str, content: &RawValue) -> Result<()> {
        if !content.get().trim_start().starts_with('{') {
            return Err(MatrixError::bad_json("account data is a JSON object"));
        }
        let (user_id, room_id) = (user_id.to_owned(), room_id.map(ToOwned::to_owned));
        let (kind, content) = (kind.to_owned(), content.get().as_bytes().to_vec());
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    store(transaction, &user_id, room_id.as_deref(), &kind, &content).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Changes the content of one type by what it was.
    pub async fn update<T: Send + 'static>(
        &self,
        user_id: &UserId,
        room_id: Option<&RoomId>,
        kind: &'static str,
        change: impl FnOnce(Option<Box<RawValue>>) -> Result<(Vec<u8>, T)> + Send + 'static,
    ) -> Result<T> {
        let (user_id, room_id) = (user_id.to_owned(), room_id.map(ToOwned::to_owned));
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "SELECT content FROM account_data WHERE user_id = $1 AND room_id = $2 AND type = $3";
                    let values = args![&user_id, room_key(room_id.as_deref()), kind];
                    let row = transaction.fetch_optional(sql, values).await?;
                    let old = row.map(|row| raw(row.get(0)?)).transpose()?;
                    let (content, answer) = change(old)?;
                    store(transaction, &user_id, room_id.as_deref(), kind, &content).await?;
                    Ok(answer)
                })
            })
            .await
    }
}

/// Writes account data within a unit of work and wakes the user's devices.
pub(super) async fn store(
    transaction: &mut Transaction,
    user_id: &UserId,
    room_id: Option<&RoomId>,
    kind: &str,
    content: &[u8],
) -> Result<(), StorageError> {
    let position = transaction.next_position(Stream::AccountData).await?;
    let sql = "INSERT INTO account_data (user_id, room_id, type, content, position, writer) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, room_id, type) DO UPDATE \
        SET content = excluded.content, position = excluded.position, writer = excluded.writer";
    let writer = transaction.writer();
    transaction.execute(sql, args![user_id, room_key(room_id), kind, content, position, writer]).await?;
    transaction.notify(Topic::User(user_id.to_owned()));
    Ok(())
}

/// How the room is stored; the account itself is the empty text.
fn room_key(room_id: Option<&RoomId>) -> &str {
    room_id.map_or("", RoomId::as_str)
}

fn raw(content: Vec<u8>) -> Result<Box<RawValue>> {
    let broken = || StorageError::Column { column: "content".to_owned(), expected: "JSON" };
    let content = String::from_utf8(content).map_err(|_| broken())?;
    Ok(RawValue::from_string(content).map_err(|_| broken())?)
}
