use std::sync::Arc;

use ruma::{MilliSecondsSinceUnixEpoch, UInt};

use super::{REQUESTS_KEPT, clean};
use crate::{
    environment::{Clock, Environment, Randomness},
    storage::{StorageError, WriteKey, args, tests::Scratch},
};

#[derive(Debug)]
struct At(u64);

impl Clock for At {
    fn now(&self) -> MilliSecondsSinceUnixEpoch {
        MilliSecondsSinceUnixEpoch(UInt::new_saturating(self.0))
    }
}

impl Randomness for At {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[tokio::test]
async fn a_request_is_remembered_for_a_month() {
    let scratch = Scratch::new();
    let storage = scratch.open().await.unwrap();
    storage
        .write(WriteKey::Server("test"), |transaction| {
            Box::pin(async move {
                let sql = "INSERT INTO transactions (user_id, device_id, path, response, created_at) \
                     VALUES ('@a:test', 'D', '/old', $1, 1), ('@a:test', 'D', '/new', $1, 2)";
                transaction.execute(sql, args![vec![0_u8]]).await?;
                Ok::<_, StorageError>(())
            })
        })
        .await
        .unwrap();

    let now = u64::try_from(REQUESTS_KEPT.as_millis()).unwrap() + 2;
    clean(&storage, &Environment::new(Arc::new(At(now)), Arc::new(At(now)))).await.unwrap();

    let mut connection = storage.read().await.unwrap();
    let rows = connection.fetch_all("SELECT path FROM transactions", args![]).await.unwrap();
    let paths: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
    assert_eq!(paths, ["/new"]);
}
