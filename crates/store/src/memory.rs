//! A store in memory: for tests, and for a browser that gives no database.
//!
//! Clones are handles to the same tables, so that a client can be closed and another opened on what it left.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    rc::Rc,
};

use async_trait::async_trait;
use trellis_client::port::{Batch, Direction, Key, KeyRange, Operation, Record, Store, StoreError, Table};

/// Tables in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Rc<RefCell<BTreeMap<Table, Rows>>>);

#[derive(Debug, Default)]
struct Rows {
    records: BTreeMap<Key, Record>,
    /// The keys under each index entry.
    index: BTreeMap<Key, BTreeSet<Key>>,
}

impl MemoryStore {
    /// Empty tables.
    pub fn new() -> Self {
        Self::default()
    }

    fn read<T>(&self, table: Table, read: impl FnOnce(&Rows) -> T) -> T {
        read(self.0.borrow_mut().entry(table).or_default())
    }
}

#[async_trait(?Send)]
impl Store for MemoryStore {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Record>, StoreError> {
        Ok(self.read(table, |rows| rows.records.get(key).cloned()))
    }

    async fn get_many(&self, table: Table, keys: &[Key]) -> Result<Vec<Option<Record>>, StoreError> {
        Ok(self.read(table, |rows| keys.iter().map(|key| rows.records.get(key).cloned()).collect()))
    }

    async fn range(
        &self,
        table: Table,
        range: KeyRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        Ok(self.read(table, |rows| {
            let records = rows.range(range).map(|(_, record)| record);
            match direction {
                Direction::Ascending => records.take(limit).cloned().collect(),
                Direction::Descending => records.rev().take(limit).cloned().collect(),
            }
        }))
    }

    async fn find(&self, table: Table, index: &[u8]) -> Result<Vec<Record>, StoreError> {
        Ok(self.read(table, |rows| {
            let keys = rows.index.get(index).into_iter().flatten();
            keys.filter_map(|key| rows.records.get(key).cloned()).collect()
        }))
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let mut tables = self.0.borrow_mut();
        for operation in batch.operations {
            match operation {
                Operation::Put(table, record) => tables.entry(table).or_default().put(record),
                Operation::Delete(table, key) => tables.entry(table).or_default().delete(&key),
                Operation::DeleteRange(table, range) => {
                    let rows = tables.entry(table).or_default();
                    let keys: Vec<Key> = rows.range(range).map(|(key, _)| key.clone()).collect();
                    for key in keys {
                        rows.delete(&key);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Rows {
    fn range(&self, range: KeyRange) -> impl DoubleEndedIterator<Item = (&Key, &Record)> {
        // A range that ends before it begins is empty here, where the map would panic.
        let end = match range.end {
            Some(end) if end < range.start => Bound::Excluded(range.start.clone()),
            Some(end) => Bound::Excluded(end),
            None => Bound::Unbounded,
        };
        self.records.range((Bound::Included(range.start), end))
    }

    fn put(&mut self, record: Record) {
        self.delete(&record.key);
        for entry in &record.index {
            self.index.entry(entry.clone()).or_default().insert(record.key.clone());
        }
        self.records.insert(record.key.clone(), record);
    }

    fn delete(&mut self, key: &[u8]) {
        let Some(record) = self.records.remove(key) else { return };
        for entry in record.index {
            if let Some(keys) = self.index.get_mut(&entry) {
                keys.remove(key);
                if keys.is_empty() {
                    self.index.remove(&entry);
                }
            }
        }
    }
}
