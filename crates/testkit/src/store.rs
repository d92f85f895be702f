//! What every store must do. Run by each adapter's tests, natively and in the browser.

use trellis_client::port::{Batch, Direction, KeyRange, Record, Store, Table};

/// Checks a store, which must be empty. Panics at the first thing it does wrong.
pub async fn store_conformance(store: &dyn Store) {
    a_record_is_read_back(store).await;
    tables_are_apart(store).await;
    ranges_are_ordered_by_the_bytes_of_keys(store).await;
    many_are_read_in_the_order_asked_for(store).await;
    records_are_found_by_every_index_entry(store).await;
    an_index_follows_its_record(store).await;
    operations_of_a_batch_happen_in_their_order(store).await;
    ranges_are_deleted(store).await;
    values_may_be_empty_or_large(store).await;
}

fn record(key: &[u8], value: &[u8]) -> Record {
    Record { key: key.to_vec(), value: value.to_vec(), index: Vec::new() }
}

fn indexed(key: &[u8], index: &[&[u8]]) -> Record {
    Record { key: key.to_vec(), value: key.to_vec(), index: index.iter().map(|entry| entry.to_vec()).collect() }
}

async fn put(store: &dyn Store, table: Table, records: impl IntoIterator<Item = Record>) {
    let mut batch = Batch::default();
    for record in records {
        batch.put(table, record);
    }
    store.commit(batch).await.unwrap();
}

async fn clear(store: &dyn Store, table: Table) {
    let mut batch = Batch::default();
    batch.delete_range(table, KeyRange::all());
    store.commit(batch).await.unwrap();
    assert_eq!(keys(store, table, KeyRange::all(), Direction::Ascending, 10).await, Vec::<Vec<u8>>::new());
}

async fn keys(store: &dyn Store, table: Table, range: KeyRange, direction: Direction, limit: usize) -> Vec<Vec<u8>> {
    let records = store.range(table, range, direction, limit).await.unwrap();
    records.into_iter().map(|record| record.key).collect()
}

async fn found(store: &dyn Store, entry: &[u8]) -> Vec<Vec<u8>> {
    store.find(Table::Chunks, entry).await.unwrap().into_iter().map(|record| record.key).collect()
}

async fn a_record_is_read_back(store: &dyn Store) {
    assert_eq!(store.get(Table::Rooms, b"a").await.unwrap(), None, "what was never written is not there");
    put(store, Table::Rooms, [record(b"a", b"1")]).await;
    assert_eq!(store.get(Table::Rooms, b"a").await.unwrap(), Some(record(b"a", b"1")));
    put(store, Table::Rooms, [record(b"a", b"2")]).await;
    assert_eq!(store.get(Table::Rooms, b"a").await.unwrap(), Some(record(b"a", b"2")), "the newer value replaces");
    let mut batch = Batch::default();
    batch.delete(Table::Rooms, b"a".to_vec());
    batch.delete(Table::Rooms, b"never there".to_vec());
    store.commit(batch).await.unwrap();
    assert_eq!(store.get(Table::Rooms, b"a").await.unwrap(), None, "what was deleted is gone");
}

async fn tables_are_apart(store: &dyn Store) {
    for table in Table::ALL {
        put(store, table, [record(b"key", table.name().as_bytes())]).await;
    }
    for table in Table::ALL {
        let stored = store.get(table, b"key").await.unwrap().unwrap();
        assert_eq!(stored.value, table.name().as_bytes(), "each table has its own record");
        clear(store, table).await;
    }
}

async fn ranges_are_ordered_by_the_bytes_of_keys(store: &dyn Store) {
    // Not in order, with the bytes that other orders get wrong: zero, the sign bit, the largest.
    let all: [&[u8]; 7] = [b"\x00", b"\x00\x00", b"a", b"a\x00", b"a\xff", b"b", b"\xff\xff"];
    put(store, Table::State, [4, 0, 6, 2, 5, 1, 3].map(|index| record(all[index], b""))).await;

    let everything = keys(store, Table::State, KeyRange::all(), Direction::Ascending, usize::MAX).await;
    assert_eq!(everything, all);
    let backwards = keys(store, Table::State, KeyRange::all(), Direction::Descending, usize::MAX).await;
    assert_eq!(backwards, all.iter().rev().map(|key| key.to_vec()).collect::<Vec<_>>());

    let range = KeyRange { start: b"a".to_vec(), end: Some(b"b".to_vec()) };
    let within = keys(store, Table::State, range.clone(), Direction::Ascending, 10).await;
    assert_eq!(within, [&b"a"[..], b"a\x00", b"a\xff"], "the start is in the range, its end is not");
    assert_eq!(keys(store, Table::State, range.clone(), Direction::Ascending, 2).await, [&b"a"[..], b"a\x00"]);
    assert_eq!(keys(store, Table::State, range.clone(), Direction::Descending, 2).await, [&b"a\xff"[..], b"a\x00"]);
    assert_eq!(keys(store, Table::State, range, Direction::Ascending, 0).await, Vec::<Vec<u8>>::new());

    let prefix = keys(store, Table::State, KeyRange::prefix(b"\xff"), Direction::Ascending, 10).await;
    assert_eq!(prefix, [b"\xff\xff"], "a prefix of the largest bytes has no end");
    let empty = KeyRange { start: b"c".to_vec(), end: Some(b"a".to_vec()) };
    assert_eq!(keys(store, Table::State, empty, Direction::Ascending, 10).await, Vec::<Vec<u8>>::new());
    clear(store, Table::State).await;
}

async fn many_are_read_in_the_order_asked_for(store: &dyn Store) {
    put(store, Table::Members, [record(b"a", b"1"), record(b"b", b"2")]).await;
    let keys = [b"b".to_vec(), b"missing".to_vec(), b"a".to_vec(), b"b".to_vec()];
    let many = store.get_many(Table::Members, &keys).await.unwrap();
    assert_eq!(many, [Some(record(b"b", b"2")), None, Some(record(b"a", b"1")), Some(record(b"b", b"2"))]);
    assert_eq!(store.get_many(Table::Members, &[]).await.unwrap(), []);
    clear(store, Table::Members).await;
}

async fn records_are_found_by_every_index_entry(store: &dyn Store) {
    put(store, Table::Chunks, [indexed(b"2", &[b"x", b"y"]), indexed(b"1", &[b"\x00", b"y"]), indexed(b"3", &[])])
        .await;
    assert_eq!(found(store, b"x").await, [b"2"]);
    assert_eq!(found(store, b"y").await, [b"1", b"2"], "found records come in the order of keys");
    assert_eq!(found(store, b"\x00").await, [b"1"]);
    assert_eq!(found(store, b"z").await, Vec::<Vec<u8>>::new());
    assert_eq!(found(store, b"").await, Vec::<Vec<u8>>::new(), "an entry is found whole, not by its beginning");
    let mut stored = store.get(Table::Chunks, b"2").await.unwrap().unwrap();
    stored.index.sort();
    assert_eq!(stored, indexed(b"2", &[b"x", b"y"]), "a record brings its entries along");
}

async fn an_index_follows_its_record(store: &dyn Store) {
    put(store, Table::Chunks, [indexed(b"2", &[b"y", b"z"])]).await;
    assert_eq!(found(store, b"x").await, Vec::<Vec<u8>>::new(), "a replaced record loses its old entries");
    assert_eq!(found(store, b"z").await, [b"2"]);
    assert_eq!(found(store, b"y").await, [b"1", b"2"]);
    let mut batch = Batch::default();
    batch.delete(Table::Chunks, b"1".to_vec());
    store.commit(batch).await.unwrap();
    assert_eq!(found(store, b"y").await, [b"2"], "a deleted record is not found");
    clear(store, Table::Chunks).await;
    assert_eq!(found(store, b"y").await, Vec::<Vec<u8>>::new());
}

async fn operations_of_a_batch_happen_in_their_order(store: &dyn Store) {
    let mut batch = Batch::default();
    batch.put(Table::Receipts, record(b"a", b"1"));
    batch.put(Table::Receipts, record(b"a", b"2"));
    batch.put(Table::Receipts, record(b"b", b"1"));
    batch.delete(Table::Receipts, b"b".to_vec());
    batch.put(Table::Receipts, record(b"c", b"1"));
    batch.delete_range(Table::Receipts, KeyRange::prefix(b"c"));
    batch.put(Table::Receipts, record(b"c", b"2"));
    batch.put(Table::AccountData, record(b"a", b"elsewhere"));
    store.commit(batch).await.unwrap();
    let stored = store.range(Table::Receipts, KeyRange::all(), Direction::Ascending, 10).await.unwrap();
    assert_eq!(stored, [record(b"a", b"2"), record(b"c", b"2")]);
    assert_eq!(store.get(Table::AccountData, b"a").await.unwrap(), Some(record(b"a", b"elsewhere")));
    store.commit(Batch::default()).await.unwrap();
    clear(store, Table::Receipts).await;
    clear(store, Table::AccountData).await;
}

async fn ranges_are_deleted(store: &dyn Store) {
    let all: [&[u8]; 5] = [b"a", b"a\x00", b"a\xff", b"b", b"c"];
    put(store, Table::Outbox, all.map(|key| record(key, b""))).await;
    let mut batch = Batch::default();
    batch.delete_range(Table::Outbox, KeyRange { start: b"a\x00".to_vec(), end: Some(b"b".to_vec()) });
    batch.delete_range(Table::Outbox, KeyRange { start: b"z".to_vec(), end: None });
    batch.delete_range(Table::Outbox, KeyRange { start: b"c".to_vec(), end: Some(b"a".to_vec()) });
    store.commit(batch).await.unwrap();
    let left = keys(store, Table::Outbox, KeyRange::all(), Direction::Ascending, 10).await;
    assert_eq!(left, [&b"a"[..], b"b", b"c"]);
    clear(store, Table::Outbox).await;
}

async fn values_may_be_empty_or_large(store: &dyn Store) {
    let large: Vec<u8> = (0..1_048_576_u32).map(|index| (index % 251) as u8).collect();
    put(store, Table::Media, [record(b"empty", b""), record(b"large", &large)]).await;
    assert_eq!(store.get(Table::Media, b"empty").await.unwrap(), Some(record(b"empty", b"")));
    let stored = store.get(Table::Media, b"large").await.unwrap().unwrap();
    assert!(stored.value == large, "a large value comes back as it was");
    clear(store, Table::Media).await;
}
