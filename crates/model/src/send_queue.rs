//! What waits to be sent, as a state machine: told what happened, it says what to do next and what to store.
//!
//! Within a room things go one after the other, in the order in which they were written. What refers to something unsent
//! waits for its event ID, and is taken back with it. It holds no clock and draws no randomness: both are given to it.

mod entry;
mod retry;

use std::collections::BTreeMap;

use ruma::{OwnedEventId, OwnedMxcUri, OwnedRoomId, OwnedTransactionId, TransactionId};

pub use self::{
    entry::{EntryState, Media, OutboxEntry, Outgoing, Redacts, Refused, Relation, Target, Task},
    retry::{Failure, Verdict, verdict},
};
use crate::{
    sync::{EchoBody, SendProgress},
    timeline::Echo,
};

/// Everything of an account that waits to be sent.
#[derive(Debug, Clone, Default)]
pub struct SendQueue {
    rooms: BTreeMap<OwnedRoomId, RoomQueue>,
    /// The session has ended softly: nothing goes until the person logged in again.
    paused: bool,
    /// The network does not answer.
    offline: Backoff,
}

#[derive(Debug, Clone, Default)]
struct RoomQueue {
    /// In the order in which they were written.
    entries: Vec<OutboxEntry>,
    in_flight: Option<OwnedTransactionId>,
    backoff: Backoff,
}

#[derive(Debug, Clone, Default)]
struct Backoff {
    attempts: u32,
    until: u64,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Make this request, and tell its [`Outcome`].
    Run { room_id: OwnedRoomId, transaction_id: OwnedTransactionId, task: Task },
    /// Nothing before this time, in milliseconds since the Unix epoch, unless something is told.
    WaitUntil(u64),
    /// Nothing before something is told.
    Idle,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Sent(OwnedEventId),
    /// The file was encrypted, since its room is. `key`: as in [`Outgoing::EncryptedMedia`]. Its bytes are stored in place
    /// of the plain ones together with what the queue answers.
    Encrypted {
        key: String,
    },
    /// `POST /media/create` named the file that is to be uploaded.
    UriCreated(OwnedMxcUri),
    /// The file is uploaded.
    Uploaded(OwnedMxcUri),
    Failed(Failure),
}

/// What must be committed, together.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The entry is new or changed.
    Put(OutboxEntry),
    /// The entry is no longer needed, nor its file.
    Remove(OutboxEntry),
    /// The local echo came further.
    Progress { room_id: OwnedRoomId, transaction_id: OwnedTransactionId, progress: SendProgress },
}

impl SendQueue {
    /// The queue of what was stored.
    pub fn new(entries: impl IntoIterator<Item = OutboxEntry>) -> Self {
        let mut queue = Self::default();
        for entry in entries {
            queue.insert(entry);
        }
        queue
    }

    /// Adds what the person wrote. A transaction that is there already is not added again.
    pub fn push(&mut self, entry: OutboxEntry) -> Vec<Effect> {
        if self.get(&entry.transaction_id).is_some() {
            return Vec::new();
        }
        self.insert(entry.clone());
        vec![Effect::Put(entry)]
    }

    fn insert(&mut self, entry: OutboxEntry) {
        let entries = &mut self.rooms.entry(entry.room_id.clone()).or_default().entries;
        let at = entries.partition_point(|other| other.order <= entry.order);
        entries.insert(at, entry);
    }

    /// The entry with a transaction ID.
    pub fn get(&self, transaction_id: &TransactionId) -> Option<&OutboxEntry> {
        self.entries().find(|entry| entry.transaction_id == transaction_id)
    }

    /// Everything that waits or failed, room by room in order.
    pub fn entries(&self) -> impl Iterator<Item = &OutboxEntry> {
        self.rooms.values().flat_map(|room| &room.entries)
    }

    /// What to do now. Asking again gives the next thing, of another room.
    pub fn next(&mut self, now: u64) -> Next {
        if self.paused {
            return Next::Idle;
        }
        if self.offline.until > now && self.has_work() {
            return Next::WaitUntil(self.offline.until);
        }
        let mut wake = None;
        for (room_id, room) in &mut self.rooms {
            let Some((transaction_id, task)) = room.ready() else { continue };
            if room.backoff.until > now {
                wake = Some(wake.map_or(room.backoff.until, |wake: u64| wake.min(room.backoff.until)));
                continue;
            }
            room.in_flight = Some(transaction_id.clone());
            return Next::Run { room_id: room_id.clone(), transaction_id, task };
        }
        wake.map_or(Next::Idle, Next::WaitUntil)
    }

    fn has_work(&self) -> bool {
        self.rooms.values().any(|room| room.ready().is_some())
    }

    /// A request ended. `jitter`: a number from 0 to 1 that spreads the retries of many.
    pub fn outcome(&mut self, transaction_id: &TransactionId, outcome: Outcome, now: u64, jitter: f64) -> Vec<Effect> {
        let Some(room) = self.rooms.values_mut().find(|room| room.in_flight.as_deref() == Some(transaction_id)) else {
            return Vec::new();
        };
        room.in_flight = None;
        let Some(index) = room.entries.iter().position(|entry| entry.transaction_id == transaction_id) else {
            return Vec::new();
        };
        if !matches!(outcome, Outcome::Failed(_)) {
            room.backoff = Backoff::default();
            self.offline = Backoff::default();
        }
        match outcome {
            Outcome::Sent(event_id) => room.sent(index, event_id),
            Outcome::Encrypted { key } => room.encrypted(index, key),
            Outcome::UriCreated(uri) => room.media(index, uri, false),
            Outcome::Uploaded(uri) => room.media(index, uri, true),
            Outcome::Failed(failure) => {
                let backoff = if failure == Failure::Unreachable { &mut self.offline } else { &mut room.backoff };
                match verdict(&failure, backoff.attempts, jitter) {
                    Verdict::Pause => {
                        self.paused = true;
                        Vec::new()
                    }
                    Verdict::Wait(delay) => {
                        backoff.attempts += 1;
                        backoff.until = now.saturating_add(delay);
                        Vec::new()
                    }
                    Verdict::Refused(refused) => room.refused(index, refused),
                }
            }
        }
    }

    /// Sends what failed once more, and does not wait for the end of a pause between tries.
    pub fn retry(&mut self, transaction_id: &TransactionId) -> Vec<Effect> {
        self.offline.until = 0;
        for room in self.rooms.values_mut() {
            let Some(entry) = room.entries.iter_mut().find(|entry| entry.transaction_id == transaction_id) else {
                continue;
            };
            room.backoff.until = 0;
            entry.state = EntryState::Waiting;
            return vec![Effect::Put(entry.clone()), entry.progress(SendProgress::Now(Echo::Queued))];
        }
        Vec::new()
    }

    /// Takes back what was not sent yet, with everything that refers to it. What is on its way cannot be taken back.
    pub fn cancel(&mut self, transaction_id: &TransactionId) -> Vec<Effect> {
        let Some(room) = self.rooms.values_mut().find(|room| {
            room.in_flight.as_deref() != Some(transaction_id)
                && room.entries.iter().any(|entry| entry.transaction_id == transaction_id)
        }) else {
            return Vec::new();
        };
        let mut gone = vec![transaction_id.to_owned()];
        let mut effects = Vec::new();
        while let Some(transaction_id) = gone.pop() {
            let depends = |entry: &&OutboxEntry| entry.waits_for() == Some(&transaction_id);
            gone.extend(room.entries.iter().filter(depends).map(|entry| entry.transaction_id.clone()));
            let Some(index) = room.entries.iter().position(|entry| entry.transaction_id == transaction_id) else {
                continue;
            };
            let entry = room.entries.remove(index);
            effects.push(entry.progress(SendProgress::Cancelled));
            effects.push(Effect::Remove(entry));
        }
        effects
    }

    /// The network is back, as far as one knows.
    pub fn online(&mut self) {
        self.offline = Backoff::default();
    }

    /// The session continues.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// The session ended: nothing goes until [`resume`](Self::resume).
    pub fn pause(&mut self) {
        self.paused = true;
    }
}

impl RoomQueue {
    /// The first thing that can go. What failed lets the others pass; what waits for an ID lets nobody pass but what it
    /// waits for has gone before or failed.
    fn ready(&self) -> Option<(OwnedTransactionId, Task)> {
        if self.in_flight.is_some() {
            return None;
        }
        let entry =
            self.entries.iter().find(|entry| entry.state == EntryState::Waiting && entry.waits_for().is_none())?;
        Some((entry.transaction_id.clone(), entry.task()?))
    }

    fn sent(&mut self, index: usize, event_id: OwnedEventId) -> Vec<Effect> {
        let entry = self.entries.remove(index);
        let mut effects = vec![entry.progress(SendProgress::Sent(event_id.clone()))];
        for other in self.entries.iter_mut().filter(|other| other.waits_for() == Some(&entry.transaction_id)) {
            other.resolve(&event_id);
            effects.push(Effect::Put(other.clone()));
            // A reply can name now what it answers.
            if let EchoBody::Event { content, .. } = other.echo().body {
                effects.push(other.progress(SendProgress::Content(content)));
            }
        }
        effects.push(Effect::Remove(entry));
        effects
    }

    fn media(&mut self, index: usize, uri: OwnedMxcUri, uploaded: bool) -> Vec<Effect> {
        let Some(entry) = self.entries.get_mut(index) else { return Vec::new() };
        let Some(media) = entry.outgoing.media_mut() else { return Vec::new() };
        media.uri = Some(uri);
        media.uploaded = uploaded;
        let content = SendProgress::Content(entry.outgoing.media_content().unwrap_or_default().to_string());
        vec![Effect::Put(entry.clone()), entry.progress(content)]
    }

    fn encrypted(&mut self, index: usize, key: String) -> Vec<Effect> {
        let Some(entry) = self.entries.get_mut(index) else { return Vec::new() };
        let Outgoing::Media(media) = &entry.outgoing else { return Vec::new() };
        // What may have been uploaded in the clear is not what the key opens.
        let media = Media { uri: None, uploaded: false, ..media.clone() };
        entry.outgoing = Outgoing::EncryptedMedia { media, key };
        vec![Effect::Put(entry.clone())]
    }

    fn refused(&mut self, index: usize, refused: Refused) -> Vec<Effect> {
        let Some(entry) = self.entries.get_mut(index) else { return Vec::new() };
        let progress = entry.progress(SendProgress::Now(Echo::Failed(refused.refusal())));
        entry.state = EntryState::Failed(refused);
        vec![Effect::Put(entry.clone()), progress]
    }
}
