//! Access tokens: made, hashed and recognized.

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};

use super::Accounts;
use crate::{
    MatrixError, Result,
    api::Sender,
    storage::{StorageError, WriteKey, args},
};

/// How old "last seen" may become before it is written anew: not every request is worth a commit.
const LAST_SEEN_STEP: i64 = 5 * 60 * 1000;

pub(super) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

impl Accounts {
    /// A token nobody can guess: some 256 bits, with a prefix by which leaked ones are found.
    pub(super) fn new_token(&self) -> String {
        format!("trl_{}", self.environment.word(43))
    }

    /// The account and device a token belongs to; guests are let in only where they may do something.
    pub async fn authenticate(&self, token: &str, address: Option<IpAddr>, admit_guests: bool) -> Result<Sender> {
        let sql = "SELECT devices.user_id, devices.device_id, devices.last_seen_at, access_tokens.expires_at, \
                access_tokens.retires, users.guest FROM access_tokens \
            JOIN devices ON devices.user_id = access_tokens.user_id AND devices.device_id = access_tokens.device_id \
            JOIN users ON users.user_id = access_tokens.user_id WHERE token_hash = $1";
        let token_hash = hash(token);
        let row = self.storage.read().await?.fetch_optional(sql, args![token_hash.as_slice()]).await?;
        let row = row.ok_or_else(|| MatrixError::unknown_token(false))?;
        let sender = Sender { user_id: row.get(0)?, device_id: row.get(1)? };
        let last_seen_at: Option<i64> = row.get(2)?;
        let now = self.environment.now_millis();
        if row.get::<Option<i64>>(3)?.is_some_and(|at| at <= now) {
            return Err(MatrixError::unknown_token(true));
        }
        if row.get::<bool>(5)? && !admit_guests {
            return Err(MatrixError::guest_access_forbidden("guests may not do this"));
        }
        if let Some(retires) = row.get::<Option<Vec<u8>>>(4)? {
            self.settle(&sender.user_id, &sender.device_id, token_hash, retires);
        }
        if last_seen_at.is_none_or(|at| now - at >= LAST_SEEN_STEP) {
            self.note_seen(sender.clone(), now, address);
        }
        Ok(sender)
    }

    /// Writes when a device was last seen. Nobody waits for it.
    fn note_seen(&self, sender: Sender, now: i64, address: Option<IpAddr>) {
        let key = WriteKey::User(sender.user_id.clone());
        let written = self.storage.submit::<(), StorageError, _>(key, move |transaction| {
            Box::pin(async move {
                let sql = "UPDATE devices SET last_seen_at = $3, last_seen_ip = $4 \
                    WHERE user_id = $1 AND device_id = $2";
                let address = address.map(|address| address.to_string());
                transaction.execute(sql, args![sender.user_id, sender.device_id, now, address]).await?;
                Ok(())
            })
        });
        drop(written);
    }
}
