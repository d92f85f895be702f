//! The typed layer over the store's bytes: keys, serialisation, envelopes.
//!
//! It knows where each stored type lives and whether it is sealed; what the types mean is the model's.

mod account;
mod draft;
mod envelope;
mod key;
pub(crate) mod keys;
mod outbox;
pub(crate) mod room;
mod session;

use std::rc::Rc;

use serde::{Serialize, de::DeserializeOwned};

pub(crate) use self::{
    account::{SyncPosition, SyncSource},
    envelope::Protection,
    key::KeyBuilder,
    room::ListedRoom,
    session::Session,
};
use crate::port::{AccountDatabase, Batch, Direction, Key, KeyRange, Record, Sealer, Store, StoreError, Table};

/// The version of the forms in which values are stored. Raised with any change of a stored type; own values of older
/// schemas are migrated when they are read, cache of older ones is dropped.
pub const SCHEMA: u16 = 3;

/// Typed access to an account's database.
#[derive(Clone)]
pub(crate) struct Records {
    store: Rc<dyn Store>,
    sealer: Rc<dyn Sealer>,
}

impl Records {
    pub(crate) fn new(database: AccountDatabase) -> Self {
        Self { store: database.store, sealer: database.sealer }
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, table: Table, key: &[u8]) -> Result<Option<T>, StoreError> {
        let Some(record) = self.store.get(table, key).await? else { return Ok(None) };
        self.read(table, &record).map(Some)
    }

    /// The values of several keys, from one point in time.
    pub(crate) async fn get_many<T: DeserializeOwned>(
        &self,
        table: Table,
        keys: &[Key],
    ) -> Result<Vec<Option<T>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let records = self.store.get_many(table, keys).await?;
        records.into_iter().map(|record| record.map(|record| self.read(table, &record)).transpose()).collect()
    }

    pub(crate) async fn range<T: DeserializeOwned>(
        &self,
        table: Table,
        range: KeyRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<(Key, T)>, StoreError> {
        let records = self.store.range(table, range, direction, limit).await?;
        records.into_iter().map(|record| Ok((record.key.clone(), self.read(table, &record)?))).collect()
    }

    /// Every value of a range, in key order.
    pub(crate) async fn all<T: DeserializeOwned>(&self, table: Table, range: KeyRange) -> Result<Vec<T>, StoreError> {
        let values = self.range(table, range, Direction::Ascending, usize::MAX).await?;
        Ok(values.into_iter().map(|(_, value)| value).collect())
    }

    pub(crate) async fn find<T: DeserializeOwned>(&self, table: Table, index: &[u8]) -> Result<Vec<T>, StoreError> {
        let records = self.store.find(table, index).await?;
        records.iter().map(|record| self.read(table, record)).collect()
    }

    /// Adds a value to a batch.
    pub(crate) fn put<T: Serialize>(
        &self,
        batch: &mut Batch,
        table: Table,
        key: Key,
        protection: Protection,
        value: &T,
    ) {
        self.put_indexed(batch, table, key, protection, value, Vec::new());
    }

    /// Adds a value to a batch, with the entries [`find`](Self::find) finds it under.
    pub(crate) fn put_indexed<T: Serialize>(
        &self,
        batch: &mut Batch,
        table: Table,
        key: Key,
        protection: Protection,
        value: &T,
        index: Vec<Key>,
    ) {
        let plain =
            postcard::to_stdvec(value).expect("stored types have no unsized sequences, so encoding cannot fail");
        self.put_bytes(batch, table, key, protection, &plain, index);
    }

    /// Adds bytes to a batch as they are: files.
    pub(crate) fn put_bytes(
        &self,
        batch: &mut Batch,
        table: Table,
        key: Key,
        protection: Protection,
        plain: &[u8],
        index: Vec<Key>,
    ) {
        let value = envelope::wrap(&*self.sealer, table, &key, SCHEMA, protection, plain);
        batch.put(table, Record { key, value, index });
    }

    pub(crate) async fn range_bytes(&self, table: Table, range: KeyRange) -> Result<Vec<Vec<u8>>, StoreError> {
        let records = self.store.range(table, range, Direction::Ascending, usize::MAX).await?;
        records.iter().map(|record| Ok(envelope::open(&*self.sealer, table, &record.key, &record.value)?.1)).collect()
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        if batch.operations.is_empty() {
            return Ok(());
        }
        self.store.commit(batch).await
    }

    fn read<T: DeserializeOwned>(&self, table: Table, record: &Record) -> Result<T, StoreError> {
        let unreadable = || StoreError::Unreadable { table: table.name() };
        let (schema, plain) = envelope::open(&*self.sealer, table, &record.key, &record.value)?;
        if schema > SCHEMA {
            return Err(StoreError::Newer { found: schema.into(), known: SCHEMA.into() });
        }
        postcard::from_bytes(&plain).map_err(|_| unreadable())
    }
}
