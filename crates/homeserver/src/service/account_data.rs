//! What clients keep for their user, of the account and of each room, see [client config].
//!
//! Each change takes a position of the stream, so that sync can tell the user's other devices.
//!
//! [client config]: https://spec.matrix.org/v1.18/client-server-api/#client-config

use std::sync::Arc;

use http::StatusCode;
use ruma::{
    OwnedRoomId, RoomId, UserId,
    api::error::ErrorKind,
    events::tag::{TagEventContent, Tags},
};
use serde_json::value::RawValue;

use crate::{
    MatrixError, Result,
    storage::{
        Connection, News, Row, Storage, StorageError, Stream, StreamPosition, Topic, Transaction, WriteKey, args, texts,
    },
};

/// The type of account data that holds a room's tags.
const TAGS: &str = "m.tag";

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
        read(&mut self.storage.read().await?, user_id, room_id, kind).await
    }

    /// Replaces the content of one type, unless the server itself keeps that.
    pub async fn set(&self, user_id: &UserId, room_id: Option<&RoomId>, kind: &str, content: &RawValue) -> Result<()> {
        let kept_by_server = if room_id.is_some() { "m.fully_read" } else { super::push_rules::TYPE };
        if kind == kept_by_server {
            let message = "this type of account data has an endpoint of its own";
            return Err(MatrixError::refused(StatusCode::METHOD_NOT_ALLOWED, ErrorKind::BadJson, message));
        }
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

    /// The tags of a room.
    pub async fn tags(&self, user_id: &UserId, room_id: &RoomId) -> Result<Tags> {
        Ok(parse_tags(self.get(user_id, Some(room_id), TAGS).await?))
    }

    /// Changes the tags of a room.
    pub async fn change_tags(
        &self,
        user_id: &UserId,
        room_id: &RoomId,
        change: impl FnOnce(&mut Tags) + Send + 'static,
    ) -> Result<()> {
        self.update(user_id, Some(room_id), TAGS, move |content| {
            let mut tags = parse_tags(content);
            change(&mut tags);
            let content = serde_json::to_vec(&TagEventContent::new(tags)).map_err(MatrixError::internal)?;
            Ok((content, ()))
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
                    let old = read(transaction, &user_id, room_id.as_deref(), kind).await?;
                    let (content, answer) = change(old)?;
                    store(transaction, &user_id, room_id.as_deref(), kind, &content).await?;
                    Ok(answer)
                })
            })
            .await
    }
}

/// An event of account data, serialized, with its room and type.
pub(crate) type Event<R> = (R, String, Arc<RawValue>);

impl AccountData {
    /// What changed after one position and up to another; the account itself has no room.
    pub(crate) async fn changed(
        &self,
        connection: &mut Connection,
        user_id: &UserId,
        after: StreamPosition,
        up_to: StreamPosition,
    ) -> Result<Vec<Event<Option<OwnedRoomId>>>> {
        let sql = "SELECT room_id, type, content FROM account_data \
            WHERE user_id = $1 AND position > $2 AND position <= $3 ORDER BY position";
        let rows = connection.fetch_all(sql, args![user_id, after, up_to]).await?;
        let events = rows.iter().map(|row| {
            let room_id: String = row.get(0)?;
            let room_id = if room_id.is_empty() { None } else { Some(row.get(0)?) };
            let (kind, event) = event(row)?;
            Ok((room_id, kind, event))
        });
        events.collect()
    }

    /// All there is of a room.
    pub async fn of_room(&self, user_id: &UserId, room_id: &RoomId) -> Result<Vec<Arc<RawValue>>> {
        let mut connection = self.storage.read().await?;
        let events = self.of_rooms(&mut connection, user_id, &[room_id], StreamPosition::MAX).await?;
        Ok(events.into_iter().map(|(_, _, event)| event).collect())
    }

    /// All there is of some rooms, as of a position.
    pub(crate) async fn of_rooms(
        &self,
        connection: &mut Connection,
        user_id: &UserId,
        rooms: &[&RoomId],
        up_to: StreamPosition,
    ) -> Result<Vec<Event<OwnedRoomId>>> {
        let mut events = Vec::new();
        for rooms in rooms.chunks(500) {
            let sql = "SELECT room_id, type, content FROM account_data \
                WHERE user_id = $1 AND position <= $2 AND room_id {in 3} ORDER BY position";
            for row in connection.fetch_all(sql, args![user_id, up_to, texts(rooms)]).await? {
                let (kind, event) = event(&row)?;
                events.push((row.get(0)?, kind, event));
            }
        }
        Ok(events)
    }
}

/// The content of one type, of the account or of a room.
pub(super) async fn read(
    connection: &mut Connection,
    user_id: &UserId,
    room_id: Option<&RoomId>,
    kind: &str,
) -> Result<Option<Box<RawValue>>> {
    let sql = "SELECT content FROM account_data WHERE user_id = $1 AND room_id = $2 AND type = $3";
    let row = connection.fetch_optional(sql, args![user_id, room_key(room_id), kind]).await?;
    row.map(|row| raw(row.get(0)?)).transpose()
}

/// Reads a type and content as the event that clients see.
fn event(row: &Row) -> Result<(String, Arc<RawValue>)> {
    #[derive(serde::Serialize)]
    struct Shown<'e> {
        content: &'e RawValue,
        #[serde(rename = "type")]
        kind: &'e str,
    }
    let kind: String = row.get(1)?;
    let content = raw(row.get(2)?)?;
    let event = serde_json::value::to_raw_value(&Shown { content: &content, kind: &kind });
    let event = event.map_err(MatrixError::internal)?;
    Ok((kind, event.into()))
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
    transaction.notify(News::of(Stream::AccountData, Topic::User(user_id.to_owned())));
    Ok(())
}

/// Clients may write tags as plain account data too, and wrongly: what is not one is no tag.
fn parse_tags(content: Option<Box<RawValue>>) -> Tags {
    let content = content.and_then(|content| serde_json::from_str::<TagEventContent>(content.get()).ok());
    content.map(|content| content.tags).unwrap_or_default()
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
