//! What a client knows by one of its connections, stored only when that changes.
//!
//! A room whose every change has been sent is *live*: then the token says how far, and nothing has to be
//! stored as the room goes on. Only when something of it was not sent, since it is outside of every
//! list, is it stored how far it was.

use std::collections::BTreeMap;

use ruma::OwnedRoomId;
use serde::{Deserialize, Serialize};

use super::{super::SyncToken, request::Required};
use crate::{
    MatrixError, Result,
    api::Sender,
    storage::{Storage, StorageError, StreamPosition, WriteKey, args},
};

/// The most states that are kept of a device, of all its connections.
const KEPT: i64 = 32;

/// Where a client stands: how far it has read, and which state of the connection that belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pos {
    pub(super) token: SyncToken,
    number: i64,
}

/// What a client knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Known {
    pub(super) rooms: BTreeMap<OwnedRoomId, Sent>,
    /// How many rooms each list had.
    pub(super) lists: BTreeMap<String, usize>,
    /// What it asked for, in short.
    pub(super) asked: String,
    /// What state was wanted, by the number that rooms name it by.
    wishes: Vec<Required>,
}

/// What was sent of a room.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Sent {
    /// What came after this was not sent. Nothing: all of it was.
    #[serde(rename = "b", skip_serializing_if = "Option::is_none", default)]
    pub(super) behind: Option<StreamPosition>,
    /// Only what someone sees who is not in the room.
    #[serde(rename = "s", skip_serializing_if = "std::ops::Not::not", default)]
    pub(super) stripped: bool,
    /// How many of the newest events, at least.
    #[serde(rename = "l")]
    pub(super) limit: usize,
    #[serde(rename = "w")]
    wish: usize,
}

impl Known {
    /// The state that was wanted of a room when it was sent.
    pub(super) fn required(&self, sent: &Sent) -> Required {
        self.wishes.get(sent.wish).cloned().unwrap_or_default()
    }

    /// Notes that everything of a room is sent.
    pub(super) fn send(&mut self, room_id: &OwnedRoomId, limit: usize, required: &Required, stripped: bool) {
        let wish = self.wishes.iter().position(|other| other == required).unwrap_or_else(|| {
            self.wishes.push(required.clone());
            self.wishes.len() - 1
        });
        self.rooms.insert(room_id.clone(), Sent { behind: None, stripped, limit, wish });
    }
}

impl Pos {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (token, number) = text.split_once('~').ok_or_else(MatrixError::unknown_pos)?;
        let token = token.parse().map_err(|_| MatrixError::unknown_pos())?;
        Ok(Self { token, number: number.parse().map_err(|_| MatrixError::unknown_pos())? })
    }

    pub(super) fn with(self, token: SyncToken) -> Self {
        Self { token, ..self }
    }

    /// What the client knows that came back with it.
    pub(super) async fn load(self, storage: &Storage, sender: &Sender, name: &str) -> Result<Known> {
        let sql = "SELECT state FROM sliding_connections \
            WHERE number = $1 AND user_id = $2 AND device_id = $3 AND conn_id = $4";
        let values = args![self.number, &sender.user_id, &sender.device_id, name];
        let row = storage.read().await?.fetch_optional(sql, values).await?.ok_or_else(MatrixError::unknown_pos)?;
        serde_json::from_slice(&row.get::<Vec<u8>>(0)?).map_err(|_| MatrixError::unknown_pos())
    }
}

impl std::fmt::Display for Pos {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}~{}", self.token, self.number)
    }
}

/// Stores what the client knows once it has the answer; answers where it stands then. What it came back
/// with stays, in case the answer is lost.
pub(super) async fn store(
    storage: &Storage,
    sender: &Sender,
    name: &str,
    (known, now): (&Known, i64),
    before: Option<Pos>,
    token: SyncToken,
) -> Result<Pos> {
    let state = serde_json::to_vec(known).map_err(MatrixError::internal)?;
    let (sender, name) = (sender.clone(), name.to_owned());
    let kept = before.map_or(0, |before| before.number);
    let number = storage
        .write(WriteKey::User(sender.user_id.clone()), move |transaction| {
            Box::pin(async move {
                let Sender { user_id, device_id } = &sender;
                let sql = "DELETE FROM sliding_connections \
                    WHERE user_id = $1 AND device_id = $2 AND conn_id = $3 AND number <> $4";
                transaction.execute(sql, args![user_id, device_id, &name, kept]).await?;
                let sql = "DELETE FROM sliding_connections WHERE user_id = $1 AND device_id = $2 AND number <= \
                    (SELECT other.number FROM sliding_connections other WHERE other.user_id = $1 \
                    AND other.device_id = $2 ORDER BY other.number DESC LIMIT 1 OFFSET $3)";
                transaction.execute(sql, args![user_id, device_id, KEPT]).await?;
                let sql = "INSERT INTO sliding_connections (user_id, device_id, conn_id, state, created_at) \
                    VALUES ($1, $2, $3, $4, $5) RETURNING number";
                let row = transaction.fetch_one(sql, args![user_id, device_id, &name, state, now]).await?;
                row.get::<i64>(0)
            })
        })
        .await
        .map_err(|error: StorageError| MatrixError::from(error))?;
    Ok(Pos { token, number })
}
