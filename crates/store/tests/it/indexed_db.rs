use trellis_browser::{
    boot::{BootDatabase, StoredAccount},
    idb, random_id,
};
use trellis_client::port::{Batch, Durability, KeyRange, Record, Sealer, Store, StoreError, Table};
use trellis_model::protocol::{AccountKey, AccountProfile, BootRecord};
use trellis_store::{IndexedDbStore, KeySealer};
use trellis_testkit::store_conformance;
use wasm_bindgen_test::wasm_bindgen_test;

fn fresh_name() -> String {
    format!("test/{}", random_id())
}

fn record(key: &[u8]) -> Record {
    Record { key: key.to_vec(), value: b"value".to_vec(), index: Vec::new() }
}

async fn write(store: &IndexedDbStore, tables: &[Table]) {
    let mut batch = Batch { durability: Durability::Strict, ..Batch::default() };
    for table in tables {
        batch.put(*table, record(b"key"));
    }
    store.commit(batch).await.unwrap();
}

async fn has(store: &IndexedDbStore, table: Table) -> bool {
    store.get(table, b"key").await.unwrap().is_some()
}

#[wasm_bindgen_test]
async fn the_store_on_indexed_db_is_a_store() {
    let store = IndexedDbStore::open(&fresh_name(), 1).await.unwrap();

    store_conformance(&store).await;
}

#[wasm_bindgen_test]
async fn what_was_committed_is_there_after_reopening() {
    let name = fresh_name();
    write(&IndexedDbStore::open(&name, 1).await.unwrap(), &Table::ALL).await;

    let store = IndexedDbStore::open(&name, 1).await.unwrap();

    for table in Table::ALL {
        assert!(has(&store, table).await, "{table:?}");
    }
}

#[wasm_bindgen_test]
async fn an_upgrade_empties_the_cache_and_keeps_what_is_the_persons_own() {
    let name = fresh_name();
    write(&IndexedDbStore::open(&name, 1).await.unwrap(), &Table::ALL).await;

    let store = IndexedDbStore::open(&name, 2).await.unwrap();

    for table in [Table::Rooms, Table::State, Table::Members, Table::Chunks, Table::Receipts, Table::Position] {
        assert!(!has(&store, table).await, "{table:?}");
    }
    for table in [Table::Session, Table::Outbox, Table::Files, Table::Drafts, Table::ToDevice, Table::Settings] {
        assert!(has(&store, table).await, "{table:?}");
    }
}

#[wasm_bindgen_test]
async fn an_upgrade_adds_tables_that_an_older_build_did_not_know() {
    let name = fresh_name();
    let older = idb::open(&name, Some(1), |database, _| database.create_object_store("unknown").map(drop));
    older.await.unwrap().close();

    let store = IndexedDbStore::open(&name, 2).await.unwrap();

    write(&store, &Table::ALL).await;
    assert!(has(&store, Table::Outbox).await);
}

#[wasm_bindgen_test]
async fn a_database_of_a_newer_build_is_left_alone() {
    let name = fresh_name();
    write(&IndexedDbStore::open(&name, 7).await.unwrap(), &[Table::Rooms, Table::Outbox]).await;

    let refused = IndexedDbStore::open(&name, 3).await.err();

    assert_eq!(refused, Some(StoreError::Newer { found: 7, known: 3 }));
    let store = IndexedDbStore::open(&name, 7).await.unwrap();
    assert!(has(&store, Table::Rooms).await);
    assert!(has(&store, Table::Outbox).await);
}

#[wasm_bindgen_test]
async fn whoever_holds_a_database_that_another_upgrades_learns_that_it_is_closed() {
    let name = fresh_name();
    let older = IndexedDbStore::open(&name, 1).await.unwrap();

    let _newer = IndexedDbStore::open(&name, 2).await.unwrap();

    assert_eq!(older.get(Table::Rooms, b"key").await, Err(StoreError::Closed));
    let mut batch = Batch::default();
    batch.put(Table::Rooms, record(b"key"));
    assert_eq!(older.commit(batch).await, Err(StoreError::Closed));
}

#[wasm_bindgen_test]
async fn a_removed_database_is_gone() {
    let name = fresh_name();
    write(&IndexedDbStore::open(&name, 1).await.unwrap(), &[Table::Outbox]).await;

    IndexedDbStore::remove(&name).await.unwrap();

    let store = IndexedDbStore::open(&name, 1).await.unwrap();
    assert!(
        store
            .range(Table::Outbox, KeyRange::all(), trellis_client::port::Direction::Ascending, 1)
            .await
            .unwrap()
            .is_empty()
    );
}

fn account() -> StoredAccount {
    StoredAccount {
        account: AccountKey(random_id()),
        user_id: ruma::owned_user_id!("@ann:example.org"),
        homeserver: "https://example.org".to_owned(),
    }
}

fn boot_record() -> BootRecord {
    BootRecord {
        profile: AccountProfile {
            user_id: ruma::owned_user_id!("@ann:example.org"),
            device_id: "DEVICE".into(),
            homeserver: "https://example.org".to_owned(),
            display_name: Some("Ann".to_owned()),
            avatar_url: None,
        },
        sections: Vec::new(),
        rooms: Vec::new(),
        room: None,
        timeline: Vec::new(),
    }
}

#[wasm_bindgen_test]
async fn the_data_key_of_an_account_is_made_once() {
    let account = account().account;
    let first = BootDatabase::open().await.unwrap().data_key(&account).await.unwrap();

    let second = BootDatabase::open().await.unwrap().data_key(&account).await.unwrap();

    assert_eq!(first.0, second.0);
    let sealed = KeySealer::new(&first.0).seal(Table::Drafts, b"key", b"words");
    assert_eq!(KeySealer::new(&second.0).open(Table::Drafts, b"key", &sealed).as_deref(), Ok(&b"words"[..]));
}

#[wasm_bindgen_test]
async fn two_cores_that_make_an_accounts_key_at_once_get_the_same() {
    let account = account().account;
    let (one, other) = (BootDatabase::open().await.unwrap(), BootDatabase::open().await.unwrap());

    let (first, second) = futures::join!(one.data_key(&account), other.data_key(&account));

    assert_eq!(first.unwrap().0, second.unwrap().0);
}

#[wasm_bindgen_test]
async fn a_page_finds_its_account_and_what_it_showed_last() {
    let account = account();
    let database = BootDatabase::open().await.unwrap();
    database.data_key(&account.account).await.unwrap();
    database.list(&account).await.unwrap();
    database.save(&account.account, "build 1", &boot_record()).await.unwrap();
    let chosen = |_: &[StoredAccount]| Some(account.account.clone());

    let boot = database.read("build 1", chosen).await.unwrap();
    let of_another_build = database.read("build 2", chosen).await.unwrap();

    assert!(boot.accounts.contains(&account));
    assert_eq!(boot.record, Some(boot_record()));
    assert_eq!(of_another_build.record, None);
}

#[wasm_bindgen_test]
async fn nothing_of_a_forgotten_account_can_be_read() {
    let account = account();
    let database = BootDatabase::open().await.unwrap();
    let key = database.data_key(&account.account).await.unwrap();
    database.list(&account).await.unwrap();
    database.save(&account.account, "build", &boot_record()).await.unwrap();

    database.forget(&account.account).await.unwrap();

    let boot = database.read("build", |_| Some(account.account.clone())).await.unwrap();
    assert!(!boot.accounts.contains(&account));
    assert_eq!(boot.record, None);
    assert_ne!(database.data_key(&account.account).await.unwrap().0, key.0);
}
