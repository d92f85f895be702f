//! The storage seam itself, on both engines.

use futures::future::join_all;
use trellis_homeserver::storage::{DatabaseLocation, Storage, StorageError, Stream, Topic, Value, WriteKey};

use crate::harness::TestServer;

on_both!(
    units_of_many_keys_are_all_there,
    a_unit_that_fails_undoes_itself_and_no_other,
    units_of_one_key_run_in_the_order_they_were_submitted,
    the_current_position_never_passes_one_that_is_not_committed,
    a_waiter_is_woken_only_after_the_commit,
    binary_values_and_missing_ones_come_back_as_they_were,
    a_database_that_is_newer_is_refused_with_a_sentence,
);

async fn open(server: &TestServer) -> Storage {
    let location = DatabaseLocation::parse(server.config.database.expose()).unwrap();
    server.stop().await;
    Storage::open(&location).await.unwrap()
}

/// Remembers a request; the same twice is a violation.
async fn insert(storage: &Storage, key: WriteKey, path: String) -> Result<i64, StorageError> {
    storage
        .write(key, move |transaction| {
            Box::pin(async move {
                let position = transaction.next_position(Stream::Events).await?;
                let values = vec![Value::from(path), Value::from(vec![0_u8, 1]), Value::from(position)];
                let sql = "INSERT INTO transactions (user_id, device_id, path, response, created_at) \
                     VALUES ('@a:b', 'D', $1, $2, $3)";
                transaction.execute(sql, values).await?;
                Ok(position)
            })
        })
        .await
}

async fn paths(storage: &Storage) -> Vec<String> {
    let mut connection = storage.read().await.unwrap();
    let sql = "SELECT path FROM transactions ORDER BY created_at";
    let rows = connection.fetch_all(sql, Vec::new()).await.unwrap();
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

fn room(number: usize) -> WriteKey {
    WriteKey::Room(format!("!{number}:test").try_into().unwrap())
}

async fn units_of_many_keys_are_all_there(server: &TestServer) {
    let storage = open(server).await;

    let positions = join_all((0..60).map(|number| insert(&storage, room(number % 7), format!("/{number}")))).await;

    let mut positions: Vec<_> = positions.into_iter().map(Result::unwrap).collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=60).collect::<Vec<_>>());
    assert_eq!(paths(&storage).await.len(), 60);
    assert_eq!(storage.streams().current(Stream::Events), 60);
    drop(storage);
    assert_eq!(open(server).await.streams().current(Stream::Events), 60);
}

async fn a_unit_that_fails_undoes_itself_and_no_other(server: &TestServer) {
    let storage = open(server).await;
    let key = || WriteKey::Server("test");

    let (first, twice, last) = tokio::join!(
        insert(&storage, key(), "/a".to_owned()),
        insert(&storage, key(), "/a".to_owned()),
        insert(&storage, key(), "/b".to_owned()),
    );

    first.unwrap();
    assert!(twice.unwrap_err().is_unique_violation());
    last.unwrap();
    assert_eq!(paths(&storage).await, ["/a", "/b"]);
    assert_eq!(storage.streams().current(Stream::Events), 3);
}

async fn units_of_one_key_run_in_the_order_they_were_submitted(server: &TestServer) {
    let storage = open(server).await;

    let pending: Vec<_> = (0..50)
        .map(|number| {
            storage.submit(room(1), move |transaction| {
                Box::pin(
                    async move { Ok::<_, StorageError>((number, transaction.next_position(Stream::Events).await?)) },
                )
            })
        })
        .collect();

    for (number, position) in join_all(pending).await.into_iter().map(Result::unwrap) {
        assert_eq!(position, number + 1);
    }
}

async fn the_current_position_never_passes_one_that_is_not_committed(server: &TestServer) {
    let storage = open(server).await;
    let (taken, is_taken) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
    let slow = storage.submit(room(1), move |transaction| {
        Box::pin(async move {
            let position = transaction.next_position(Stream::Events).await?;
            taken.send(position).unwrap();
            may_go_on.await.unwrap();
            Ok::<_, StorageError>(position)
        })
    });
    let slow_position = is_taken.await.unwrap();

    let quick = insert(&storage, room(2), "/quick".to_owned());
    let quick = async {
        // On one engine it overtakes the slow one, on the other it waits for it.
        tokio::pin!(quick);
        let overtook = futures::FutureExt::now_or_never(&mut quick);
        assert!(storage.streams().current(Stream::Events) < slow_position);
        go_on.send(()).unwrap();
        match overtook {
            Some(position) => position,
            None => quick.await,
        }
    };

    let quick_position = quick.await.unwrap();
    assert_eq!(slow.await.unwrap(), slow_position);
    assert_eq!(storage.streams().current(Stream::Events), quick_position.max(slow_position));
}

async fn a_waiter_is_woken_only_after_the_commit(server: &TestServer) {
    let storage = open(server).await;
    let topic = Topic::User("@alice:test".try_into().unwrap());
    let waits = storage.subscribe(vec![topic.clone()]);
    let other = storage.subscribe(vec![Topic::User("@bob:test".try_into().unwrap())]);

    let wakes = storage.submit(WriteKey::Server("test"), move |transaction| {
        Box::pin(async move {
            let position = transaction.next_position(Stream::Receipts).await?;
            transaction.notify(topic);
            Ok::<_, StorageError>(position)
        })
    });
    waits.changed().await;

    assert_eq!(storage.streams().current(Stream::Receipts), wakes.await.unwrap());
    assert!(futures::FutureExt::now_or_never(other.changed()).is_none());
}

async fn binary_values_and_missing_ones_come_back_as_they_were(server: &TestServer) {
    let storage = open(server).await;
    let mut connection = storage.read().await.unwrap();
    let values = vec![
        Value::from(vec![0_u8, 255, 1]),
        Value::from("ümlaut 🦀"),
        Value::from(i64::MIN),
        Value::from(None::<String>),
    ];

    let sql = "SELECT CAST($1 AS BYTEA), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT)";
    let sql = if server.config.database.expose().starts_with("sqlite") { "SELECT $1, $2, $3, $4" } else { sql };
    let row = connection.fetch_one(sql, values).await.unwrap();

    assert_eq!(row.get::<Vec<u8>>(0).unwrap(), [0, 255, 1]);
    assert_eq!(row.get::<String>(1).unwrap(), "ümlaut 🦀");
    assert_eq!(row.get::<i64>(2).unwrap(), i64::MIN);
    assert_eq!(row.get::<Option<String>>(3).unwrap(), None);
}

async fn a_database_that_is_newer_is_refused_with_a_sentence(server: &TestServer) {
    let storage = open(server).await;
    storage
        .write(WriteKey::Server("test"), |transaction| {
            Box::pin(async move {
                let sql = "INSERT INTO migrations (name) VALUES ('9999_future')";
                transaction.execute(sql, Vec::new()).await
            })
        })
        .await
        .unwrap();
    drop(storage);

    let location = DatabaseLocation::parse(server.config.database.expose()).unwrap();
    let refusal = Storage::open(&location).await.unwrap_err();
    assert!(refusal.to_string().contains("9999_future"), "{refusal}");
}
