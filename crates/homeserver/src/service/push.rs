//! Push rules at work: which events notify whom.
//!
//! Only decides. An event is looked at after it was committed, by the [`follower`], so that writing one
//! costs the same in a room of two and of ten thousand; what it means is kept and counted by
//! [`unread`](super::unread). Who wants to know before that, `/sync` for its user, evaluates the few
//! events that were not looked at yet. Editing the rules is account data's business.

mod follower;
mod preferences;
mod question;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use ruma::{EventId, OwnedRoomId, OwnedServerName, OwnedUserId, RoomId, UserId, push::Action};

pub use self::preferences::{Preferences, Rules};
use self::{
    follower::Memory,
    preferences::Cache,
    question::{Question, Room},
};
use super::{
    follower::Follower,
    rooms::Pdu,
    timeline::{StoredEvent, event::columns, tail::Tail},
    unread::{self, MAIN, Unread},
};
use crate::{
    Result,
    storage::{Connection, Storage, StorageError, StreamPosition, Transaction, args, texts},
};

/// Decides who is notified. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Push(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Storage,
    tail: Tail,
    server_name: OwnedServerName,
    cache: Mutex<Cache>,
    verdicts: Mutex<Verdicts>,
    follower: Follower,
    /// What the one who follows remembers.
    memory: tokio::sync::Mutex<Memory>,
}

/// What the newest events mean to everyone who never changed a rule, by their positions.
type Verdicts = HashMap<StreamPosition, Arc<Verdict>>;

/// What an event means to everyone who never changed a rule.
#[derive(Debug)]
struct Verdict {
    outcome: Outcome,
    /// But to these.
    named: BTreeSet<String>,
}

/// The most events of which that is remembered.
const VERDICTS: usize = 1_000;

/// An event that has just been written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'e> {
    /// The event,
    pub(crate) pdu: &'e Pdu,
    /// its place in the stream,
    pub(crate) position: StreamPosition,
    /// and the state event it took the place of.
    pub(crate) replaced: Option<&'e Pdu>,
}

impl Written<'_> {
    /// The user whose presence in the room it changes.
    fn enters_or_leaves(&self) -> Option<OwnedUserId> {
        let membership = self.pdu.membership()?;
        let before = self.replaced.and_then(Pdu::membership);
        let user_id = self.pdu.state_key()?.try_into().ok()?;
        Some(user_id).filter(|_| before != Some(membership))
    }
}

/// What an event means to a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// It is to be told to them.
    pub notify: bool,
    /// It concerns them more than others, a mention for example.
    pub highlight: bool,
}

/// Up to this many positions are looked through for the rooms that are asked for.
const SHORT: StreamPosition = 1_000;

impl Push {
    /// Opens the service.
    pub fn new(storage: Storage, tail: Tail, server_name: OwnedServerName) -> Self {
        Self(Arc::new(Inner {
            follower: Follower::new("notable", storage.clone(), tail.clone()),
            storage,
            tail,
            server_name,
            cache: Mutex::default(),
            verdicts: Mutex::default(),
            memory: tokio::sync::Mutex::default(),
        }))
    }

    /// What the writing of an event itself says of who has read what: its sender what came before it,
    /// and who enters a room everything.
    pub(crate) async fn record(&self, transaction: &mut Transaction, event: Written<'_>) -> Result<()> {
        let Written { pdu, position, .. } = event;
        if let Some(target) = pdu.redacts() {
            unread::withdraw(transaction, &pdu.room_id, &target).await?;
        }
        if let Some(target) = event.enters_or_leaves() {
            unread::forget(transaction, &pdu.room_id, &target, position).await?;
        }
        let relation = pdu.relation();
        let relation = relation.as_ref().and_then(|(parent, kind)| Some((parent.as_str().try_into().ok()?, &**kind)));
        let thread = unread::thread_of(transaction, relation).await?;
        let thread = thread.as_deref().map_or(MAIN, EventId::as_str);
        unread::move_on(transaction, &pdu.room_id, pdu.sender(), thread, position).await?;
        Ok(())
    }

    /// What a user has not read in these rooms, with everything up to `now`. Rooms without anything
    /// unread are not named.
    pub(crate) async fn unread(
        &self,
        connection: &mut Connection,
        user_id: &UserId,
        rooms: &[&RoomId],
        now: StreamPosition,
    ) -> Result<HashMap<OwnedRoomId, Unread>> {
        let mut unread = HashMap::new();
        for rooms in rooms.chunks(500) {
            let mut known = unread::known(connection, user_id, rooms).await?;
            if known.followed < now {
                self.look_on(connection, user_id, rooms, now, &mut known).await?;
            }
            unread.extend(known.into_counts());
        }
        Ok(unread)
    }

    /// Counts what was written so lately that nobody has looked at it.
    async fn look_on(
        &self,
        connection: &mut Connection,
        user_id: &UserId,
        rooms: &[&RoomId],
        now: StreamPosition,
        known: &mut unread::Known,
    ) -> Result<()> {
        let mut preferences = None;
        let fresh = self.0.tail.between(known.followed, now);
        let events = match &fresh {
            Some(fresh) => fresh.events.iter().filter(|event| rooms.contains(&&*event.room_id)).cloned().collect(),
            None => after(connection, rooms, known.followed, now).await?,
        };
        for event in events {
            if event.sender == user_id || event.redacted_by.is_some() {
                continue;
            }
            let thread = thread_of(connection, &event).await?;
            if known.is_read(&event.room_id, &thread, event.position) {
                continue;
            }
            let preferences = match &preferences {
                Some(preferences) => preferences,
                None => preferences.insert(self.preferences(connection, &[user_id.to_owned()]).await?.swap_remove(0)),
            };
            let outcome = self.outcome(connection, &event, user_id, preferences).await?;
            if outcome.notify {
                known.add(&event.room_id, &thread, outcome.highlight);
            }
        }
        Ok(())
    }

    /// What an event means to a user. To most it is the same.
    async fn outcome(
        &self,
        connection: &mut Connection,
        event: &StoredEvent,
        user_id: &UserId,
        preferences: &Preferences,
    ) -> Result<Outcome> {
        let is_common = matches!(preferences.rules, Rules::Default) && !preferences.ignored.contains(&event.sender);
        let verdict = self.verdicts().get(&event.position).filter(|_| is_common).cloned();
        if let Some(verdict) = verdict.filter(|verdict| !verdict.named.contains(user_id.as_str())) {
            return Ok(verdict.outcome.clone());
        }
        let Some(room) = Room::load(connection, [&event.room_id]).await?.remove(&event.room_id) else {
            return Ok(Outcome::default());
        };
        let mut question = Question::load(connection, &room, event, preferences.rules.ask_for_power()).await?;
        let outcome = question.ask(user_id, preferences).await;
        if is_common && !question.names(user_id) {
            let verdict = Verdict { outcome: outcome.clone(), named: question.named().clone() };
            let mut verdicts = self.verdicts();
            if verdicts.len() >= VERDICTS {
                verdicts.clear();
            }
            verdicts.insert(event.position, Arc::new(verdict));
        }
        Ok(outcome)
    }

    fn verdicts(&self) -> std::sync::MutexGuard<'_, Verdicts> {
        self.0.verdicts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a user has read an event.
    pub(crate) async fn is_read(
        &self,
        connection: &mut Connection,
        user_id: &UserId,
        event: &StoredEvent,
    ) -> Result<bool> {
        let thread = thread_of(connection, event).await?;
        Ok(unread::is_read(connection, user_id, &event.room_id, &thread, event.position).await?)
    }

    /// What an event means to each of these users, in their order, with the actions of the rule that
    /// says so. Nobody is notified of what they sent.
    pub async fn evaluate(
        &self,
        connection: &mut Connection,
        event: &StoredEvent,
        users: &[OwnedUserId],
    ) -> Result<Vec<Vec<Action>>> {
        let preferences = self.preferences(connection, users).await?;
        let ask_for_power = preferences.iter().any(|preferences| preferences.rules.ask_for_power());
        let Some(room) = Room::load(connection, [&event.room_id]).await?.remove(&event.room_id) else {
            return Ok(vec![Vec::new(); users.len()]);
        };
        let mut question = Question::load(connection, &room, event, ask_for_power).await?;
        let mut answers = Vec::with_capacity(users.len());
        for (user_id, preferences) in users.iter().zip(&preferences) {
            answers.push(question.actions(user_id, preferences).await);
        }
        Ok(answers)
    }
}

/// The events of some rooms after one position, up to another.
async fn after(
    connection: &mut Connection,
    rooms: &[&RoomId],
    after: StreamPosition,
    now: StreamPosition,
) -> Result<Vec<Arc<StoredEvent>>, StorageError> {
    let rows = if now - after > SHORT {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM events event WHERE event.position > $1 AND event.position <= $2 AND event.room_id {in 3} \
             ORDER BY event.position"
        );
        connection.fetch_all(sql, args![after, now, texts(rooms)]).await?
    } else {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM events event WHERE event.position > $1 AND event.position <= $2 ORDER BY event.position"
        );
        connection.fetch_all(sql, args![after, now]).await?
    };
    let mut events = Vec::new();
    for row in rows {
        let room_id: OwnedRoomId = row.get(2)?;
        if rooms.contains(&&*room_id) {
            events.push(Arc::new(StoredEvent::from_row(&row)?));
        }
    }
    Ok(events)
}

/// The name of the thread an event counts in.
async fn thread_of(connection: &mut Connection, event: &StoredEvent) -> Result<String, StorageError> {
    if !event.may_relate() {
        return Ok(MAIN.to_owned());
    }
    let root = unread::thread_of_event(connection, &event.event_id).await?;
    Ok(root.map_or_else(|| MAIN.to_owned(), |root| root.to_string()))
}

#[cfg(test)]
mod tests;
