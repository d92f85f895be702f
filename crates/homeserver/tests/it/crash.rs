//! The real binary, killed again and again in the middle of its work: what it acknowledged is there, once.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use sqlx::{Connection as _, Row as _};

use crate::harness::{Binary, Engine, Load};

const KILLS: usize = 200;

/// The moments are random, and the same in every run as far as the machine allows.
const SEED: u64 = 1;

#[test]
fn sqlite_loses_nothing_that_was_acknowledged() {
    run(Engine::Sqlite);
}

#[test]
fn postgres_loses_nothing_that_was_acknowledged() {
    run(Engine::Postgres);
}

fn run(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut server = Binary::start(engine).await;
        let load = Load::prepare(|| server.client()).await;

        let killing = async {
            let mut rng = StdRng::seed_from_u64(SEED);
            for _ in 0..KILLS {
                // From before the first answer to well into them, and at any instant between two.
                load.acknowledged(rng.random_range(0..30)).await;
                for _ in 0..rng.random_range(0..200) {
                    tokio::task::yield_now().await;
                }
                server.kill();
                server.restart().await;
                load.recovered();
            }
        };
        load.run(killing).await;

        load.check().await;
        if engine == Engine::Sqlite {
            let file = server.data().join("homeserver.db");
            let mut database = sqlx::SqliteConnection::connect(&file.to_string_lossy()).await.unwrap();
            let found = sqlx::query("PRAGMA integrity_check").fetch_one(&mut database).await.unwrap();
            assert_eq!(found.get::<String, _>(0), "ok");
            let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut database).await.unwrap();
            assert_eq!(broken.len(), 0, "every row has what it points at");
        }
        server.end().await;
    });
}
