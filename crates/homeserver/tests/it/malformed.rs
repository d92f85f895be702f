//! Whatever is sent, the answer is one of the specification's, and the server goes on.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use trellis_homeserver::Config;

use crate::harness::{PATIENCE, TestServer};

on_both!(
    what_is_malformed_is_refused_everywhere,
    what_is_unknown_is_ignored,
    a_null_character_is_refused,
    what_lies_too_deep_reaches_nobody,
);

mod hurried {
    use super::{a_request_that_takes_too_long_is_given_up, hurry};

    on_both!(hurry: a_request_that_takes_too_long_is_given_up);
}

fn hurry(config: &mut Config) {
    config.request_timeout = Duration::ZERO;
}

/// Endpoints that read a body; USER is the one who asks.
const ENDPOINTS: &[(&str, &str)] = &[
    ("POST", "account/password"),
    ("POST", "createRoom"),
    ("POST", "delete_devices"),
    ("POST", "keys/claim"),
    ("POST", "keys/device_signing/upload"),
    ("POST", "keys/query"),
    ("POST", "keys/signatures/upload"),
    ("POST", "keys/upload"),
    ("POST", "login"),
    ("POST", "publicRooms"),
    ("POST", "pushers/set"),
    ("POST", "refresh"),
    ("POST", "register"),
    ("POST", "room_keys/version"),
    ("POST", "search"),
    ("POST", "user/USER/filter"),
    ("POST", "user_directory/search"),
    ("PUT", "devices/DEVICE"),
    ("PUT", "profile/USER/displayname"),
    ("PUT", "profile/USER/org.example.field"),
    ("PUT", "pushrules/global/room/!a:b"),
    ("PUT", "room_keys/keys?version=1"),
    ("PUT", "room_keys/keys/!a:b?version=1"),
    ("PUT", "room_keys/keys/!a:b/session?version=1"),
    ("PUT", "room_keys/version/1"),
    ("PUT", "rooms/!a:b/send/m.room.message/1"),
    ("PUT", "rooms/!a:b/state/m.room.name"),
    ("PUT", "sendToDevice/m.test/1"),
    ("PUT", "user/USER/account_data/m.test"),
    ("PUT", "user/USER/rooms/!a:b/tags/u.test"),
];

const BODIES: &[&str] = &[
    "",
    "{",
    "[]",
    "5",
    "null",
    "\"text\"",
    "\u{1f980}",
    r#"{"messages":[],"device_keys":5,"one_time_keys":"x","auth":7,"search_categories":[],"rooms":0}"#,
    r#"{"username":{},"password":[],"sessions":"","algorithm":1,"auth_data":1,"kind":9,"filter":"x"}"#,
    r#"{"first_message_index":-1,"forwarded_count":1e99,"is_verified":0,"order":"x","limit":-5}"#,
];

async fn what_is_malformed_is_refused_everywhere(server: &TestServer) {
    let alice = server.register("alice").await;

    for (method, path) in ENDPOINTS {
        let path = path.replace("USER", &alice.user_id).replace("DEVICE", &alice.device_id);
        let method: Method = method.parse().unwrap();
        for body in BODIES {
            let path = format!("/_matrix/client/v3/{path}");
            let answer = alice.raw(method.clone(), &path, Some((*body).to_owned())).await;
            assert!(answer.status.as_u16() < 500, "{method} {path} {body}: {} {}", answer.status, answer.body);
            if answer.status.is_client_error() && answer.status != 401 {
                assert!(answer.body["errcode"].is_string(), "{method} {path} {body}: {}", answer.body);
            }
        }
    }
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let answer = alice.raw(Method::POST, "/_matrix/client/v3/search", Some(deep)).await;
    assert_eq!(answer.status, 400);
    alice.get(["account", "whoami"]).await.ok();
}

async fn what_is_unknown_is_ignored(server: &TestServer) {
    let alice = server.register("alice").await;

    let body = json!({ "search_term": "x", "org.example.unknown": { "a": [1] } });
    alice.post(["user_directory", "search"], body).await.ok();
    alice.query(["pushers"], &[("unknown", "x")]).await.ok();
}

/// What one user may send another must be possible to read.
async fn what_lies_too_deep_reaches_nobody(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let nested = |depth: usize| {
        let content = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        format!(r#"{{"messages":{{"{}":{{"*":{content}}}}}}}"#, bob.user_id)
    };

    let path = "/_matrix/client/v3/sendToDevice/m.test";
    alice.raw(Method::PUT, &format!("{path}/1"), Some(nested(97))).await.ok();
    alice.raw(Method::PUT, &format!("{path}/2"), Some(nested(98))).await.assert_errcode(400, "M_BAD_JSON");

    let sync = bob.sync().await;
    assert_eq!(sync["to_device"]["events"].as_array().unwrap().len(), 1);
}

async fn a_null_character_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let login = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "alice" },
        "password": crate::harness::PASSWORD,
        "device_id": "A\u{0}B",
    });

    let answer = server.stranger().post(["login"], login).await;
    assert!(answer.status.is_client_error() || answer.status.is_success(), "{}", answer.body);
    let query = json!({ "device_keys": { "@a\u{0}b:trellis.test": [] } });
    let answer = alice.post(["keys", "query"], query).await;
    assert!(answer.status.is_client_error() || answer.status.is_success(), "{}", answer.body);
}

/// Who never sends what they announced is answered all the same.
async fn a_request_that_takes_too_long_is_given_up(server: &TestServer) {
    let address = server.url().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head = format!("POST /_matrix/client/v3/login HTTP/1.1\r\nHost: {address}\r\nContent-Length: 10\r\n\r\n{{");
    stream.write_all(head.as_bytes()).await.unwrap();

    let mut answer = Vec::new();
    while !answer.windows(9).any(|part| part == b"M_UNKNOWN") {
        let read =
            tokio::time::timeout(PATIENCE, stream.read_buf(&mut answer)).await.expect("an answer comes").unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&answer));
    }
    assert!(answer.starts_with(b"HTTP/1.1 504"), "{}", String::from_utf8_lossy(&answer));
}
