//! What somebody who gets hold of the database cannot log in with.

use std::path::Path;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use crate::harness::{PASSWORD, TestServer};

on_both!(no_usable_token_and_no_password_is_stored);

async fn no_usable_token_and_no_password_is_stored(server: &TestServer) {
    let alice = server.register("alice").await;
    let body = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "alice" },
        "password": PASSWORD,
        "initial_device_display_name": "the kitchen tablet",
        "refresh_token": true,
    });
    let session = server.stranger().post(["login"], body).await.ok();
    let openid = alice.post(["user", &alice.user_id, "openid", "request_token"], json!({})).await.ok();
    let secrets = [
        alice.token.clone().unwrap(),
        text(&session, "access_token"),
        text(&session, "refresh_token"),
        text(&openid, "access_token"),
        PASSWORD.to_owned(),
    ];
    server.stop().await;

    let mut stored = Vec::new();
    read_files(&server.config.data_dir, &mut stored);
    let database = server.config.database.expose();
    if database.starts_with("postgres") {
        read_tables(database, &mut stored).await;
    }
    assert!(holds(&stored, "the kitchen tablet"), "the database was read");
    for secret in secrets {
        assert!(!holds(&stored, &secret), "{secret} is stored");
    }
}

fn text(answer: &Value, key: &str) -> String {
    answer[key].as_str().unwrap().to_owned()
}

/// Whether it is there as it is, or as bytes in hexadecimal.
fn holds(stored: &[u8], text: &str) -> bool {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    [text, &hex].iter().any(|part| stored.windows(part.len()).any(|window| window == part.as_bytes()))
}

/// Every file below a directory, one after the other.
fn read_files(dir: &Path, stored: &mut Vec<u8>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_files(&path, stored);
        } else {
            stored.extend(std::fs::read(path).unwrap());
        }
    }
}

/// Every row of every table, as PostgreSQL writes it: bytes in hexadecimal.
async fn read_tables(url: &str, stored: &mut Vec<u8>) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let names = "SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'";
    for name in sqlx::query(names).fetch_all(&mut connection).await.unwrap() {
        let rows = format!("SELECT part::text FROM {} part", name.get::<String, _>(0));
        for row in sqlx::query(AssertSqlSafe(rows)).fetch_all(&mut connection).await.unwrap() {
            stored.extend(row.get::<String, _>(0).into_bytes());
            stored.push(b'\n');
        }
    }
}
