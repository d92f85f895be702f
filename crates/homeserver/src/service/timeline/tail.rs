//! The newest events, read once for all who look at them: everyone who is woken by one, and those who
//! follow the stream after the fact.
//!
//! What is kept is a stretch of the stream without a gap, read when someone asks who may read it. Whoever
//! writes puts nothing in, so that it is right with several processes too. An event that is redacted is
//! changed by an event further on, and is read again with that. What is removed for its age is older than
//! anything kept here.

use std::{
    collections::{BTreeSet, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ruma::{OwnedEventId, OwnedUserId, RoomId, UserId};

use super::{StoredEvent, event::columns};
use crate::storage::{Connection, Storage, StorageError, Stream, StreamPosition, args, texts};

/// The most events that are kept.
const EVENTS: usize = 4_096;

/// The most bytes of them.
const BYTES: usize = 8 * 1024 * 1024;

/// How long one is kept.
const AGE: Duration = Duration::from_secs(5 * 60);

/// The most that are read at once.
const BATCH: usize = 1_024;

/// The newest events. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tail(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Storage,
    kept: Mutex<Kept>,
    /// Held by the one who reads on for all.
    reading: tokio::sync::Mutex<()>,
}

/// All events after one position and up to another.
#[derive(Debug)]
struct Kept {
    after: StreamPosition,
    up_to: StreamPosition,
    events: VecDeque<Entry>,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    event: Arc<StoredEvent>,
    /// What it relates to, if it may relate to anything.
    parent: Option<OwnedEventId>,
    read_at: Instant,
}

/// All events of a stretch of the stream.
#[derive(Clone, Debug, Default)]
pub struct Stretch {
    /// In their order.
    pub events: Vec<Arc<StoredEvent>>,
    /// Those of them that others of the newest events say something of.
    related: HashSet<OwnedEventId>,
}

/// Who sent the newest events of a room, as far as they are kept.
#[derive(Debug, Default)]
pub struct Senders {
    /// Some of them, or all.
    pub users: BTreeSet<OwnedUserId>,
    /// It is all of them.
    pub all: bool,
}

impl Tail {
    /// Keeps what comes from now on.
    pub fn new(storage: Storage) -> Self {
        let now = storage.streams().current(Stream::Events);
        let kept = Mutex::new(Kept::empty(now));
        Self(Arc::new(Inner { storage, kept, reading: tokio::sync::Mutex::default() }))
    }

    /// Reads as far as a position that may be read, unless someone has. Takes a connection, so it is not for
    /// those who have one.
    pub async fn reach(&self, position: StreamPosition) -> Result<(), StorageError> {
        if self.kept().up_to < position {
            let _reading = self.0.reading.lock().await;
            if self.kept().up_to < position {
                self.read_on().await?;
            }
        }
        Ok(())
    }

    /// The events after one position and up to another; nothing if that is further back than is kept, or
    /// further on than was reached.
    pub fn between(&self, after: StreamPosition, up_to: StreamPosition) -> Option<Stretch> {
        if after >= up_to {
            return Some(Stretch::default());
        }
        self.kept().stretch(after, up_to)
    }

    /// The next events after a position, at most `limit`, of those up to another, and where they end.
    pub(crate) async fn next(
        &self,
        after: StreamPosition,
        up_to: StreamPosition,
        limit: usize,
    ) -> Result<(Vec<Arc<StoredEvent>>, StreamPosition), StorageError> {
        self.reach(up_to).await?;
        let events = match self.between(after, up_to) {
            Some(stretch) => stretch.events.into_iter().take(limit).collect(),
            None => {
                let mut connection = self.0.storage.read().await?;
                read(&mut connection, after, up_to, limit).await?.into_iter().map(Arc::new).collect::<Vec<_>>()
            }
        };
        let end = if events.len() < limit { up_to } else { events.last().map_or(up_to, |event| event.position) };
        Ok((events, end))
    }

    /// Who sent the newest `limit` events of a room up to a position.
    pub(crate) fn senders(&self, room_id: &RoomId, up_to: StreamPosition, limit: usize) -> Senders {
        let kept = self.kept();
        let mut senders = Senders::default();
        if up_to > kept.up_to {
            return senders;
        }
        let older = kept.events.iter().rev().map(|entry| &entry.event);
        let own = older.filter(|event| event.position <= up_to && event.room_id == room_id);
        let mut found = 0;
        for event in own.take(limit) {
            found += 1;
            if !senders.users.contains(&event.sender) {
                senders.users.insert(event.sender.clone());
            }
        }
        senders.all = found == limit;
        senders
    }

    /// Reads everything there is to be read.
    async fn read_on(&self) -> Result<(), StorageError> {
        let storage = &self.0.storage;
        let now = storage.streams().current(Stream::Events);
        let mut up_to = self.kept().up_to;
        // Of so many, most would not be kept.
        if now - up_to > i64::try_from(EVENTS).unwrap_or(i64::MAX) {
            *self.kept() = Kept::empty(now);
            return Ok(());
        }
        let mut connection = storage.read().await?;
        while up_to < now {
            let events = read(&mut connection, up_to, now, BATCH).await?;
            up_to = if events.len() < BATCH { now } else { events.last().map_or(now, |event| event.position) };
            let changed = self.read_again(&mut connection, &events).await?;
            self.kept().extend(changed, events, up_to);
        }
        Ok(())
    }

    /// Those that are kept and that some of these events have redacted, as they are now.
    async fn read_again(
        &self,
        connection: &mut Connection,
        events: &[StoredEvent],
    ) -> Result<Vec<StoredEvent>, StorageError> {
        let redacted: HashSet<OwnedEventId> = events.iter().filter_map(StoredEvent::redacts).collect();
        if redacted.is_empty() {
            return Ok(Vec::new());
        }
        let sql = concat!("SELECT ", columns!(), " FROM events event WHERE event.event_id {in 1}");
        connection.fetch_all(sql, args![texts(redacted)]).await?.iter().map(StoredEvent::from_row).collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(
    connection: &mut Connection,
    after: StreamPosition,
    up_to: StreamPosition,
    limit: usize,
) -> Result<Vec<StoredEvent>, StorageError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM events event WHERE event.position > $1 AND event.position <= $2 ORDER BY event.position LIMIT $3"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection.fetch_all(sql, args![after, up_to, limit]).await?.iter().map(StoredEvent::from_row).collect()
}

impl Kept {
    fn empty(now: StreamPosition) -> Self {
        Self { after: now, up_to: now, events: VecDeque::new(), bytes: 0 }
    }

    fn stretch(&mut self, after: StreamPosition, up_to: StreamPosition) -> Option<Stretch> {
        self.forget(Instant::now());
        if after < self.after || up_to > self.up_to {
            return None;
        }
        let first = self.events.partition_point(|entry| entry.event.position <= after);
        let end = self.events.partition_point(|entry| entry.event.position <= up_to);
        let events: Vec<_> = self.events.range(first..end).map(|entry| entry.event.clone()).collect();
        // What is said of an event comes after it.
        let related = self.events.range(first..).filter_map(|entry| entry.parent.clone()).collect();
        Some(Stretch { events, related })
    }

    fn extend(&mut self, changed: Vec<StoredEvent>, events: Vec<StoredEvent>, up_to: StreamPosition) {
        let now = Instant::now();
        for event in changed {
            self.replace(event);
        }
        for event in events {
            self.bytes += event.json.len();
            let parent = event.parent();
            self.events.push_back(Entry { event: Arc::new(event), parent, read_at: now });
        }
        self.up_to = up_to;
        self.forget(now);
    }

    fn replace(&mut self, event: StoredEvent) {
        let place = self.events.binary_search_by_key(&event.position, |entry| entry.event.position);
        if let Some(entry) = place.ok().and_then(|index| self.events.get_mut(index)) {
            self.bytes = self.bytes + event.json.len() - entry.event.json.len();
            entry.event = Arc::new(event);
        }
    }

    /// Forgets what is too old, and what is too much.
    fn forget(&mut self, now: Instant) {
        while let Some(first) = self.events.front()
            && (self.events.len() > EVENTS || self.bytes > BYTES || now - first.read_at > AGE)
        {
            self.after = first.event.position;
            self.bytes -= first.event.json.len();
            self.events.pop_front();
        }
    }
}

impl Stretch {
    /// The events of a room.
    pub fn of_room<'s>(&'s self, room_id: &'s RoomId) -> impl DoubleEndedIterator<Item = &'s Arc<StoredEvent>> {
        self.events.iter().filter(move |event| event.room_id == room_id)
    }

    /// Those that change who is in a room.
    pub fn member_events(&self) -> impl Iterator<Item = &Arc<StoredEvent>> {
        self.events.iter().filter(|event| event.event_type == "m.room.member" && event.state_key.is_some())
    }

    /// Whether it changes the membership of a user.
    pub fn moves(&self, user_id: &UserId) -> bool {
        self.member_events().any(|event| event.state_key.as_deref() == Some(user_id.as_str()))
    }

    /// Whether an event is of this stretch and nothing is said of it.
    pub fn is_alone(&self, event: &StoredEvent) -> bool {
        let is_here = self.events.first().is_some_and(|first| first.position <= event.position)
            && self.events.last().is_some_and(|last| event.position <= last.position);
        is_here && !self.related.contains(&event.event_id)
    }
}

#[cfg(test)]
mod tests;
