//! The store: ordered tables of opaque values, changed by atomic batches.
//!
//! Deliberately knows nothing of Matrix: keys are bytes in byte order, values are sealed envelopes made by the typed layer
//! above. An adapter is small and one conformance suite tells whether it is right.

use async_trait::async_trait;

/// The tables of an account's database. Adding one raises the schema version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// What a room is: name, membership, counts, bump stamp. By room.
    Rooms,
    /// State events. By room, type, state key.
    State,
    /// Membership events and profiles. By room, user.
    Members,
    /// Up to 50 timeline items each. By room, position; indexed by the event and transaction IDs within.
    Chunks,
    /// Read receipts. By room, user and thread.
    Receipts,
    /// Account data. By room (or none), type.
    AccountData,
    /// Downloaded media. By URI and size.
    Media,
    /// The sync position, and what else belongs to the cache as a whole.
    Position,
    /// The session: homeserver, user, device, tokens.
    Session,
    /// What waits to be sent. By room, order.
    Outbox,
    /// Files of the outbox. By transaction.
    Files,
    /// Drafts. By room.
    Drafts,
    /// To-device messages that are stored before they are acted on. By order of arrival.
    ToDevice,
    /// Settings of this device.
    Settings,
}

/// Whether a table may be dropped and synchronised again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    Cache,
    Own,
}

impl Table {
    /// Every table, in the order adapters create them.
    pub const ALL: [Self; 14] = [
        Self::Rooms,
        Self::State,
        Self::Members,
        Self::Chunks,
        Self::Receipts,
        Self::AccountData,
        Self::Media,
        Self::Position,
        Self::Session,
        Self::Outbox,
        Self::Files,
        Self::Drafts,
        Self::ToDevice,
        Self::Settings,
    ];

    /// The name of the table in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rooms => "rooms",
            Self::State => "state",
            Self::Members => "members",
            Self::Chunks => "chunks",
            Self::Receipts => "receipts",
            Self::AccountData => "account_data",
            Self::Media => "media",
            Self::Position => "position",
            Self::Session => "session",
            Self::Outbox => "outbox",
            Self::Files => "files",
            Self::Drafts => "drafts",
            Self::ToDevice => "to_device",
            Self::Settings => "settings",
        }
    }

    /// Whether the table may be dropped and synchronised again, or is migrated for ever.
    pub fn kind(self) -> TableKind {
        match self {
            Self::Rooms
            | Self::State
            | Self::Members
            | Self::Chunks
            | Self::Receipts
            | Self::AccountData
            | Self::Media
            | Self::Position => TableKind::Cache,
            Self::Session | Self::Outbox | Self::Files | Self::Drafts | Self::ToDevice | Self::Settings => {
                TableKind::Own
            }
        }
    }
}

/// A key; tables are ordered by its bytes.
pub type Key = Vec<u8>;

/// A value with its key and the entries under which [`Store::find`] finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub key: Key,
    pub value: Vec<u8>,
    pub index: Vec<Key>,
}

/// The keys from `start` (included) to `end` (excluded; `None`: to the end of the table).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    pub start: Key,
    pub end: Option<Key>,
}

impl KeyRange {
    /// The whole table.
    pub fn all() -> Self {
        Self { start: Key::new(), end: None }
    }

    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: &[u8]) -> Self {
        let mut end = prefix.to_vec();
        while let Some(last) = end.pop() {
            if last < u8::MAX {
                end.push(last + 1);
                return Self { start: prefix.to_vec(), end: Some(end) };
            }
        }
        Self { start: prefix.to_vec(), end: None }
    }
}

/// The order of a range's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// One change of a [`Batch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Put(Table, Record),
    Delete(Table, Key),
    DeleteRange(Table, KeyRange),
}

/// Whether a commit is answered only when it is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    #[default]
    Relaxed,
    /// For what exists nowhere else: the outbox, the session, drafts.
    Strict,
}

/// Changes that happen together, or not at all, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    pub operations: Vec<Operation>,
    pub durability: Durability,
}

impl Batch {
    /// Adds a record, or replaces the one with its key.
    pub fn put(&mut self, table: Table, record: Record) {
        self.operations.push(Operation::Put(table, record));
    }

    /// Removes a record; removing what is not there is not an error.
    pub fn delete(&mut self, table: Table, key: Key) {
        self.operations.push(Operation::Delete(table, key));
    }

    /// Removes every record of a range.
    pub fn delete_range(&mut self, table: Table, range: KeyRange) {
        self.operations.push(Operation::DeleteRange(table, range));
    }
}

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The browser gives no more room. Nothing of the batch was written.
    #[error("the storage is full")]
    Full,
    /// Written by a newer build; this one must not touch it.
    #[error("the store has schema {found}, this build knows {known}")]
    Newer { found: u32, known: u32 },
    /// The connection was closed, by the browser or by a newer build.
    #[error("the store was closed")]
    Closed,
    /// A value cannot be opened: another key sealed it, or it is damaged.
    #[error("a value of {table} cannot be read")]
    Unreadable { table: &'static str },
    /// Anything else the database said.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// An account's database.
#[async_trait(?Send)]
pub trait Store {
    /// The record with a key.
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Record>, StoreError>;

    /// The records with these keys, in their order, `None` for each that is missing, from one point in time.
    async fn get_many(&self, table: Table, keys: &[Key]) -> Result<Vec<Option<Record>>, StoreError>;

    /// At most `limit` records of a range.
    async fn range(
        &self,
        table: Table,
        range: KeyRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// The records with an index entry, in key order.
    async fn find(&self, table: Table, index: &[u8]) -> Result<Vec<Record>, StoreError>;

    /// Applies a batch in one transaction.
    async fn commit(&self, batch: Batch) -> Result<(), StoreError>;
}

/// Seals values before they enter the store. Synchronous, because nothing but the database may be awaited around a
/// transaction.
pub trait Sealer {
    /// Encrypts and authenticates `plain`, bound to its place.
    fn seal(&self, table: Table, key: &[u8], plain: &[u8]) -> Vec<u8>;

    /// Opens what [`seal`](Self::seal) made for the same place.
    fn open(&self, table: Table, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError>;
}
