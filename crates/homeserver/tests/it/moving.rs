//! A server moves between SQLite and PostgreSQL with all it has, and its clients do not notice.

use std::process::{Command, Output};

use reqwest::Method;
use trellis_homeserver::Config;

use crate::harness::{ScratchDatabase, TestServer};

on_both!(a_server_moves_to_the_other_engine, a_database_that_was_used_takes_no_copy);

/// A database of the engine that the server is not on.
enum Other {
    Sqlite(String),
    Postgres(ScratchDatabase),
}

impl Other {
    async fn than(config: &Config) -> Self {
        if config.database.expose().starts_with("sqlite:") {
            Self::Postgres(ScratchDatabase::create().await)
        } else {
            Self::Sqlite(format!("sqlite:{}", config.data_dir.join("other.db").display()))
        }
    }

    fn url(&self) -> &str {
        match self {
            Self::Sqlite(url) => url,
            Self::Postgres(database) => &database.url,
        }
    }

    async fn remove(self) {
        if let Self::Postgres(database) = self {
            database.remove().await;
        }
    }
}

fn copy(config: &Config, to: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trellis-homeserver"));
    command.args(["copy-database", to, "--server-name", "trellis.test", "--database", config.database.expose()]);
    command.arg("--data-dir").arg(&config.data_dir).output().unwrap()
}

async fn a_server_moves_to_the_other_engine(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let said: Vec<String> = [alice.say(&room, "one").await, bob.say(&room, "two").await].into();
    let upload = alice.raw(Method::POST, "/_matrix/media/v3/upload", Some("a file".to_owned())).await;
    let file = format!("/_matrix/client/v1/media/download/{}", upload.string("content_uri").replace("mxc://", ""));
    let mut since = alice.token_now().await;
    server.stop().await;
    let other = Other::than(&server.config).await;

    let copied = copy(&server.config, other.url());

    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    let config = Config { database: other.url().to_owned().into(), ..server.config.clone() };
    let moved = server.on(config).await;
    let (alice, bob) = (moved.client(&alice), moved.client(&bob));
    let three = bob.say(&room, "three").await;
    let sync = alice.sync_until(&mut since, |sync| !sync.timeline_ids(&room).is_empty()).await;
    assert_eq!(sync.timeline_ids(&room), [&*three]);
    let page = alice.query(["rooms", &room, "messages"], &[("dir", "b"), ("limit", "3")]).await.ok();
    let ids: Vec<&str> = page["chunk"].as_array().unwrap().iter().map(|e| e["event_id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&*three, &said[1], &said[0]]);
    assert_eq!(alice.raw(Method::GET, &file, None).await.status, 200);
    // What is new gets numbers that nobody has.
    let another = alice.public_room().await;
    bob.join(&another).await;
    moved.stop().await;
    other.remove().await;
}

async fn a_database_that_was_used_takes_no_copy(server: &TestServer) {
    server.register("alice").await;
    server.stop().await;
    let other = Other::than(&server.config).await;
    assert!(copy(&server.config, other.url()).status.success());
    let config = Config { database: other.url().to_owned().into(), ..server.config.clone() };

    let again = copy(&server.config, other.url());
    let itself = copy(&config, other.url());

    assert!(String::from_utf8_lossy(&again.stderr).contains("a server has used this database already"));
    assert!(String::from_utf8_lossy(&itself.stderr).contains("this is the database itself"));
    other.remove().await;
}
