//! The store on IndexedDB: a database per account, an object store per table.
//!
//! A record is `{k, v, i}`: its key, which is also the object store's, its value, and its index entries under a multi-entry
//! index. All requests of a transaction are made at once and only the last is waited for; nothing else is awaited while one
//! is open. Whoever opens it holds the account's lock.
//!
//! <https://w3c.github.io/IndexedDB/>

mod record;

use async_trait::async_trait;
use js_sys::Array;
use trellis_browser::{
    idb::{self, IdbError, Mode, committed, finished},
    listener::Listener,
};
use trellis_client::port::{
    Batch, Direction, Durability, Key, KeyRange, Operation, Record, Store, StoreError, Table, TableKind,
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Event, IdbCursorDirection, IdbCursorWithValue, IdbDatabase, IdbIndexParameters, IdbObjectStore,
    IdbObjectStoreParameters, IdbRequest, IdbTransaction,
};

use self::record::{binary, from_js, key_range, to_js};

/// The name of the one index.
const INDEX: &str = "i";

/// An open database.
pub struct IndexedDbStore {
    database: IdbDatabase,
    _version_change: Listener,
}

impl IndexedDbStore {
    /// Opens the database `name`, and makes or upgrades it for `schema`: tables of the cache are emptied, own ones stay as
    /// they are, and their values are migrated as they are read.
    pub async fn open(name: &str, schema: u32) -> Result<Self, StoreError> {
        let database = match idb::open(name, Some(schema), upgrade).await {
            Ok(database) => database,
            Err(IdbError::Newer) => return Err(newer(name, schema).await),
            Err(error) => return Err(refused(error)),
        };
        // Another build wants it, or it is to be removed: whoever still uses it learns that it is closed.
        let version_change = Listener::new(&database, "versionchange", {
            let database = database.clone();
            move |_: Event| database.close()
        });
        Ok(Self { database, _version_change: version_change })
    }

    /// Removes the database `name`.
    pub async fn remove(name: &str) -> Result<(), StoreError> {
        idb::delete(name).await.map_err(refused)
    }

    fn read(&self, table: Table) -> Result<IdbObjectStore, StoreError> {
        let transaction = idb::transaction(&self.database, &[table.name()], Mode::Read).map_err(refused)?;
        transaction.object_store(table.name()).map_err(failed)
    }
}

impl Drop for IndexedDbStore {
    fn drop(&mut self) {
        self.database.close();
    }
}

#[async_trait(?Send)]
impl Store for IndexedDbStore {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Record>, StoreError> {
        let request = self.read(table)?.get(&binary(key)).map_err(failed)?;
        found(table, &finished(request).await.map_err(refused)?)
    }

    async fn get_many(&self, table: Table, keys: &[Key]) -> Result<Vec<Option<Record>>, StoreError> {
        let store = self.read(table)?;
        let requests: Vec<IdbRequest> =
            keys.iter().map(|key| store.get(&binary(key)).map_err(failed)).collect::<Result<_, _>>()?;
        if let Some(last) = requests.last() {
            finished(last.clone()).await.map_err(refused)?;
        }
        requests.iter().map(|request| found(table, &request.result().map_err(failed)?)).collect()
    }

    async fn range(
        &self,
        table: Table,
        range: KeyRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let Some(range) = key_range(&range).map_err(failed)?.filter(|_| limit > 0) else { return Ok(Vec::new()) };
        let store = self.read(table)?;
        if direction == Direction::Descending && limit != u32::MAX {
            return descending(table, &store, &range, limit).await;
        }
        let request = store.get_all_with_key_and_limit(&range, limit).map_err(failed)?;
        let mut records = all(table, finished(request).await.map_err(refused)?)?;
        if direction == Direction::Descending {
            records.reverse();
        }
        Ok(records)
    }

    async fn find(&self, table: Table, index: &[u8]) -> Result<Vec<Record>, StoreError> {
        let store = self.read(table)?;
        let request =
            store.index(INDEX).and_then(|entries| entries.get_all_with_key(&binary(index))).map_err(failed)?;
        all(table, finished(request).await.map_err(refused)?)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let mut tables: Vec<&str> = batch.operations.iter().map(|operation| table_of(operation).name()).collect();
        tables.sort_unstable();
        tables.dedup();
        if tables.is_empty() {
            return Ok(());
        }
        let mode = if batch.durability == Durability::Strict { Mode::WriteStrict } else { Mode::Write };
        let transaction = idb::transaction(&self.database, &tables, mode).map_err(refused)?;
        if let Err(error) = batch.operations.iter().try_for_each(|operation| apply(&transaction, operation)) {
            // What was asked before the one that failed must not happen either.
            transaction.abort().ok();
            return Err(failed(error));
        }
        committed(&transaction).await.map_err(refused)
    }
}

/// Makes the tables that are missing and empties the cache.
fn upgrade(database: &IdbDatabase, _from: u32) -> Result<(), JsValue> {
    let existing = database.object_store_names();
    for table in Table::ALL {
        if existing.contains(table.name()) {
            match table.kind() {
                TableKind::Own => continue,
                TableKind::Cache => database.delete_object_store(table.name())?,
            }
        }
        let parameters = IdbObjectStoreParameters::new();
        parameters.set_key_path(&"k".into());
        let store = database.create_object_store_with_optional_parameters(table.name(), &parameters)?;
        let multi_entry = IdbIndexParameters::new();
        multi_entry.set_multi_entry(true);
        store.create_index_with_str_and_optional_parameters(INDEX, "i", &multi_entry)?;
    }
    Ok(())
}

/// Which schema a database has that is newer than `known`.
async fn newer(name: &str, known: u32) -> StoreError {
    match idb::open(name, None, |_, _| Ok(())).await {
        Ok(database) => {
            // Versions are integers of ours, far below the limits of either type.
            let found = database.version() as u32;
            database.close();
            StoreError::Newer { found, known }
        }
        Err(error) => refused(error),
    }
}

/// The last records of a range. IndexedDB has no backward `getAll` everywhere, so this walks; limits are small.
async fn descending(
    table: Table,
    store: &IdbObjectStore,
    range: &JsValue,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    let request = store.open_cursor_with_range_and_direction(range, IdbCursorDirection::Prev).map_err(failed)?;
    let mut records = Vec::new();
    loop {
        let result = finished(request.clone()).await.map_err(refused)?;
        let Ok(cursor) = result.dyn_into::<IdbCursorWithValue>() else { return Ok(records) };
        records.extend(found(table, &cursor.value().map_err(failed)?)?);
        if records.len() >= limit as usize {
            return Ok(records);
        }
        cursor.continue_().map_err(failed)?;
    }
}

fn apply(transaction: &IdbTransaction, operation: &Operation) -> Result<(), JsValue> {
    let store = transaction.object_store(table_of(operation).name())?;
    match operation {
        Operation::Put(_, record) => store.put(&to_js(record)).map(drop),
        Operation::Delete(_, key) => store.delete(&binary(key)).map(drop),
        Operation::DeleteRange(_, range) => match key_range(range)? {
            Some(range) => store.delete(&range).map(drop),
            None => Ok(()),
        },
    }
}

fn table_of(operation: &Operation) -> Table {
    match operation {
        Operation::Put(table, _) | Operation::Delete(table, _) | Operation::DeleteRange(table, _) => *table,
    }
}

fn found(table: Table, value: &JsValue) -> Result<Option<Record>, StoreError> {
    if value.is_undefined() {
        return Ok(None);
    }
    from_js(value).map(Some).ok_or(StoreError::Unreadable { table: table.name() })
}

fn all(table: Table, values: JsValue) -> Result<Vec<Record>, StoreError> {
    let unreadable = || StoreError::Unreadable { table: table.name() };
    values.unchecked_into::<Array>().iter().map(|value| from_js(&value).ok_or_else(unreadable)).collect()
}

fn refused(error: IdbError) -> StoreError {
    match error {
        IdbError::Full => StoreError::Full,
        IdbError::Closed => StoreError::Closed,
        // Only opening meets newer versions, and asks which.
        IdbError::Newer => StoreError::Failed(error.to_string()),
        IdbError::Failed(message) => StoreError::Failed(message),
    }
}

fn failed(error: JsValue) -> StoreError {
    refused(error.into())
}
