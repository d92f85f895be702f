//! The unit in which history is stored: up to fifty items that follow each other without a gap.

use std::collections::BTreeSet;

use ruma::{OwnedEventId, OwnedTransactionId};
use serde::{Deserialize, Serialize};

use super::Item;
use crate::protocol::ItemKey;

/// How many items a chunk holds at most.
pub const CHUNK_CAPACITY: usize = 50;

/// How many of the last chunks a room knows by name.
pub const LATEST_CHUNKS: usize = 3;

/// Where a chunk stands in its room. Chunks are made far apart, so that others fit between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position(pub i64);

impl Position {
    /// Where the first chunk of a room stands.
    pub const FIRST: Self = Self(0);

    /// Where local echoes stand: behind everything the homeserver has ordered.
    pub const PENDING: Self = Self(i64::MAX);

    /// The distance at which chunks are appended.
    const STRIDE: i64 = 1 << 40;

    /// The distance at which chunks fill a gap.
    const STEP: i64 = 1 << 16;

    /// Bytes that sort as positions do.
    pub fn to_bytes(self) -> [u8; 8] {
        ((self.0 as u64) ^ (1 << 63)).to_be_bytes()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self((u64::from_be_bytes(bytes) ^ (1 << 63)) as i64)
    }

    /// The place of a chunk appended after this one.
    #[must_use]
    pub fn after(self) -> Self {
        Self(self.0.saturating_add(Self::STRIDE))
    }

    /// A place directly before `self` and after `lower`. `None`: there is no room left between them.
    pub(crate) fn before(self, lower: Option<Self>) -> Option<Self> {
        let Some(lower) = lower else { return Some(Self(self.0.saturating_sub(Self::STRIDE))) };
        let step = Self::STEP.min(self.0.saturating_sub(lower.0) / 2);
        (step > 0).then(|| Self(self.0 - step))
    }

    /// A place far from both `self` and `lower`. `None`: there is no room left between them.
    pub(crate) fn middle(self, lower: Option<Self>) -> Option<Self> {
        let Some(lower) = lower else { return self.before(None) };
        let half = self.0.saturating_sub(lower.0) / 2;
        (half > 0).then(|| Self(lower.0 + half))
    }

    /// A place directly after `self` and before `upper`. `None`: there is no room left between them.
    pub(crate) fn between(self, upper: Self) -> Option<Self> {
        let step = Self::STEP.min(upper.0.saturating_sub(self.0) / 2);
        (step > 0).then(|| Self(self.0 + step))
    }
}

/// Items that follow each other, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub position: Position,
    /// History is missing between the chunk before (or the room's beginning) and this one.
    pub gap: Option<Gap>,
    /// When its first event was sent, row or not: orders pieces of history that meet nothing known.
    pub since: u64,
    /// Events without a row that stood before the first item.
    pub leading: Vec<OwnedEventId>,
    pub items: Vec<Item>,
    /// Relations that came before their target.
    pub orphans: Vec<Orphan>,
}

impl Chunk {
    /// A chunk without items.
    pub fn new(position: Position) -> Self {
        Self { position, gap: None, since: 0, leading: Vec::new(), items: Vec::new(), orphans: Vec::new() }
    }

    /// Everything under which the chunk must be found.
    pub fn index(&self) -> BTreeSet<IndexKey> {
        let mut index: BTreeSet<IndexKey> = self.leading.iter().cloned().map(IndexKey::Event).collect();
        for item in &self.items {
            item.index(&mut index);
        }
        index.extend(self.orphans.iter().map(|orphan| IndexKey::Target(orphan.target.clone())));
        index
    }

    /// The item with a key.
    pub fn item(&self, key: &ItemKey) -> Option<&Item> {
        self.items.iter().find(|item| item.key == *key)
    }

    /// Whether nothing is left that is worth a record.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.leading.is_empty() && self.orphans.is_empty() && self.gap.is_none()
    }
}

/// A hole in the history, before the chunk that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Names its row.
    pub key: ItemKey,
    /// The token with which `/messages` goes back from the newer side.
    pub prev_batch: Option<String>,
    /// The token with which `/messages` goes on from the older side, where it is known.
    pub next_batch: Option<String>,
}

/// An event that relates to one that is not stored: it waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    pub event_id: OwnedEventId,
    pub target: OwnedEventId,
    /// The event as it came, or as it was decrypted: text of a JSON object.
    pub json: String,
    /// Whether `json` is what was decrypted.
    pub was_encrypted: bool,
}

/// An entry under which a chunk is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IndexKey {
    /// The event stands in the chunk, or is folded into one of its items.
    Event(OwnedEventId),
    /// The same, for what this device sent.
    Transaction(OwnedTransactionId),
    /// The chunk holds an [`Orphan`] that waits for this event.
    Target(OwnedEventId),
    /// The chunk holds something of this session that could not be decrypted.
    Session(String),
}

impl IndexKey {
    /// The bytes of the entry.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, id) = match self {
            Self::Event(id) => (b'e', id.as_str()),
            Self::Transaction(id) => (b't', id.as_str()),
            Self::Target(id) => (b'r', id.as_str()),
            Self::Session(id) => (b's', id.as_str()),
        };
        let mut bytes = vec![kind];
        bytes.extend_from_slice(id.as_bytes());
        bytes
    }

    /// Where the item with a key is found. `None`: the key names a gap.
    pub fn of_item(key: &ItemKey) -> Option<Self> {
        if let Some(id) = key.0.strip_prefix('~') {
            return Some(Self::Transaction(id.into()));
        }
        ruma::EventId::parse(&key.0).ok().map(Self::Event)
    }
}
