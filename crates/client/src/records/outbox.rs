//! The outbox: what a person wrote, until the homeserver has it. Sealed, strict, migrated for ever.

use ruma::{RoomId, TransactionId};
use trellis_model::send_queue::OutboxEntry;

use super::{KeyBuilder, Protection, Records};
use crate::port::{Batch, Durability, Key, KeyRange, StoreError, Table};

/// How much of a file one record holds.
const FILE_PART: usize = 1024 * 1024;

impl Records {
    /// Everything that waits, room by room in its order.
    pub(crate) async fn outbox(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        self.all(Table::Outbox, KeyRange::all()).await
    }

    pub(crate) fn put_outbox(&self, batch: &mut Batch, entry: &OutboxEntry) {
        batch.durability = Durability::Strict;
        self.put(batch, Table::Outbox, outbox(&entry.room_id, entry.order), Protection::Sealed, entry);
    }

    /// Removes an entry with its file.
    pub(crate) fn delete_outbox(&self, batch: &mut Batch, entry: &OutboxEntry) {
        batch.durability = Durability::Strict;
        batch.delete(Table::Outbox, outbox(&entry.room_id, entry.order));
        if entry.outgoing.media().is_some() {
            batch.delete_range(Table::Files, file(&entry.transaction_id).range());
        }
    }

    /// Copies a file, in parts.
    pub(crate) fn put_file(&self, batch: &mut Batch, transaction_id: &TransactionId, bytes: &[u8]) {
        self.put_parts(batch, || file(transaction_id), bytes);
    }

    /// Puts the encrypted form of a file in place of its plain one. Under another key: never is one taken for the other.
    pub(crate) fn put_encrypted_file(&self, batch: &mut Batch, transaction_id: &TransactionId, bytes: &[u8]) {
        batch.delete_range(Table::Files, file(transaction_id).range());
        self.put_parts(batch, || encrypted_file(transaction_id), bytes);
    }

    fn put_parts(&self, batch: &mut Batch, key: impl Fn() -> KeyBuilder, bytes: &[u8]) {
        for (part, bytes) in (0..).zip(bytes.chunks(FILE_PART)) {
            let key = key().number(part).build();
            self.put_bytes(batch, Table::Files, key, Protection::Sealed, bytes, Vec::new());
        }
    }

    pub(crate) async fn file(&self, transaction_id: &TransactionId) -> Result<Vec<u8>, StoreError> {
        Ok(self.range_bytes(Table::Files, file(transaction_id).range()).await?.concat())
    }

    pub(crate) async fn encrypted_file(&self, transaction_id: &TransactionId) -> Result<Vec<u8>, StoreError> {
        Ok(self.range_bytes(Table::Files, encrypted_file(transaction_id).range()).await?.concat())
    }
}

fn outbox(room_id: &RoomId, order: u64) -> Key {
    KeyBuilder::new().text(room_id).number(order).build()
}

fn file(transaction_id: &TransactionId) -> KeyBuilder {
    KeyBuilder::new().text(transaction_id)
}

/// Within the range of [`file`], and beside its parts.
fn encrypted_file(transaction_id: &TransactionId) -> KeyBuilder {
    file(transaction_id).text("encrypted")
}
