//! Backups of room keys: versions, keys at three levels, and which key is kept.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, TestClient, TestServer};

on_both!(
    a_backup_is_made_changed_and_deleted,
    deleted_versions_are_not_used_again,
    keys_are_stored_and_found_at_every_level,
    only_a_better_key_takes_the_place_of_another,
    keys_go_into_the_newest_backup_only,
    keys_are_deleted_at_every_level,
    what_is_no_backup_is_refused,
    what_belongs_to_an_algorithm_is_for_clients_to_read,
);

const ALGORITHM: &str = "m.megolm_backup.v1.curve25519-aes-sha2";
const ROOM: &str = "!room:trellis.test";

fn algorithm(public_key: &str) -> Value {
    json!({ "algorithm": ALGORITHM, "auth_data": { "public_key": public_key, "signatures": {} } })
}

fn key(index: u64, forwarded: u64, verified: bool) -> Value {
    json!({
        "first_message_index": index,
        "forwarded_count": forwarded,
        "is_verified": verified,
        "session_data": { "ephemeral": "AAAA", "ciphertext": "BBBB", "mac": "CCCC" },
    })
}

async fn create(client: &TestClient) -> String {
    client.post(["room_keys", "version"], algorithm("abcd")).await.string("version")
}

async fn at(client: &TestClient, method: Method, path: &str, version: &str, body: Option<Value>) -> Answer {
    let path = format!("/_matrix/client/v3/room_keys/keys{path}?version={version}");
    client.raw(method, &path, body.map(|body| body.to_string())).await
}

async fn put(client: &TestClient, path: &str, version: &str, body: Value) -> Answer {
    at(client, Method::PUT, path, version, Some(body)).await
}

async fn get(client: &TestClient, path: &str, version: &str) -> Answer {
    at(client, Method::GET, path, version, None).await
}

async fn a_backup_is_made_changed_and_deleted(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    alice.get(["room_keys", "version"]).await.assert_errcode(404, "M_NOT_FOUND");

    let version = create(&alice).await;
    let expected = json!({ "algorithm": ALGORITHM, "auth_data": algorithm("abcd")["auth_data"], "count": 0, "etag": "0", "version": version });
    assert_eq!(alice.get(["room_keys", "version"]).await.ok(), expected);
    assert_eq!(alice.get(["room_keys", "version", &version]).await.ok(), expected);
    bob.get(["room_keys", "version", &version]).await.assert_errcode(404, "M_NOT_FOUND");

    alice.put(["room_keys", "version", &version], algorithm("efgh")).await.ok();
    let info = alice.get(["room_keys", "version"]).await.ok();
    assert_eq!(info["auth_data"]["public_key"], "efgh");
    let mut other = algorithm("efgh");
    other["algorithm"] = "org.example.other".into();
    let path = ["room_keys", "version", &*version];
    alice.put(path, other).await.assert_errcode(400, "M_INVALID_PARAM");
    let mut other = algorithm("efgh");
    other["version"] = "99".into();
    alice.put(path, other).await.assert_errcode(400, "M_INVALID_PARAM");
    alice.put(["room_keys", "version", "99"], algorithm("efgh")).await.assert_errcode(404, "M_NOT_FOUND");

    alice.delete(path).await.ok();
    alice.delete(path).await.ok();
    alice.delete(["room_keys", "version", "99"]).await.assert_errcode(404, "M_NOT_FOUND");
    alice.get(["room_keys", "version"]).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn deleted_versions_are_not_used_again(server: &TestServer) {
    let alice = server.register("alice").await;
    let first = create(&alice).await;
    alice.delete(["room_keys", "version", &first]).await.ok();

    let second = create(&alice).await;

    assert_ne!(first, second);
    let third = create(&alice).await;
    alice.delete(["room_keys", "version", &third]).await.ok();
    assert_eq!(alice.get(["room_keys", "version"]).await.ok()["version"], second);
}

async fn keys_are_stored_and_found_at_every_level(server: &TestServer) {
    let alice = server.register("alice").await;
    let version = create(&alice).await;
    let (one, two, three) = (key(0, 0, true), key(1, 0, false), key(2, 1, false));

    let stored = put(&alice, &format!("/{ROOM}/one"), &version, one.clone()).await.ok();
    assert_eq!((&stored["count"], &stored["etag"]), (&json!(1), &json!("1")));
    put(&alice, &format!("/{ROOM}"), &version, json!({ "sessions": { "two": two } })).await.ok();
    let everything = json!({ "rooms": { "!other:trellis.test": { "sessions": { "three": three } } } });
    let stored = put(&alice, "", &version, everything).await.ok();
    assert_eq!((&stored["count"], &stored["etag"]), (&json!(3), &json!("3")));
    server.restart().await;

    assert_eq!(get(&alice, &format!("/{ROOM}/one"), &version).await.ok(), one);
    let room = json!({ "sessions": { "one": one, "two": two } });
    assert_eq!(get(&alice, &format!("/{ROOM}"), &version).await.ok(), room);
    let rooms = json!({ "rooms": { ROOM: room, "!other:trellis.test": { "sessions": { "three": three } } } });
    assert_eq!(get(&alice, "", &version).await.ok(), rooms);
    get(&alice, &format!("/{ROOM}/four"), &version).await.assert_errcode(404, "M_NOT_FOUND");
    assert_eq!(get(&alice, "/!none:trellis.test", &version).await.ok(), json!({ "sessions": {} }));
    get(&alice, "", "99").await.assert_errcode(404, "M_NOT_FOUND");
}

async fn only_a_better_key_takes_the_place_of_another(server: &TestServer) {
    let alice = server.register("alice").await;
    let version = create(&alice).await;
    let path = format!("/{ROOM}/session");
    put(&alice, &path, &version, key(5, 5, false)).await.ok();

    for (new, better) in [
        (key(6, 0, false), false),
        (key(5, 5, false), false),
        (key(5, 4, false), true),
        (key(4, 9, false), true),
        (key(9, 9, true), true),
        (key(0, 0, false), false),
        (key(8, 9, true), true),
    ] {
        let before = get(&alice, &path, &version).await.ok();
        let etag = alice.get(["room_keys", "version"]).await.ok()["etag"].clone();
        let answer = put(&alice, &path, &version, new.clone()).await.ok();
        assert_eq!(answer["etag"] != etag, better, "{new}");
        assert_eq!(answer["count"], 1);
        assert_eq!(get(&alice, &path, &version).await.ok(), if better { new } else { before });
    }
}

async fn keys_go_into_the_newest_backup_only(server: &TestServer) {
    let alice = server.register("alice").await;
    let path = format!("/{ROOM}/session");
    put(&alice, &path, "1", key(0, 0, true)).await.assert_errcode(404, "M_NOT_FOUND");
    let old = create(&alice).await;
    let new = create(&alice).await;

    let answer = put(&alice, &path, &old, key(0, 0, true)).await;

    answer.assert_errcode(403, "M_WRONG_ROOM_KEYS_VERSION");
    assert_eq!(answer.body["current_version"], new);
    put(&alice, &path, &new, key(0, 0, true)).await.ok();
}

async fn keys_are_deleted_at_every_level(server: &TestServer) {
    let alice = server.register("alice").await;
    let version = create(&alice).await;
    let sessions = json!({ "sessions": { "a": key(0, 0, true), "b": key(0, 0, true), "c": key(0, 0, true) } });
    let rooms = json!({ "rooms": { ROOM: sessions, "!other:trellis.test": sessions } });
    put(&alice, "", &version, rooms).await.ok();
    let delete = async |path: &str| at(&alice, Method::DELETE, path, &version, None).await.ok()["count"].clone();

    assert_eq!(delete(&format!("/{ROOM}/a")).await, 5);
    assert_eq!(delete(&format!("/{ROOM}/a")).await, 5);
    assert_eq!(delete(&format!("/{ROOM}")).await, 3);
    assert_eq!(delete("").await, 0);
    at(&alice, Method::DELETE, "", "99", None).await.assert_errcode(404, "M_NOT_FOUND");
    at(&alice, Method::DELETE, &format!("/{ROOM}"), "99", None).await.assert_errcode(404, "M_NOT_FOUND");
    at(&alice, Method::DELETE, &format!("/{ROOM}/a"), "99", None).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn what_is_no_backup_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    alice.post(["room_keys", "version"], json!({ "algorithm": ALGORITHM })).await.assert_errcode(400, "M_BAD_JSON");
    let version = create(&alice).await;

    let answer = put(&alice, &format!("/{ROOM}/a"), &version, json!({ "is_verified": "yes" })).await;
    answer.assert_errcode(400, "M_BAD_JSON");
    let sessions = json!({ "sessions": { "a\u{0}b": key(0, 0, true) } });
    put(&alice, &format!("/{ROOM}"), &version, sessions).await.assert_errcode(400, "M_INVALID_PARAM");
    let answer = put(&alice, "", &version, json!({ "rooms": [] })).await;
    answer.assert_errcode(400, "M_BAD_JSON");
    server.stranger().get(["room_keys", "version"]).await.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn what_belongs_to_an_algorithm_is_for_clients_to_read(server: &TestServer) {
    let alice = server.register("alice").await;
    let made = json!({ "algorithm": ALGORITHM, "auth_data": "opaque" });

    alice.post(["room_keys", "version"], made).await.ok();

    assert_eq!(alice.get(["room_keys", "version"]).await.ok()["auth_data"], "opaque");
    let lacking = json!({ "algorithm": ALGORITHM, "auth_data": {} });
    alice.post(["room_keys", "version"], lacking).await.assert_errcode(400, "M_BAD_JSON");
    let version = create(&alice).await;
    let mut opaque = key(0, 0, true);
    opaque["session_data"] = "opaque".into();
    put(&alice, &format!("/{ROOM}/a"), &version, opaque.clone()).await.ok();
    assert_eq!(get(&alice, &format!("/{ROOM}/a"), &version).await.ok(), opaque);
}
