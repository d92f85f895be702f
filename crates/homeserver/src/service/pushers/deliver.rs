//! Tells one pusher, event by event, as long as it answers.
//!
//! How much is unread is told with each event, and by itself once there is none to tell of. Such a call gives way
//! to the next event, and a gateway that does not take it is asked again at a time of its own: no event waits for it.

use ruma::{
    OwnedEventId, RoomId,
    api::client::push::{Pusher, PusherKind},
    push::{Action, HttpPusherData},
};

use super::{PusherKey, Pushers, busy::Turn, follow::KEPT, notification};
use crate::{
    MatrixError, Result,
    service::timeline::{StoredEvent, read},
    storage::{Connection, Stream, StreamPosition, WriteKey, args},
};

/// For how long a process may be busy with a pusher before another takes over: longer than a call.
const LEASE: i64 = 60 * 1000;
/// The first wait after a failure; it doubles with each.
const FIRST_WAIT: i64 = 1_000;
const LONGEST_WAIT: i64 = 60 * 60 * 1000;

/// A pusher that is being told.
pub(super) struct Told {
    pub(super) key: PusherKey,
    pub(super) data: HttpPusherData,
    pub(super) updated_at: i64,
    position: StreamPosition,
    badge: i64,
    failures: i64,
    badge_failures: i64,
    badge_retry_at: Option<i64>,
}

/// What it is told of.
pub(super) struct Push {
    pub(super) event: StoredEvent,
    pub(super) actions: Vec<Action>,
}

/// The next entry of the queue.
struct Entry {
    position: StreamPosition,
    event_id: OwnedEventId,
    actions: Vec<u8>,
    created_at: i64,
}

/// What a gateway answered.
enum Answer {
    /// It was told, and how much is unread where that was told too.
    Taken(Option<i64>),
    /// The pusher is no more.
    Rejected,
    Failed,
}

impl Pushers {
    /// Tells a pusher what waits for it, unless that is being done.
    pub(super) fn tell(&self, key: PusherKey) {
        let Some(turn) = self.0.busy.begin(&key) else { return };
        let pushers = self.clone();
        tokio::spawn(async move {
            let Ok(_slot) = pushers.0.slots.clone().acquire_owned().await else { return };
            let mut turn = Some(turn);
            let mut is_told = false;
            while let Some(now) = turn.take() {
                match pushers.drive(&key, &now).await {
                    Ok(true) => {
                        is_told = true;
                        turn = now.end();
                    }
                    // Another process does it, or it has to wait.
                    Ok(false) => {}
                    Err(error) => tracing::warn!(?error, "a pusher could not be told"),
                }
            }
            if is_told {
                // Whether it failed, and when to try again, is to be seen in the database.
                pushers.0.changed.notify_one();
            }
        });
    }

    /// Tells it all there is; says whether this process may.
    async fn drive(&self, key: &PusherKey, turn: &Turn<PusherKey>) -> Result<bool> {
        if !self.take_lease(key).await? {
            return Ok(false);
        }
        loop {
            let Some(told) = self.load(key).await? else { return Ok(true) };
            let Some(entry) = self.next(&told).await? else {
                if !self.wants_badge(&told).await? {
                    self.release(key, None).await?;
                    return Ok(true);
                }
                tokio::select! {
                    answer = self.call(&told, None) => {
                        self.note_badge(&told, answer?).await?;
                        return Ok(true);
                    }
                    // What came tells it as well.
                    () = turn.came() => {}
                }
                if !self.take_lease(key).await? {
                    return Ok(false);
                }
                continue;
            };
            let position = entry.position;
            let answer = match self.wanted(&told, entry).await? {
                None => Answer::Taken(None),
                Some(push) => self.call(&told, Some(&push)).await?,
            };
            if !self.note(&told, answer, position).await? {
                return Ok(true);
            }
        }
    }

    /// Whether less is unread than it was told last, and it may be told by now. More comes with its events, which may not
    /// have been looked at yet.
    async fn wants_badge(&self, told: &Told) -> Result<bool> {
        let has_to_wait = told.badge_retry_at.is_some_and(|at| at > self.0.environment.now_millis());
        Ok(!has_to_wait && self.unread(told).await? < told.badge)
    }

    /// Writes what came of telling how much is unread, and gives the lease back.
    async fn note_badge(&self, told: &Told, answer: Answer) -> Result<()> {
        if let Answer::Failed = answer {
            let retry_at = self.0.environment.now_millis() + wait(told.badge_failures);
            return self.delay_badge(&told.key, retry_at).await;
        }
        if self.note(told, answer, told.position).await? {
            self.release(&told.key, None).await?;
        }
        Ok(())
    }

    /// Says when to tell again how much is unread, and gives the lease back.
    async fn delay_badge(&self, key: &PusherKey, retry_at: i64) -> Result<()> {
        let key = key.clone();
        self.0
            .storage
            .write(WriteKey::User(key.user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE pushers SET owned_until = 0, badge_retry_at = $4, \
                        badge_failures = badge_failures + 1 WHERE user_id = $1 AND app_id = $2 AND pushkey = $3";
                    transaction.execute(sql, args![key.user_id, key.app_id, key.pushkey, retry_at]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Makes sure that no other process tells the same.
    async fn take_lease(&self, key: &PusherKey) -> Result<bool> {
        let (key, now, owner) = (key.clone(), self.0.environment.now_millis(), self.0.storage.streams().writer());
        self.0
            .storage
            .write(WriteKey::User(key.user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE pushers SET owner = $4, owned_until = $5 \
                        WHERE user_id = $1 AND app_id = $2 AND pushkey = $3 \
                        AND (owned_until <= $6 OR owner = $4) AND (retry_at IS NULL OR retry_at <= $6)";
                    let values = args![key.user_id, key.app_id, key.pushkey, owner, now + LEASE, now];
                    Ok(transaction.execute(sql, values).await? == 1)
                })
            })
            .await
    }

    /// Gives the lease back, and says when to try again after a failure.
    async fn release(&self, key: &PusherKey, retry_at: Option<i64>) -> Result<()> {
        let key = key.clone();
        self.0
            .storage
            .write(WriteKey::User(key.user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE pushers SET owned_until = 0, retry_at = $4, \
                        failures = CASE WHEN $4 IS NULL THEN 0 ELSE failures + 1 END \
                        WHERE user_id = $1 AND app_id = $2 AND pushkey = $3";
                    transaction.execute(sql, args![key.user_id, key.app_id, key.pushkey, retry_at]).await?;
                    Ok(())
                })
            })
            .await
    }

    async fn load(&self, key: &PusherKey) -> Result<Option<Told>> {
        let sql = "SELECT pusher, updated_at, position, badge, failures, badge_failures, badge_retry_at FROM pushers \
            WHERE user_id = $1 AND app_id = $2 AND pushkey = $3";
        let values = args![&key.user_id, key.app_id.as_str(), key.pushkey.as_str()];
        let Some(row) = self.0.storage.read().await?.fetch_optional(sql, values).await? else { return Ok(None) };
        let pusher: Pusher = serde_json::from_slice(&row.get::<Vec<u8>>(0)?).map_err(MatrixError::internal)?;
        let PusherKind::Http(data) = pusher.kind else { return Ok(None) };
        let (updated_at, position) = (row.get(1)?, row.get(2)?);
        let (badge, failures) = (row.get(3)?, row.get(4)?);
        let (badge_failures, badge_retry_at) = (row.get(5)?, row.get(6)?);
        let key = key.clone();
        Ok(Some(Told { key, data, updated_at, position, badge, failures, badge_failures, badge_retry_at }))
    }

    async fn next(&self, told: &Told) -> Result<Option<Entry>> {
        let sql = "SELECT position, event_id, actions, created_at FROM pushes WHERE user_id = $1 AND position > $2 \
            ORDER BY position LIMIT 1";
        let values = args![&told.key.user_id, told.position];
        let row = self.0.storage.read().await?.fetch_optional(sql, values).await?;
        let entry = row.map(|row| {
            let (position, event_id, actions) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Entry { position, event_id, actions, created_at: row.get(3)? })
        });
        entry.transpose()
    }

    /// What to tell of an entry; nothing where it is too old, was read, or is there no longer.
    async fn wanted(&self, told: &Told, entry: Entry) -> Result<Option<Push>> {
        if entry.created_at < self.0.environment.now_millis() - KEPT {
            return Ok(None);
        }
        let mut connection = self.0.storage.read().await?;
        let event = read::event(&mut connection, &entry.event_id).await?;
        let Some(event) = event.filter(|event| event.redacted_by.is_none()) else { return Ok(None) };
        let user_id = &told.key.user_id;
        // An invitation begins a new count, and would be read as soon as it is there.
        let is_own = event.event_type == "m.room.member" && event.state_key.as_deref() == Some(user_id.as_str());
        if !is_own && self.0.push.is_read(&mut connection, user_id, &event).await? {
            return Ok(None);
        }
        let actions = serde_json::from_slice(&entry.actions).map_err(MatrixError::internal)?;
        Ok(Some(Push { event, actions }))
    }

    /// How much the user has not read, in all rooms they are in.
    async fn unread(&self, told: &Told) -> Result<i64> {
        let now = self.0.storage.streams().current(Stream::Events);
        let mut connection = self.0.storage.read().await?;
        let user_id = &told.key.user_id;
        let rooms = joined(&mut connection, user_id.as_str()).await?;
        let rooms: Vec<&RoomId> = rooms.iter().map(|room_id| &**room_id).collect();
        let unread = self.0.push.unread(&mut connection, user_id, &rooms, now).await?;
        Ok(unread.values().map(|room| room.total().notifications).sum())
    }

    /// Calls the gateway.
    async fn call(&self, told: &Told, push: Option<&Push>) -> Result<Answer> {
        let unread = self.unread(told).await?;
        let body = {
            let mut connection = self.0.storage.read().await?;
            notification::body(&mut connection, told, push, unread).await?
        };
        let Ok(url) = told.data.url.parse() else { return Ok(Answer::Rejected) };
        Ok(match self.0.outgoing.post(url, body).await {
            Ok((200..=299, answer)) => {
                let rejected = notification::rejected(&answer);
                if rejected.contains(&told.key.pushkey) { Answer::Rejected } else { Answer::Taken(Some(unread)) }
            }
            Ok((status, _)) => {
                tracing::info!(status, "a push gateway did not take a notification");
                Answer::Failed
            }
            Err(error) => {
                tracing::info!(%error, "a push gateway did not answer");
                Answer::Failed
            }
        })
    }

    /// Writes what came of it; says whether to go on.
    async fn note(&self, told: &Told, answer: Answer, position: StreamPosition) -> Result<bool> {
        match answer {
            Answer::Rejected => {
                tracing::info!(user_id = %told.key.user_id, app_id = told.key.app_id, "a pusher was rejected");
                self.delete(told.key.clone()).await?;
                Ok(false)
            }
            Answer::Failed => {
                let retry_at = self.0.environment.now_millis() + wait(told.failures);
                self.release(&told.key, Some(retry_at)).await?;
                Ok(false)
            }
            Answer::Taken(badge) => self.advance(&told.key, position, badge).await,
        }
    }

    /// Moves on, and keeps the lease; says whether it was still ours.
    async fn advance(&self, key: &PusherKey, position: StreamPosition, badge: Option<i64>) -> Result<bool> {
        let (key, now, owner) = (key.clone(), self.0.environment.now_millis(), self.0.storage.streams().writer());
        self.0
            .storage
            .write(WriteKey::User(key.user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE pushers SET position = $4, owned_until = $6, badge = COALESCE($7, badge), \
                        failures = 0, retry_at = NULL, \
                        badge_failures = CASE WHEN $7 IS NULL THEN badge_failures ELSE 0 END, \
                        badge_retry_at = CASE WHEN $7 IS NULL THEN badge_retry_at END \
                        WHERE user_id = $1 AND app_id = $2 AND pushkey = $3 AND owner = $5 AND position <= $4";
                    let values = args![key.user_id, key.app_id, key.pushkey, position, owner, now + LEASE, badge];
                    Ok(transaction.execute(sql, values).await? == 1)
                })
            })
            .await
    }
}

/// How long to wait after so many failures in a row.
fn wait(failures: i64) -> i64 {
    FIRST_WAIT.saturating_mul(1 << failures.clamp(0, 20)).min(LONGEST_WAIT)
}

/// The rooms a user is in.
async fn joined(connection: &mut Connection, user_id: &str) -> Result<Vec<ruma::OwnedRoomId>> {
    let sql = "SELECT room_id FROM memberships WHERE user_id = $1 AND membership = 'join'";
    let rows = connection.fetch_all(sql, args![user_id]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?)
}
