//! Looks at events once they are committed, for users who have pushers, and has these told.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use ruma::{OwnedRoomId, OwnedUserId, push::Action};

use super::{PusherKey, Pushers};
use crate::{
    MatrixError, Result,
    service::{
        follower::REST,
        timeline::{History, StoredEvent},
    },
    storage::{Connection, Stream, StreamPosition, WriteKey, args, texts},
};

/// How long it waits for more, so that a flood of messages is one piece of work.
const GATHER: Duration = Duration::from_millis(50);
/// After how long it looks again although nothing happened.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// After how many positions it notes how far it has come although there was nothing to tell.
const NOTE_EVERY: StreamPosition = 1_000;
/// How long what could not be told is kept: nobody wants to be told of it then.
pub(super) const KEPT: i64 = 24 * 60 * 60 * 1000;

/// How far it has looked.
struct Place {
    events: StreamPosition,
    /// As of which the database knows.
    noted: StreamPosition,
    receipts: StreamPosition,
}

/// A user with a pusher, in a room or invited to it.
struct Member {
    user_id: OwnedUserId,
    joined: bool,
    /// When that changed last, or their name did.
    since: StreamPosition,
}

/// Something to tell a user.
struct Found {
    user_id: OwnedUserId,
    event: (StreamPosition, String),
    actions: Vec<u8>,
}

impl Pushers {
    /// Follows the streams for ever.
    pub(super) async fn run(&self) {
        let streams = self.0.storage.streams();
        let (mut events, mut receipts) = (streams.watch(Stream::Events), streams.watch(Stream::Receipts));
        let mut place = loop {
            match self.begin_at().await {
                Ok(place) => break place,
                Err(error) => {
                    tracing::error!(?error, "pushers could not be read");
                    tokio::time::sleep(REST).await;
                }
            }
        };
        loop {
            let wait = match self.round(&mut place).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(?error, "pushers could not be told");
                    REST
                }
            };
            tokio::select! {
                _ = events.changed() => tokio::time::sleep(GATHER).await,
                _ = receipts.changed() => {}
                () = self.0.changed.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Where the last run ended. What was read since is not known, so all badges are looked at.
    async fn begin_at(&self) -> Result<Place> {
        let receipts = self.0.storage.streams().current(Stream::Receipts);
        if self.0.alone {
            self.end_leases().await?;
        }
        let events = self.0.follower.position().await?;
        let mut connection = self.0.storage.read().await?;
        for row in connection.fetch_all("SELECT DISTINCT user_id FROM pushers WHERE badge > 0", args![]).await? {
            self.read().insert(row.get(0)?);
        }
        Ok(Place { events, noted: events, receipts })
    }

    /// Ends the leases of a run that was killed: there is no other process that could hold any.
    async fn end_leases(&self) -> Result<()> {
        self.0
            .storage
            .write(WriteKey::Server("pushers"), move |transaction| {
                Box::pin(async move {
                    transaction.execute("UPDATE pushers SET owned_until = 0", args![]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Looks once, and says how long nothing has to be looked at again.
    async fn round(&self, place: &mut Place) -> Result<Duration> {
        while self.look(place).await? {}
        self.look_at_receipts(place).await?;
        self.dispatch().await?;
        let sql = "SELECT MIN(at) FROM (SELECT MIN(retry_at) AS at FROM pushers WHERE retry_at IS NOT NULL \
            UNION ALL SELECT MIN(badge_retry_at) AS at FROM pushers \
            WHERE badge_retry_at IS NOT NULL AND retry_at IS NULL) due";
        let next: Option<i64> = self.0.storage.read().await?.fetch_one(sql, args![]).await?.get(0)?;
        let wait = next.map(|at| at.saturating_sub(self.0.environment.now_millis()).max(200));
        let wait = wait.and_then(|wait| u64::try_from(wait).ok()).map(Duration::from_millis);
        // Whoever had a lease may be gone.
        Ok(wait.map_or(LOOK_AGAIN, |wait| wait.min(LOOK_AGAIN)))
    }

    /// Looks at the next events; says whether there may be more.
    async fn look(&self, place: &mut Place) -> Result<bool> {
        let now = self.0.follower.now();
        if place.events >= now {
            return Ok(false);
        }
        let earliest = "SELECT MIN(position) FROM pushers";
        let earliest: Option<StreamPosition> =
            self.0.storage.read().await?.fetch_one(earliest, args![]).await?.get(0)?;
        // What came before the first pusher was set concerns none.
        place.events = place.events.max(earliest.unwrap_or(now));
        let Some(batch) = self.0.follower.next_after(place.events).await? else { return Ok(false) };
        let found = self.evaluate(&mut self.0.storage.read().await?, &batch.events).await?;
        if !found.is_empty() || batch.up_to - place.noted >= NOTE_EVERY {
            self.write(found, batch.up_to).await?;
            place.noted = batch.up_to;
        }
        place.events = batch.up_to;
        Ok(true)
    }

    /// What these events mean to users who have pushers.
    async fn evaluate(&self, connection: &mut Connection, events: &[Arc<StoredEvent>]) -> Result<Vec<Found>> {
        let members = members(connection, events).await?;
        let mut found = Vec::new();
        for event in events {
            let Some(members) = members.get(&event.room_id) else { continue };
            if members.iter().any(|member| member.user_id == event.sender) {
                // Who writes has read what stands above.
                self.read().insert(event.sender.clone());
            }
            if event.redacted_by.is_some() {
                continue;
            }
            let is_own = |user_id: &OwnedUserId| {
                event.event_type == "m.room.member" && event.state_key.as_deref() == Some(user_id.as_str())
            };
            let concerned: Vec<&Member> = members
                .iter()
                .filter(|member| (member.joined || is_own(&member.user_id)) && member.user_id != event.sender)
                .collect();
            if concerned.is_empty() {
                continue;
            }
            let users: Vec<OwnedUserId> = concerned.iter().map(|member| member.user_id.clone()).collect();
            let actions = self.0.push.evaluate(connection, event, &users).await?;
            for ((member, user_id), actions) in concerned.into_iter().zip(users).zip(actions) {
                if !actions.iter().any(Action::should_notify) {
                    continue;
                }
                // Whoever was in the room already sees it; of others it has to be asked.
                let was_there = member.joined && member.since < event.position;
                let may_see = was_there
                    || is_own(&user_id)
                    || History::load(connection, &event.room_id, &user_id).await?.allows(event);
                if may_see {
                    let actions = serde_json::to_vec(&actions).map_err(MatrixError::internal)?;
                    found.push(Found { user_id, event: (event.position, event.event_id.to_string()), actions });
                }
            }
        }
        Ok(found)
    }

    /// Writes what was found, and forgets what is too old. It does no harm if another process wrote
    /// the same.
    async fn write(&self, found: Vec<Found>, reached: StreamPosition) -> Result<()> {
        let now = self.0.environment.now_millis();
        let follower = self.0.follower.clone();
        self.0
            .storage
            .write(WriteKey::Server("pushes"), move |transaction| {
                Box::pin(async move {
                    for Found { user_id, event: (position, event_id), actions } in found {
                        let sql = "INSERT INTO pushes (user_id, position, event_id, actions, created_at) \
                            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
                        transaction.execute(sql, args![user_id, position, event_id, actions, now]).await?;
                    }
                    follower.move_on(transaction, reached).await?;
                    transaction.execute("DELETE FROM pushes WHERE created_at < $1", args![now - KEPT]).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await
    }

    /// Notes whose number of unread messages may have changed because they read.
    async fn look_at_receipts(&self, place: &mut Place) -> Result<()> {
        let now = self.0.storage.streams().current(Stream::Receipts);
        if place.receipts >= now {
            return Ok(());
        }
        let sql = "SELECT DISTINCT receipts.user_id FROM receipts JOIN pushers ON pushers.user_id = receipts.user_id \
            WHERE receipts.position > $1 AND receipts.position <= $2";
        let rows = self.0.storage.read().await?.fetch_all(sql, args![place.receipts, now]).await?;
        for row in rows {
            self.read().insert(row.get(0)?);
        }
        place.receipts = now;
        Ok(())
    }

    /// Has everyone told there is something for.
    async fn dispatch(&self) -> Result<()> {
        let now = self.0.environment.now_millis();
        let mut connection = self.0.storage.read().await?;
        let sql = "SELECT user_id, app_id, pushkey FROM pushers p WHERE retry_at <= $1 \
            OR (retry_at IS NULL AND (badge_retry_at <= $1 \
            OR EXISTS (SELECT 1 FROM pushes q WHERE q.user_id = p.user_id AND q.position > p.position)))";
        let mut due = connection.fetch_all(sql, args![now]).await?;
        let read: Vec<OwnedUserId> = self.read().drain().collect();
        for users in read.chunks(500) {
            let sql = "SELECT user_id, app_id, pushkey FROM pushers WHERE user_id {in 1}";
            due.extend(connection.fetch_all(sql, args![texts(users)]).await?);
        }
        drop(connection);
        for row in due {
            let key = PusherKey { user_id: row.get(0)?, app_id: row.get(1)?, pushkey: row.get(2)? };
            self.tell(key);
        }
        Ok(())
    }
}

/// Users with pushers in the rooms of some events.
async fn members(
    connection: &mut Connection,
    events: &[Arc<StoredEvent>],
) -> Result<HashMap<OwnedRoomId, Vec<Member>>> {
    let rooms: BTreeSet<&OwnedRoomId> = events.iter().map(|event| &event.room_id).collect();
    let mut members: HashMap<OwnedRoomId, Vec<Member>> = HashMap::new();
    if rooms.is_empty() {
        return Ok(members);
    }
    let sql = "SELECT DISTINCT m.room_id, m.user_id, m.membership, m.position FROM memberships m \
        JOIN pushers p ON p.user_id = m.user_id \
        WHERE m.membership IN ('join', 'invite') AND m.room_id {in 1}";
    for row in connection.fetch_all(sql, args![texts(rooms)]).await? {
        let member = Member { user_id: row.get(1)?, joined: row.get::<String>(2)? == "join", since: row.get(3)? };
        members.entry(row.get(0)?).or_default().push(member);
    }
    Ok(members)
}
