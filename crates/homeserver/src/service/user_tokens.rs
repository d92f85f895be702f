//! Tokens for one purpose and a short time. Like access tokens they are known by their SHA-256 only.

use std::time::Duration;

use ruma::{OwnedUserId, UserId};
use sha2::{Digest as _, Sha256};

use crate::{
    MatrixError, Result,
    environment::Environment,
    storage::{Storage, WriteKey, args},
};

const KEY: WriteKey = WriteKey::Server("user_tokens");

/// Tokens for one purpose and a short time.
#[derive(Clone, Debug)]
pub struct UserTokens {
    storage: Storage,
    environment: Environment,
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Logs another device in, once.
    LogIn,
    /// Proves to a third party who one is.
    OpenId,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::LogIn => "login",
            Self::OpenId => "openid",
        }
    }

    /// How long its tokens work.
    pub const fn lifetime(self) -> Duration {
        match self {
            Self::LogIn => Duration::from_secs(2 * 60),
            Self::OpenId => Duration::from_secs(60 * 60),
        }
    }
}

impl UserTokens {
    pub(super) fn new(storage: Storage, environment: Environment) -> Self {
        Self { storage, environment }
    }

    /// Makes a token.
    pub async fn issue(&self, user_id: &UserId, purpose: Purpose) -> Result<String> {
        let token = self.environment.word(43);
        let (token_hash, user_id) = (hash(&token), user_id.to_owned());
        let now = self.environment.now_millis();
        let expires_at = now.saturating_add(i64::try_from(purpose.lifetime().as_millis()).unwrap_or(i64::MAX));
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    transaction.execute("DELETE FROM user_tokens WHERE expires_at <= $1", args![now]).await?;
                    let sql = "INSERT INTO user_tokens (token_hash, purpose, user_id, expires_at) \
                        VALUES ($1, $2, $3, $4)";
                    transaction.execute(sql, args![token_hash, purpose.name(), user_id, expires_at]).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        Ok(token)
    }

    /// Whose token it is.
    pub async fn owner(&self, token: &str, purpose: Purpose) -> Result<Option<OwnedUserId>> {
        let sql = "SELECT user_id FROM user_tokens WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3";
        let values = args![hash(token), purpose.name(), self.environment.now_millis()];
        let row = self.storage.read().await?.fetch_optional(sql, values).await?;
        Ok(row.map(|row| row.get(0)).transpose()?)
    }

    /// Whose token it was: it is used up.
    pub async fn redeem(&self, token: &str, purpose: Purpose) -> Result<Option<OwnedUserId>> {
        let (token_hash, now) = (hash(token), self.environment.now_millis());
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "DELETE FROM user_tokens WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 \
                        RETURNING user_id";
                    let row = transaction.fetch_optional(sql, args![token_hash, purpose.name(), now]).await?;
                    Ok(row.map(|row| row.get(0)).transpose()?)
                })
            })
            .await
    }
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
