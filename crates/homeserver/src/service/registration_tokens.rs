//! Permissions to register, handed out by the administrator.

use crate::{
    MatrixError, Result,
    environment::Environment,
    storage::{Storage, WriteKey, args},
};

const KEY: WriteKey = WriteKey::Server("registration_tokens");

/// Permissions to register.
#[derive(Clone, Debug)]
pub struct RegistrationTokens {
    storage: Storage,
    environment: Environment,
}

impl RegistrationTokens {
    pub(super) fn new(storage: Storage, environment: Environment) -> Self {
        Self { storage, environment }
    }

    /// Makes a token that works so many times, or any number of times, until a time if there is one.
    pub async fn create(&self, uses_allowed: Option<u32>, expires_at: Option<i64>) -> Result<String> {
        let token = self.environment.word(16);
        let now = self.environment.now_millis();
        let stored = token.clone();
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "INSERT INTO registration_tokens (token, uses_allowed, uses, created_at, expires_at) \
                        VALUES ($1, $2, 0, $3, $4)";
                    let values = args![stored, uses_allowed.map(i64::from), now, expires_at];
                    transaction.execute(sql, values).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        Ok(token)
    }

    /// Whether the token would let someone register now.
    pub async fn is_valid(&self, token: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM registration_tokens WHERE token = $1 \
            AND (uses_allowed IS NULL OR uses < uses_allowed) AND (expires_at IS NULL OR expires_at > $2)";
        let now = self.environment.now_millis();
        Ok(self.storage.read().await?.fetch_optional(sql, args![token, now]).await?.is_some())
    }

    /// Uses the token once; says whether it was still valid.
    pub async fn redeem(&self, token: &str) -> Result<bool> {
        let token = token.to_owned();
        let now = self.environment.now_millis();
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE registration_tokens SET uses = uses + 1 WHERE token = $1 \
                        AND (uses_allowed IS NULL OR uses < uses_allowed) \
                        AND (expires_at IS NULL OR expires_at > $2)";
                    Ok(transaction.execute(sql, args![token, now]).await? == 1)
                })
            })
            .await
    }
}
