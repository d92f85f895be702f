//! Room keys that users keep on the server, encrypted, see [server-side key backups].
//!
//! Keys are only added to the newest version of a backup, and a key is only replaced by a better one.
//! The server cannot read them, and checks nothing but their shape.
//!
//! [server-side key backups]: https://spec.matrix.org/v1.18/client-server-api/#server-side-key-backups

mod sessions;

use ruma::{UInt, UserId, api::client::backup::BackupAlgorithm, serde::Raw};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use self::sessions::{Scope, SessionKeys};
use crate::{
    MatrixError, Result,
    storage::{Connection, Storage, Transaction, WriteKey, args},
};

/// Room keys that users keep on the server.
#[derive(Clone, Debug)]
pub struct Backups {
    storage: Storage,
}

/// A version of a backup.
#[derive(Clone, Debug)]
pub struct BackupInfo {
    /// Its number.
    pub version: String,
    /// How it is encrypted.
    pub algorithm: Raw<BackupAlgorithm>,
    /// What it holds.
    pub contents: Contents,
}

/// What a version holds.
#[derive(Clone, Debug)]
pub struct Contents {
    /// How many keys.
    pub count: UInt,
    /// Changes with them.
    pub etag: String,
}

/// How a version is encrypted, as clients write it.
#[derive(Deserialize, Serialize)]
struct Algorithm {
    algorithm: String,
    auth_data: Box<RawValue>,
    #[serde(default, skip_serializing)]
    version: Option<String>,
}

impl Backups {
    pub(super) fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// Makes a new version, which is the current one from now on. Answers its number.
    pub async fn create(&self, user_id: &UserId, algorithm: &Raw<BackupAlgorithm>) -> Result<String> {
        let Algorithm { algorithm, auth_data, .. } = parse(algorithm)?;
        let user_id = user_id.to_owned();
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "SELECT COALESCE(MAX(version), 0) FROM key_backups WHERE user_id = $1";
                    let last: i64 = transaction.fetch_one(sql, args![&user_id]).await?.get(0)?;
                    let version = last + 1;
                    let sql = "INSERT INTO key_backups (user_id, version, algorithm, auth_data, etag, deleted) \
                        VALUES ($1, $2, $3, $4, 0, 0)";
                    let auth_data = auth_data.get().as_bytes();
                    transaction.execute(sql, args![user_id, version, algorithm, auth_data]).await?;
                    Ok::<_, MatrixError>(version.to_string())
                })
            })
            .await
    }

    /// A version, the current one unless said.
    pub async fn info(&self, user_id: &UserId, version: Option<&str>) -> Result<BackupInfo> {
        let mut connection = self.storage.read().await?;
        let version = match version {
            Some(version) => number(version)?,
            None => current(&mut connection, user_id).await?.ok_or_else(unknown)?,
        };
        let sql = "SELECT algorithm, auth_data FROM key_backups WHERE user_id = $1 AND version = $2 AND deleted = 0";
        let row = connection.fetch_optional(sql, args![user_id, version]).await?.ok_or_else(unknown)?;
        let auth_data = String::from_utf8(row.get(1)?).map_err(MatrixError::internal)?;
        let auth_data = RawValue::from_string(auth_data).map_err(MatrixError::internal)?;
        let algorithm = Algorithm { algorithm: row.get(0)?, auth_data, version: None };
        let algorithm = serde_json::value::to_raw_value(&algorithm).map_err(MatrixError::internal)?;
        let contents = contents(&mut connection, user_id, version).await?;
        Ok(BackupInfo { version: version.to_string(), algorithm: Raw::from_json(algorithm), contents })
    }

    /// Changes what belongs to a version's algorithm, which has to stay the same.
    pub async fn update(&self, user_id: &UserId, version: &str, algorithm: &Raw<BackupAlgorithm>) -> Result<()> {
        let Algorithm { algorithm, auth_data, version: named } = parse(algorithm)?;
        if named.is_some_and(|named| named != version) {
            return Err(MatrixError::invalid_param("the body is of another version"));
        }
        let (user_id, version) = (user_id.to_owned(), number(version)?);
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "SELECT algorithm FROM key_backups WHERE user_id = $1 AND version = $2 AND deleted = 0";
                    let row = transaction.fetch_optional(sql, args![&user_id, version]).await?.ok_or_else(unknown)?;
                    if row.get::<String>(0)? != algorithm {
                        return Err(MatrixError::invalid_param("the backup is of another algorithm"));
                    }
                    let sql = "UPDATE key_backups SET auth_data = $3 WHERE user_id = $1 AND version = $2";
                    transaction.execute(sql, args![user_id, version, auth_data.get().as_bytes()]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Deletes a version with all its keys; it may be deleted already.
    pub async fn delete(&self, user_id: &UserId, version: &str) -> Result<()> {
        let (user_id, version) = (user_id.to_owned(), number(version)?);
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE key_backups SET deleted = 1 WHERE user_id = $1 AND version = $2";
                    if transaction.execute(sql, args![&user_id, version]).await? == 0 {
                        return Err(unknown());
                    }
                    let sql = "DELETE FROM key_backup_sessions WHERE user_id = $1 AND version = $2";
                    transaction.execute(sql, args![user_id, version]).await?;
                    Ok(())
                })
            })
            .await
    }
}

/// Deletes everything of a user, whose account is closed.
pub(super) async fn forget(transaction: &mut Transaction, user_id: &UserId) -> Result<()> {
    for sql in ["DELETE FROM key_backup_sessions WHERE user_id = $1", "DELETE FROM key_backups WHERE user_id = $1"] {
        transaction.execute(sql, args![user_id]).await?;
    }
    Ok(())
}

fn parse(algorithm: &Raw<BackupAlgorithm>) -> Result<Algorithm> {
    let bad = |error: serde_json::Error| MatrixError::bad_json(error.to_string());
    let written: Algorithm = algorithm.deserialize_as_unchecked().map_err(bad)?;
    // What kind of data belongs to an algorithm is between clients; if it looks like what we know, it has to be
    // that. What is kept is what the client wrote, signatures and all.
    if written.auth_data.get().starts_with('{') {
        algorithm.deserialize().map_err(bad)?;
    }
    Ok(written)
}

/// What is no number names no version.
fn number(version: &str) -> Result<i64> {
    version.parse().map_err(|_| unknown())
}

fn unknown() -> MatrixError {
    MatrixError::not_found("there is no such backup")
}

async fn current(connection: &mut Connection, user_id: &UserId) -> Result<Option<i64>> {
    let sql = "SELECT MAX(version) FROM key_backups WHERE user_id = $1 AND deleted = 0";
    Ok(connection.fetch_one(sql, args![user_id]).await?.get(0)?)
}

async fn contents(connection: &mut Connection, user_id: &UserId, version: i64) -> Result<Contents> {
    let sql = "SELECT etag, (SELECT COUNT(*) FROM key_backup_sessions s \
            WHERE s.user_id = b.user_id AND s.version = b.version) \
        FROM key_backups b WHERE b.user_id = $1 AND b.version = $2 AND b.deleted = 0";
    let row = connection.fetch_optional(sql, args![user_id, version]).await?.ok_or_else(unknown)?;
    let count = UInt::try_from(row.get::<i64>(1)?).unwrap_or_default();
    Ok(Contents { count, etag: row.get::<i64>(0)?.to_string() })
}
