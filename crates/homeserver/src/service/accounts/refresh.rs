//! Access tokens that end and are replaced, see [refreshing access tokens].
//!
//! An answer may be lost on its way: the old refresh token works until one of the new tokens is used,
//! and using it again takes those back that were never used.
//!
//! [refreshing access tokens]: https://spec.matrix.org/v1.18/client-server-api/#refreshing-access-tokens

use std::time::Duration;

use ruma::{DeviceId, OwnedDeviceId, OwnedUserId, UserId};

use super::{Accounts, tokens::hash};
use crate::{
    MatrixError, Result,
    storage::{StorageError, Transaction, WriteKey, args},
};

/// What takes the place of an access token.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The new access token.
    pub access_token: String,
    /// What replaces it in turn.
    pub refresh_token: String,
    /// How long the access token works.
    pub expires_in: Duration,
}

impl Accounts {
    /// When an access token that is made now ends.
    pub(super) fn token_expiry(&self) -> i64 {
        let lifetime = i64::try_from(self.config.access_token_lifetime.as_millis()).unwrap_or(i64::MAX);
        self.environment.now_millis().saturating_add(lifetime)
    }

    /// Gives new tokens for a refresh token.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Refreshed> {
        let old = hash(refresh_token);
        let unknown = || MatrixError::unknown_token(false);
        let sql = "SELECT user_id FROM refresh_tokens WHERE token_hash = $1";
        let row = self.storage.read().await?.fetch_optional(sql, args![old.as_slice()]).await?;
        let user_id: OwnedUserId = row.ok_or_else(unknown)?.get(0)?;
        let new = Refreshed {
            access_token: self.new_token(),
            refresh_token: self.new_token(),
            expires_in: self.config.access_token_lifetime,
        };
        let (access, refresh) = (hash(&new.access_token), hash(&new.refresh_token));
        let (now, expires_at) = (self.environment.now_millis(), self.token_expiry());
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "SELECT device_id, retires FROM refresh_tokens WHERE token_hash = $1";
                    let row = transaction.fetch_optional(sql, args![old.as_slice()]).await?.ok_or_else(unknown)?;
                    let device_id: OwnedDeviceId = row.get(0)?;
                    if let Some(parent) = row.get::<Option<Vec<u8>>>(1)? {
                        retire(transaction, &parent).await?;
                    }
                    // Those given for it before were never used.
                    for sql in ["DELETE FROM access_tokens WHERE retires = $1", "DELETE FROM refresh_tokens WHERE retires = $1"] {
                        transaction.execute(sql, args![old.as_slice()]).await?;
                    }
                    let sql = "INSERT INTO access_tokens (token_hash, user_id, device_id, created_at, expires_at, retires) \
                        VALUES ($1, $2, $3, $4, $5, $6)";
                    let values = args![access, &user_id, &device_id, now, expires_at, old.as_slice()];
                    transaction.execute(sql, values).await?;
                    add(transaction, refresh, &user_id, &device_id, Some(old)).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        Ok(new)
    }

    /// Ends the tokens that this one took the place of, since it arrived. Nobody waits for it.
    pub(super) fn settle(&self, user_id: &UserId, device_id: &DeviceId, token_hash: Vec<u8>, retires: Vec<u8>) {
        let (user_id, device_id) = (user_id.to_owned(), device_id.to_owned());
        let written = self.storage.submit::<(), StorageError, _>(WriteKey::User(user_id.clone()), move |transaction| {
            Box::pin(async move {
                retire(transaction, &retires).await?;
                let sql = "DELETE FROM access_tokens WHERE user_id = $1 AND device_id = $2 AND token_hash <> $3";
                transaction.execute(sql, args![user_id, device_id, token_hash.as_slice()]).await?;
                Ok(())
            })
        });
        drop(written);
    }
}

/// Stores a refresh token within a unit of work.
pub(super) async fn add(
    transaction: &mut Transaction,
    token_hash: Vec<u8>,
    user_id: &UserId,
    device_id: &DeviceId,
    retires: Option<Vec<u8>>,
) -> Result<(), StorageError> {
    let sql = "INSERT INTO refresh_tokens (token_hash, user_id, device_id, retires) VALUES ($1, $2, $3, $4)";
    transaction.execute(sql, args![token_hash, user_id, device_id, retires]).await?;
    Ok(())
}

/// Ends a refresh token; what it was replaced by stands on its own from now on.
async fn retire(transaction: &mut Transaction, token_hash: &[u8]) -> Result<(), StorageError> {
    for sql in [
        "DELETE FROM refresh_tokens WHERE token_hash = $1",
        "UPDATE access_tokens SET retires = NULL WHERE retires = $1",
        "UPDATE refresh_tokens SET retires = NULL WHERE retires = $1",
    ] {
        transaction.execute(sql, args![token_hash]).await?;
    }
    Ok(())
}
