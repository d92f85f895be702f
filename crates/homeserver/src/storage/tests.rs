use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use futures::future::join_all;
use ruma::user_id;

use super::{DatabaseLocation, Storage, StorageError, Stream, Topic, WriteKey, args, engine::Database, migrations};

/// A directory that goes with the test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!("trellis-storage-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) async fn open(&self) -> Result<Storage, StorageError> {
        let path: &Path = &self.0;
        Storage::open(&DatabaseLocation::Sqlite(path.join("test.db"))).await
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

async fn insert(storage: &Storage, path: String) -> Result<i64, StorageError> {
    storage
        .write(WriteKey::Server("test"), move |transaction| {
            Box::pin(async move {
                let position = transaction.next_position(Stream::Events).await?;
                transaction
                    .execute(
                        "INSERT INTO transactions (user_id, device_id, path, response, created_at) \
                         VALUES ('@a:b', 'D', $1, $2, $3)",
                        args![path, vec![0_u8, 1], position],
                    )
                    .await?;
                Ok(position)
            })
        })
        .await
}

async fn paths(storage: &Storage) -> Vec<String> {
    let mut connection = storage.read().await.unwrap();
    let rows = connection.fetch_all("SELECT path FROM transactions ORDER BY created_at", args![]).await.unwrap();
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

#[tokio::test]
async fn units_that_are_written_at_once_are_all_there_and_outlive_a_restart() {
    let scratch = Scratch::new();
    let storage = scratch.open().await.unwrap();

    let positions = join_all((0..50).map(|number| insert(&storage, format!("/{number}")))).await;

    let positions: Vec<_> = positions.into_iter().map(Result::unwrap).collect();
    assert_eq!(positions, (1..=50).collect::<Vec<_>>());
    drop(storage);
    let storage = scratch.open().await.unwrap();
    assert_eq!(paths(&storage).await.len(), 50);
    assert_eq!(storage.streams().current(Stream::Events), 50);
    assert_eq!(storage.streams().writer(), 2);
}

#[tokio::test]
async fn several_may_open_a_database_that_is_not_there_yet() {
    for _ in 0..20 {
        let scratch = Scratch::new();
        let opened = join_all((0..4).map(|_| scratch.open())).await;
        let mut writers: Vec<_> = opened.into_iter().map(|storage| storage.unwrap().streams().writer()).collect();
        writers.sort_unstable();
        assert_eq!(writers, [1, 2, 3, 4]);
    }
}

#[tokio::test]
async fn positions_are_taken_once_by_all_who_write_to_a_file() {
    let scratch = Scratch::new();
    let (server, command) = (scratch.open().await.unwrap(), scratch.open().await.unwrap());
    let mut positions = Vec::new();

    for storage in [&server, &command, &command, &server] {
        positions.push(insert(storage, format!("/{}", positions.len())).await.unwrap());
    }

    assert_eq!(positions, [1, 2, 3, 4]);
    assert_eq!(server.streams().current(Stream::Events), 4);
}

#[tokio::test]
async fn a_unit_that_fails_undoes_itself_and_no_other() {
    let scratch = Scratch::new();
    let storage = scratch.open().await.unwrap();

    let (first, twice, panics, last) = tokio::join!(
        insert(&storage, "/a".to_owned()),
        insert(&storage, "/a".to_owned()),
        storage.write(WriteKey::Server("test"), |transaction| Box::pin(async move {
            transaction.execute("DELETE FROM transactions", args![]).await?;
            assert!(transaction.writer() < 0, "a bug in a unit");
            Ok::<_, StorageError>(())
        })),
        insert(&storage, "/b".to_owned()),
    );

    first.unwrap();
    assert!(twice.unwrap_err().is_unique_violation());
    assert!(matches!(panics, Err(StorageError::Abandoned)));
    last.unwrap();
    assert_eq!(paths(&storage).await, ["/a", "/b"]);
}

#[tokio::test]
async fn a_waiter_is_woken_after_the_commit_and_only_for_its_topics() {
    let scratch = Scratch::new();
    let storage = scratch.open().await.unwrap();
    let alice = user_id!("@alice:test").to_owned();
    let waits = storage.subscribe(vec![Topic::User(alice.clone())]);
    let other = storage.subscribe(vec![Topic::User(user_id!("@bob:test").to_owned())]);

    storage
        .write(WriteKey::User(alice.clone()), |transaction| {
            Box::pin(async move {
                transaction.notify(Topic::User(alice));
                Ok::<_, StorageError>(())
            })
        })
        .await
        .unwrap();

    waits.changed().await;
    let quiet = futures::FutureExt::now_or_never(other.changed());
    assert!(quiet.is_none());
}

#[tokio::test]
async fn a_database_that_is_newer_is_refused_with_a_sentence() {
    let scratch = Scratch::new();
    let storage = scratch.open().await.unwrap();
    storage
        .write(WriteKey::Server("test"), |transaction| {
            Box::pin(async move {
                transaction.execute("INSERT INTO migrations (name) VALUES ('9999_future')", args![]).await
            })
        })
        .await
        .unwrap();
    drop(storage);

    let refusal = scratch.open().await.unwrap_err();
    insta::assert_snapshot!(refusal, @"the database was written by a newer version of Trellis (it has the migration `9999_future`): run that version, or restore a backup from before the update");
}

#[test]
fn a_location_is_a_sqlite_path_or_a_postgres_address() {
    let sqlite = DatabaseLocation::parse("sqlite:/var/lib/trellis.db").unwrap();
    assert_eq!(sqlite, DatabaseLocation::Sqlite("/var/lib/trellis.db".into()));
    let postgres = DatabaseLocation::parse("postgres://localhost/trellis").unwrap();
    assert_eq!(postgres, DatabaseLocation::Postgres("postgres://localhost/trellis".to_owned()));
    DatabaseLocation::parse("mysql://localhost").unwrap_err();
}

#[tokio::test]
async fn a_database_is_copied_before_it_is_migrated() {
    let scratch = Scratch::new();
    let path = scratch.0.join("test.db");
    let older = Database::open(&DatabaseLocation::Sqlite(path)).await.unwrap();
    let mut connection = older.begin_exclusive().await.unwrap();
    migrations::run_first(&mut connection, 3).await.unwrap();
    connection.commit().await.unwrap();
    drop(older);

    scratch.open().await.unwrap();
    scratch.open().await.unwrap();

    let copy = scratch.0.join("test.db.before-migrating-0003_rooms");
    let copy = Database::open(&DatabaseLocation::Sqlite(copy)).await.unwrap();
    let mut connection = copy.acquire().await.unwrap();
    assert_eq!(migrations::outdated(&mut connection).await.unwrap().as_deref(), Some("0003_rooms"));
    assert_eq!(
        std::fs::read_dir(&scratch.0)
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().ends_with("_rooms") })
            .count(),
        1
    );
}

#[tokio::test]
async fn a_new_database_is_not_copied() {
    let scratch = Scratch::new();

    scratch.open().await.unwrap();

    let copies = std::fs::read_dir(&scratch.0).unwrap();
    assert!(!copies.into_iter().any(|entry| entry.unwrap().file_name().to_string_lossy().contains("before")));
}
