//! Pushers: where users want to be told of what they are notified of, see [push notifications].
//!
//! What is to be told is found once per event and stored for users who have pushers ([`follow`]); each
//! pusher is then told of it in order by whoever has its lease ([`deliver`]), from a stored position
//! on, so that a crash repeats a call at most and loses none. Which events notify whom is
//! [`push`](super::push)'s business.
//!
//! [push notifications]: https://spec.matrix.org/v1.18/client-server-api/#push-notifications

mod busy;
mod deliver;
mod follow;
mod notification;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use reqwest::Url;
use ruma::{
    OwnedUserId, UserId,
    api::client::push::{Pusher, PusherIds, PusherKind, set_pusher::v3::PusherPostData},
};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use self::busy::Busy;
use super::{follower::Follower, outgoing::Outgoing, push::Push, timeline::tail::Tail};
use crate::{
    Config, MatrixError, Result,
    api::Sender,
    environment::Environment,
    storage::{Storage, Stream, WriteKey, args},
};

/// The longest key of a pusher, in bytes, and ID of an app, in characters.
const MAXIMUM_PUSHKEY: usize = 512;
const MAXIMUM_APP_ID: usize = 64;
/// The longest of everything else.
const MAXIMUM_PUSHER: usize = 8 * 1024;
/// The path of a push gateway.
const GATEWAY: &str = "/_matrix/push/v1/notify";
/// How many pushers are told at once.
const SLOTS: usize = 64;

const KEY: WriteKey = WriteKey::Server("pushers");

/// Where users want to be told. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pushers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Storage,
    follower: Follower,
    environment: Environment,
    push: Push,
    outgoing: Outgoing,
    /// Whether no other process can serve this database.
    alone: bool,
    /// Called when there may be something to tell that no stream says.
    changed: Notify,
    /// Those that are being told by this process.
    busy: Busy<PusherKey>,
    /// Users whose number of unread messages may be another.
    read: Mutex<HashSet<OwnedUserId>>,
    slots: Arc<Semaphore>,
}

/// What identifies a pusher.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PusherKey {
    user_id: OwnedUserId,
    app_id: String,
    pushkey: String,
}

impl Pushers {
    /// Opens the service.
    pub(super) fn new(config: &Config, (storage, tail): (Storage, Tail), environment: Environment, push: Push) -> Self {
        Self(Arc::new(Inner {
            follower: Follower::new("pushes", storage.clone(), tail),
            storage,
            environment,
            push,
            outgoing: Outgoing::new(config.allow_private_push_gateways),
            alone: config.database.expose().starts_with("sqlite:"),
            changed: Notify::new(),
            busy: Busy::default(),
            read: Mutex::default(),
            slots: Arc::new(Semaphore::new(SLOTS)),
        }))
    }

    /// Tells pushers of what comes, until the server stops.
    pub(crate) fn begin(&self, shutdown: &CancellationToken) {
        let pushers = self.clone();
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(async move { pushers.run().await }));
    }

    /// The user's pushers.
    pub async fn list(&self, user_id: &UserId) -> Result<Vec<Pusher>> {
        let sql = "SELECT pusher FROM pushers WHERE user_id = $1 ORDER BY app_id, pushkey";
        let rows = self.0.storage.read().await?.fetch_all(sql, args![user_id]).await?;
        rows.iter().map(|row| serde_json::from_slice(&row.get::<Vec<u8>>(0)?).map_err(MatrixError::internal)).collect()
    }

    /// Adds a pusher, or changes the one of its app and key. Unless it is to be appended, other users'
    /// of the same end: the device belongs to someone else now.
    pub async fn set(&self, sender: &Sender, data: PusherPostData) -> Result<()> {
        let PusherPostData { pusher, append, .. } = data;
        self.check(&pusher)?;
        let json = serde_json::to_vec(&pusher).map_err(MatrixError::internal)?;
        if json.len() > MAXIMUM_PUSHER {
            return Err(MatrixError::too_large("the pusher is too large"));
        }
        let Sender { user_id, device_id } = sender.clone();
        let PusherIds { app_id, pushkey, .. } = pusher.ids;
        let now = self.0.environment.now_millis();
        let position = self.0.storage.streams().current(Stream::Events);
        self.0
            .storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    if !append {
                        let sql = "DELETE FROM pushers WHERE app_id = $1 AND pushkey = $2 AND user_id <> $3";
                        transaction.execute(sql, args![&*app_id, &*pushkey, &user_id]).await?;
                    }
                    let sql = "INSERT INTO pushers (user_id, app_id, pushkey, device_id, pusher, updated_at, position, \
                            badge, failures, owned_until) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0) \
                        ON CONFLICT (user_id, app_id, pushkey) DO UPDATE SET device_id = excluded.device_id, \
                            pusher = excluded.pusher, updated_at = excluded.updated_at, failures = 0, retry_at = NULL, \
                            badge_failures = 0, badge_retry_at = NULL";
                    let values = args![user_id, app_id, pushkey, device_id, json, now, position];
                    transaction.execute(sql, values).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        self.0.changed.notify_one();
        Ok(())
    }

    /// Removes a pusher; there may be none.
    pub async fn remove(&self, user_id: &UserId, ids: PusherIds) -> Result<()> {
        let user_id = user_id.to_owned();
        if ids.app_id.contains('\0') || ids.pushkey.contains('\0') {
            return Ok(());
        }
        self.delete(PusherKey { user_id, app_id: ids.app_id, pushkey: ids.pushkey }).await
    }

    async fn delete(&self, key: PusherKey) -> Result<()> {
        self.0
            .storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "DELETE FROM pushers WHERE user_id = $1 AND app_id = $2 AND pushkey = $3";
                    transaction.execute(sql, args![key.user_id, key.app_id, key.pushkey]).await?;
                    Ok(())
                })
            })
            .await
    }

    fn check(&self, pusher: &Pusher) -> Result<()> {
        let PusherIds { app_id, pushkey, .. } = &pusher.ids;
        if app_id.is_empty() || app_id.chars().count() > MAXIMUM_APP_ID || app_id.contains('\0') {
            return Err(MatrixError::invalid_param("this is no ID of an app"));
        }
        if pushkey.is_empty() || pushkey.len() > MAXIMUM_PUSHKEY || pushkey.contains('\0') {
            return Err(MatrixError::invalid_param("this is no key of a pusher"));
        }
        let PusherKind::Http(data) = &pusher.kind else {
            return Err(MatrixError::invalid_param("there are HTTP pushers only"));
        };
        let url: Url = data.url.parse().map_err(|_| MatrixError::invalid_param("the URL of the gateway is none"))?;
        if url.path() != GATEWAY || !self.0.outgoing.may_ask(&url) {
            let message = format!("the URL of the gateway must begin with https:// and its path be {GATEWAY}");
            return Err(MatrixError::invalid_param(message));
        }
        Ok(())
    }

    fn read(&self) -> std::sync::MutexGuard<'_, HashSet<OwnedUserId>> {
        self.0.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
