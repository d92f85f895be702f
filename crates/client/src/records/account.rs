//! Where what belongs to the account as a whole lives: the sync position, global account data, to-device messages.

use serde::{Deserialize, Serialize};

use super::{KeyBuilder, Protection, Records};
use crate::port::{Batch, Direction, KeyRange, StoreError, Table, TableKind};

const POSITION: &[u8] = b"sync";

/// How far synchronisation came, whichever way the homeserver synchronises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SyncPosition {
    pub(crate) source: SyncSource,
    pub(crate) token: String,
    /// Up to where to-device messages are taken; beside the token, because some ways count them apart.
    pub(crate) to_device: String,
}

/// The ways to synchronise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SyncSource {
    /// `GET /sync`.
    V2,
}

impl Records {
    pub(crate) async fn position(&self) -> Result<Option<SyncPosition>, StoreError> {
        self.get(Table::Position, POSITION).await
    }

    pub(crate) fn put_position(&self, batch: &mut Batch, position: &SyncPosition) {
        self.put(batch, Table::Position, POSITION.to_vec(), Protection::Plain, position);
    }

    /// The content of an event of global account data.
    pub(crate) async fn account_data(&self, event_type: &str) -> Result<Option<String>, StoreError> {
        self.get(Table::AccountData, &global(event_type)).await
    }

    pub(crate) fn put_account_data(&self, batch: &mut Batch, event_type: &str, content: &str) {
        self.put(batch, Table::AccountData, global(event_type), Protection::Plain, &content);
    }

    /// Keeps a to-device event until it was acted on.
    pub(crate) fn put_to_device(&self, batch: &mut Batch, order: u64, json: &str) {
        self.put(batch, Table::ToDevice, KeyBuilder::new().number(order).build(), Protection::Sealed, &json);
    }

    /// The place behind the to-device events that wait; 0: none does.
    pub(crate) async fn next_to_device(&self) -> Result<u64, StoreError> {
        let last = self.range::<String>(Table::ToDevice, KeyRange::all(), Direction::Descending, 1).await?;
        let key = last.first().and_then(|(key, _)| <[u8; 8]>::try_from(&**key).ok());
        Ok(key.map_or(0, |key| u64::from_be_bytes(key) + 1))
    }

    /// Removes everything that can be synchronised again.
    pub(crate) fn clear_cache(batch: &mut Batch) {
        for table in Table::ALL.into_iter().filter(|table| table.kind() == TableKind::Cache) {
            batch.delete_range(table, KeyRange::all());
        }
    }

    /// Removes everything.
    pub(crate) fn clear(batch: &mut Batch) {
        for table in Table::ALL {
            batch.delete_range(table, KeyRange::all());
        }
    }
}

/// Global account data stands under the empty room.
fn global(event_type: &str) -> crate::port::Key {
    KeyBuilder::new().text("").text(event_type).build()
}
