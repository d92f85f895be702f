//! Accounts and the access tokens that open them.
//!
//! A token is known only by its SHA-256: who reads the database cannot log in with it.

mod guests;
mod names;
mod refresh;
mod tokens;

use std::{net::IpAddr, sync::Arc, time::Duration};

use ruma::{OwnedDeviceId, OwnedUserId, UserId, api::client::uiaa::UserIdentifier};

pub use self::refresh::Refreshed;

use super::{
    account_data, backup,
    devices::{Devices, NewDevice},
    limits::{Action, Limits},
    passwords::Passwords,
    push_rules, user_directory,
};
use crate::{
    Config, MatrixError, Result,
    environment::Environment,
    storage::{Storage, Stream, WriteKey, args},
};

/// Accounts and the access tokens that open them.
#[derive(Clone, Debug)]
pub struct Accounts {
    config: Arc<Config>,
    storage: Storage,
    environment: Environment,
    passwords: Passwords,
    devices: Devices,
    limits: Limits,
}

/// An account to make.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name, checked by [`Accounts::user_id_for`].
    pub user_id: OwnedUserId,
    /// What opens it, if a password does.
    pub password: Option<NewPassword>,
    /// Whether it may administrate the server.
    pub admin: bool,
}

/// The password of a new account.
#[derive(Clone)]
pub enum NewPassword {
    /// As it was chosen.
    Plain(String),
    /// As [`Accounts::hash_password`] made it of one.
    Hashed(String),
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[password]")
    }
}

/// A device that is logged in, with the only copy of its token.
#[derive(Clone, Debug)]
pub struct Login {
    /// The account.
    pub user_id: OwnedUserId,
    /// The device.
    pub device_id: OwnedDeviceId,
    /// The token to give to the client.
    pub access_token: String,
    /// What replaces it, and how long it works, where it ends.
    pub refresh: Option<(String, Duration)>,
}

impl Accounts {
    pub(super) fn new(
        config: Arc<Config>,
        storage: Storage,
        environment: Environment,
        passwords: Passwords,
        devices: Devices,
        limits: Limits,
    ) -> Self {
        Self { config, storage, environment, passwords, devices, limits }
    }

    /// Whether there is an account of this name, open or closed.
    pub async fn exists(&self, user_id: &UserId) -> Result<bool> {
        let sql = "SELECT 1 FROM users WHERE user_id = $1";
        Ok(self.storage.read().await?.fetch_optional(sql, args![user_id]).await?.is_some())
    }

    /// Whether the account may administrate the server.
    pub async fn is_admin(&self, user_id: &UserId) -> Result<bool> {
        let sql = "SELECT admin FROM users WHERE user_id = $1";
        let row = self.storage.read().await?.fetch_optional(sql, args![user_id]).await?;
        Ok(row.map(|row| row.get(0)).transpose()?.unwrap_or(false))
    }

    /// Makes an account, with the push rules every account begins with, and its localpart for a display name: people
    /// who never set one are called something friendlier than an ID.
    pub async fn create(&self, account: NewAccount) -> Result<()> {
        let password_hash = match &account.password {
            Some(NewPassword::Plain(password)) => Some(self.hash_password(password).await?),
            Some(NewPassword::Hashed(hash)) => Some(hash.clone()),
            None => None,
        };
        let now = self.environment.now_millis();
        let push_rules = push_rules::initial_content(&account.user_id)?;
        let display_name = serde_json::Value::from(account.user_id.localpart()).to_string().into_bytes();
        let NewAccount { user_id, admin, .. } = account;
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "INSERT INTO users (user_id, password_hash, admin, created_at) \
                        VALUES ($1, $2, $3, $4) ON CONFLICT (user_id) DO NOTHING";
                    let values = args![&user_id, password_hash, admin, now];
                    if transaction.execute(sql, values).await? == 0 {
                        return Err(MatrixError::user_in_use("the user name is taken"));
                    }
                    account_data::store(transaction, &user_id, None, push_rules::TYPE, &push_rules).await?;
                    let sql = "INSERT INTO profile_fields (user_id, name, value) VALUES ($1, $2, $3)";
                    transaction.execute(sql, args![&user_id, "displayname", display_name]).await?;
                    user_directory::index(transaction, &user_id, Some(user_id.localpart())).await?;
                    Ok(())
                })
            })
            .await
    }

    /// The hash of a password that is good enough.
    pub async fn hash_password(&self, password: &str) -> Result<String> {
        self.passwords.check_strength(password)?;
        self.passwords.hash(password).await
    }

    /// Makes a device for the account and a token for the device, one that ends if it is
    /// `refreshable`. A device that exists already keeps its keys, but its old tokens end.
    pub async fn log_in(&self, user_id: OwnedUserId, device: NewDevice, refreshable: bool) -> Result<Login> {
        let access_token = self.new_token();
        let refresh = refreshable.then(|| (self.new_token(), self.config.access_token_lifetime));
        let refresh_hash = refresh.as_ref().map(|(token, _)| tokens::hash(token));
        let expires_at = refreshable.then(|| self.token_expiry());
        let token_hash = tokens::hash(&access_token);
        let device_id = device.device_id.clone();
        let now = self.environment.now_millis();
        let owner = user_id.clone();
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let device_id = device.device_id.clone();
                    Devices::add(transaction, &owner, device, now).await?;
                    for sql in [
                        "DELETE FROM access_tokens WHERE user_id = $1 AND device_id = $2",
                        "DELETE FROM refresh_tokens WHERE user_id = $1 AND device_id = $2",
                    ] {
                        transaction.execute(sql, args![&owner, &device_id]).await?;
                    }
                    let sql = "INSERT INTO access_tokens (token_hash, user_id, device_id, created_at, expires_at) \
                        VALUES ($1, $2, $3, $4, $5)";
                    transaction.execute(sql, args![token_hash, &owner, &device_id, now, expires_at]).await?;
                    if let Some(token_hash) = refresh_hash {
                        refresh::add(transaction, token_hash, &owner, &device_id, None).await?;
                    }
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        Ok(Login { user_id, device_id, access_token, refresh })
    }

    /// The account an identifier and a password open, tried not too often.
    pub async fn check_password(
        &self,
        identifier: &UserIdentifier,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<OwnedUserId> {
        let refused = || MatrixError::forbidden("wrong user name or password");
        let UserIdentifier::Matrix(identifier) = identifier else { return Err(refused()) };
        let user_id = self.user_id_of(&identifier.user).map_err(|_| refused())?;
        if let Some(address) = address {
            self.limits.take(Action::PasswordFromAddress, address.to_string())?;
        }
        self.limits.take(Action::PasswordOfAccount, user_id.as_str())?;

        let sql = "SELECT password_hash, deactivated_at FROM users WHERE user_id = $1";
        let row = self.storage.read().await?.fetch_optional(sql, args![&user_id]).await?;
        let (hash, deactivated_at): (Option<String>, Option<i64>) = match row {
            Some(row) => (row.get(0)?, row.get(1)?),
            None => (None, None),
        };
        if deactivated_at.is_some() {
            return Err(MatrixError::user_deactivated("this account is closed"));
        }
        if self.passwords.verify(password, hash).await? { Ok(user_id) } else { Err(refused()) }
    }

    /// Changes the password. Devices that are logged in stay so.
    pub async fn set_password(&self, user_id: &UserId, password: &str) -> Result<()> {
        let hash = self.hash_password(password).await?;
        let user_id = user_id.to_owned();
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE users SET password_hash = $2 WHERE user_id = $1";
                    if transaction.execute(sql, args![user_id, hash]).await? == 0 {
                        return Err(MatrixError::not_found("there is no such account"));
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Closes the account for good: nothing opens it, and nothing of it is shown. Its name stays
    /// taken. With `erase`, what it said is shown to nobody who did not know it before.
    pub async fn deactivate(&self, user_id: &UserId, erase: bool) -> Result<()> {
        let now = self.environment.now_millis();
        let position = self.storage.streams().current(Stream::Events);
        let owner = user_id.to_owned();
        self.storage
            .write(WriteKey::User(owner.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE users SET password_hash = NULL, deactivated_at = $2 WHERE user_id = $1";
                    transaction.execute(sql, args![&owner, now]).await?;
                    for sql in [
                        "DELETE FROM user_directory WHERE user_id = $1",
                        "DELETE FROM profile_fields WHERE user_id = $1",
                        "DELETE FROM account_data WHERE user_id = $1",
                        "DELETE FROM filters WHERE user_id = $1",
                        "DELETE FROM cross_signing_keys WHERE user_id = $1",
                        "DELETE FROM key_signatures WHERE user_id = $1 OR signer = $1",
                        "DELETE FROM user_tokens WHERE user_id = $1",
                        "DELETE FROM pushers WHERE user_id = $1",
                    ] {
                        transaction.execute(sql, args![&owner]).await?;
                    }
                    backup::forget(transaction, &owner).await?;
                    if erase {
                        let sql = "INSERT INTO erased_users (user_id, position) VALUES ($1, $2) \
                            ON CONFLICT (user_id) DO NOTHING";
                        transaction.execute(sql, args![&owner, position]).await?;
                    }
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        self.devices.remove_every(user_id).await
    }
}
