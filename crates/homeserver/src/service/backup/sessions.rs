//! The keys of a backup: of one session, of a room, or all of them.

use std::collections::BTreeMap;

use ruma::{
    OwnedRoomId, UInt, UserId,
    api::client::backup::{KeyBackupData, RoomKeyBackup},
    serde::Raw,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Backups, Contents, contents, current, number, unknown};
use crate::{
    MatrixError, Result,
    storage::{Row, Transaction, Value, WriteKey, args, rows_list},
};

/// Keys by their room and session.
pub type SessionKeys = BTreeMap<OwnedRoomId, RoomKeyBackup>;

/// Of which keys something is said.
#[derive(Clone, Debug)]
pub enum Scope {
    /// All of them.
    Everything,
    /// Those of a room.
    Room(OwnedRoomId),
    /// That of one session.
    Session(OwnedRoomId, String),
}

impl Scope {
    /// The condition on rows, and what it compares with. The third and fourth parameter are used.
    fn condition(&self) -> (&'static str, Vec<Value>) {
        match self {
            Self::Everything => ("", args![]),
            Self::Room(room_id) => (" AND room_id = $3", args![room_id]),
            Self::Session(room_id, session_id) => {
                (" AND room_id = $3 AND session_id = $4", args![room_id, session_id.as_str()])
            }
        }
    }
}

/// What the server has to understand of a key.
#[derive(Deserialize)]
struct Shape {
    first_message_index: UInt,
    forwarded_count: UInt,
    is_verified: bool,
    #[serde(rename = "session_data")]
    _session_data: serde::de::IgnoredAny,
}

/// How many rows go into one statement.
const BATCH: usize = 100;
const COLUMNS: usize = 8;

impl Backups {
    /// Stores keys, where they are better than those that are there: verified rather than not, from an
    /// earlier message on, passed on less often.
    pub async fn add(&self, user_id: &UserId, version: &str, keys: SessionKeys) -> Result<Contents> {
        let (user_id, named) = (user_id.to_owned(), version.to_owned());
        let mut rows = Vec::new();
        for (room_id, room) in keys {
            for (session_id, key) in room.sessions {
                let shape: Shape =
                    key.deserialize_as_unchecked().map_err(|error| MatrixError::bad_json(error.to_string()))?;
                if session_id.contains('\0') {
                    return Err(MatrixError::invalid_param("this is no session ID"));
                }
                rows.push((room_id.clone(), session_id, shape, key.into_json().get().as_bytes().to_vec()));
            }
        }
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let current = current(transaction, &user_id).await?.ok_or_else(unknown)?;
                    if named != current.to_string() {
                        return Err(MatrixError::wrong_room_keys_version(current.to_string()));
                    }
                    let mut changed = 0;
                    for batch in rows.chunks(BATCH) {
                        let mut values = Vec::with_capacity(batch.len() * COLUMNS);
                        for (room_id, session_id, shape, data) in batch {
                            values.extend(args![
                                &user_id,
                                current,
                                room_id,
                                session_id.as_str(),
                                i64::from(shape.first_message_index),
                                i64::from(shape.forwarded_count),
                                shape.is_verified,
                                data.as_slice()
                            ]);
                        }
                        changed += transaction.execute(upsert(batch.len()), values).await?;
                    }
                    count_change(transaction, &user_id, current, changed).await?;
                    contents(transaction, &user_id, current).await
                })
            })
            .await
    }

    /// The keys of a version.
    pub async fn keys(&self, user_id: &UserId, version: &str, scope: Scope) -> Result<SessionKeys> {
        let version = number(version)?;
        let mut connection = self.storage.read().await?;
        // Says so where there is no such version.
        contents(&mut connection, user_id, version).await?;
        let (condition, more) = scope.condition();
        let sql = format!(
            "SELECT room_id, session_id, data FROM key_backup_sessions \
             WHERE user_id = $1 AND version = $2{condition} ORDER BY room_id, session_id"
        );
        let mut values = args![user_id, version];
        values.extend(more);
        let mut keys = SessionKeys::new();
        for row in connection.fetch_all(sql, values).await? {
            let room: OwnedRoomId = row.get(0)?;
            let room = keys.entry(room).or_insert_with(|| RoomKeyBackup::new(BTreeMap::new()));
            room.sessions.insert(row.get(1)?, key(&row)?);
        }
        Ok(keys)
    }

    /// Deletes keys of a version; there may be none.
    pub async fn remove(&self, user_id: &UserId, version: &str, scope: Scope) -> Result<Contents> {
        let (user_id, version) = (user_id.to_owned(), number(version)?);
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    contents(transaction, &user_id, version).await?;
                    let (condition, more) = scope.condition();
                    let sql = format!("DELETE FROM key_backup_sessions WHERE user_id = $1 AND version = $2{condition}");
                    let mut values = args![&user_id, version];
                    values.extend(more);
                    let changed = transaction.execute(sql, values).await?;
                    count_change(transaction, &user_id, version, changed).await?;
                    contents(transaction, &user_id, version).await
                })
            })
            .await
    }
}

fn upsert(rows: usize) -> String {
    format!(
        "INSERT INTO key_backup_sessions AS old (user_id, version, room_id, session_id, first_message_index, \
         forwarded_count, is_verified, data) VALUES {} \
         ON CONFLICT (user_id, version, room_id, session_id) DO UPDATE SET \
         first_message_index = excluded.first_message_index, forwarded_count = excluded.forwarded_count, \
         is_verified = excluded.is_verified, data = excluded.data \
         WHERE excluded.is_verified > old.is_verified OR (excluded.is_verified = old.is_verified AND \
         (excluded.first_message_index < old.first_message_index OR \
         (excluded.first_message_index = old.first_message_index AND \
         excluded.forwarded_count < old.forwarded_count)))",
        rows_list(rows, COLUMNS)
    )
}

async fn count_change(transaction: &mut Transaction, user_id: &UserId, version: i64, changed: u64) -> Result<()> {
    if changed > 0 {
        let sql = "UPDATE key_backups SET etag = etag + 1 WHERE user_id = $1 AND version = $2";
        transaction.execute(sql, args![user_id, version]).await?;
    }
    Ok(())
}

fn key(row: &Row) -> Result<Raw<KeyBackupData>> {
    let data = String::from_utf8(row.get(2)?).map_err(MatrixError::internal)?;
    Ok(Raw::from_json(RawValue::from_string(data).map_err(MatrixError::internal)?))
}
