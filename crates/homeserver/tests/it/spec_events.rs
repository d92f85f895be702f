//! The specification's example events are taken as they are, and given back so.

#[path = "../../../testkit/fixtures/examples.rs"]
mod examples;

use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer, sync::events};

use examples::{Example, examples};

on_both!(
    examples_of_messages_are_kept_as_they_are,
    examples_of_state_are_kept_as_they_are,
    examples_of_account_data_are_kept_as_they_are,
    examples_for_devices_reach_them_as_they_are,
);

/// State that nobody may send as it stands in its example, and the answer.
const REFUSED: [(&str, u16, &str); 7] = [
    // There is no room without one, and no room with two.
    ("m.room.create", 403, "M_FORBIDDEN"),
    // The alias is not one of the room.
    ("m.room.canonical_alias", 400, "M_BAD_ALIAS"),
    // Nobody joins for another, and who is of another server cannot be invited yet.
    ("m.room.member", 403, "M_FORBIDDEN"),
    ("m.room.member$invite_room_state", 400, "M_UNKNOWN"),
    ("m.room.member$join_authorised_via_users_server", 403, "M_FORBIDDEN"),
    ("m.room.member$knock_room_state", 403, "M_FORBIDDEN"),
    ("m.room.member$third_party_invite", 400, "M_UNKNOWN"),
];

/// Account data that the server keeps itself: it has endpoints of its own.
const KEPT_BY_SERVER: [&str; 2] = ["m.push_rules", "m.fully_read"];

/// Account data of a room; the others are of the account.
const OF_A_ROOM: [&str; 3] = ["m.fully_read", "m.marked_unread", "m.tag"];

/// What is neither sent to a room nor to a device nor kept for the account.
const PASSING: [&str; 3] = ["m.presence", "m.receipt", "m.typing"];

/// What devices say to each other.
const BETWEEN_DEVICES: [&str; 6] =
    ["m.dummy", "m.forwarded_room_key", "m.key.verification.", "m.room.encrypted$olm", "m.room_key", "m.secret."];

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Message,
    State,
    AccountData,
    ToDevice,
    Passing,
}

fn sort(example: &Example) -> Sort {
    if PASSING.contains(&example.name.as_str()) {
        Sort::Passing
    } else if BETWEEN_DEVICES.iter().any(|prefix| example.name.starts_with(prefix)) {
        Sort::ToDevice
    } else if example.event["state_key"].is_string() {
        Sort::State
    } else if example.event["event_id"].is_string() {
        Sort::Message
    } else {
        Sort::AccountData
    }
}

/// Name, type and content of the examples of a sort.
fn of(wanted: Sort) -> Vec<(String, String, Value)> {
    let examples: Vec<_> = examples().into_iter().filter(|example| sort(example) == wanted).collect();
    assert!(!examples.is_empty());
    let parts = |example: Example| {
        let kind = example.event["type"].as_str().unwrap().to_owned();
        (example.name, kind, example.event["content"].clone())
    };
    examples.into_iter().map(parts).collect()
}

/// The content of an event, as its ID gives it.
async fn content(client: &TestClient, room: &str, event_id: &str) -> Value {
    client.get(["rooms", room, "event", event_id]).await.ok()["content"].take()
}

async fn examples_of_messages_are_kept_as_they_are(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let since = bob.token_now().await;

    let mut sent = Vec::new();
    for (name, kind, mut example) in of(Sort::Message) {
        if kind == "m.room.redaction" {
            // What it redacts has to be in the room.
            example["redacts"] = json!(alice.say(&room, "to be redacted").await);
        }
        let event_id = alice.send_event(&room, &kind, example.clone()).await;
        assert_eq!(content(&alice, &room, &event_id).await, example, "{name}");
        sent.push(event_id);
    }

    let filter = json!({ "room": { "timeline": { "limit": 200 } } });
    let sync = bob.sync().since(&since).filter(&filter).await;
    let received = sync.timeline_ids(&room);
    for event_id in &sent {
        assert!(received.contains(&event_id.as_str()), "{event_id} comes with the sync");
    }
}

async fn examples_of_state_are_kept_as_they_are(server: &TestServer) {
    let alice = server.register("alice").await;

    for example in examples().into_iter().filter(|example| sort(example) == Sort::State) {
        // Some change what may come after them.
        let room = alice.public_room().await;
        let (kind, key) = (example.event["type"].as_str().unwrap(), example.event["state_key"].as_str().unwrap());
        let sent = alice.put(["rooms", &room, "state", kind, key], example.event["content"].clone()).await;
        if let Some((_, status, errcode)) = REFUSED.iter().find(|(name, ..)| *name == example.name) {
            sent.assert_errcode(*status, errcode);
            continue;
        }
        let event_id = sent.string("event_id");
        let kept = alice.get(["rooms", &room, "state", kind, key]).await.ok();
        assert_eq!(kept, example.event["content"], "{}", example.name);
        assert_eq!(content(&alice, &room, &event_id).await, example.event["content"], "{}", example.name);
    }
}

async fn examples_of_account_data_are_kept_as_they_are(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let since = alice.token_now().await;

    for (name, kind, content) in of(Sort::AccountData) {
        let (put, got) = if OF_A_ROOM.contains(&kind.as_str()) {
            let path = ["user", &alice.user_id, "rooms", &room, "account_data", &kind];
            (alice.put(path, content.clone()).await, alice.get(path).await)
        } else {
            let path = ["user", &alice.user_id, "account_data", &kind];
            (alice.put(path, content.clone()).await, alice.get(path).await)
        };
        if KEPT_BY_SERVER.contains(&kind.as_str()) {
            put.assert_errcode(405, "M_BAD_JSON");
        } else {
            put.ok();
            assert_eq!(got.ok(), content, "{name}");
        }
    }

    let sync = alice.sync().since(&since).await;
    for (name, kind, content) in of(Sort::AccountData) {
        if !KEPT_BY_SERVER.contains(&kind.as_str()) {
            let found = sync.account_data(&kind).or_else(|| sync.room_account_data(&room, &kind));
            assert_eq!(found, Some(&content), "{name}");
        }
    }
}

async fn examples_for_devices_reach_them_as_they_are(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);

    for (name, kind, content) in of(Sort::ToDevice) {
        let body = json!({ "messages": { &bob.user_id: { &bob.device_id: content } } });
        alice.put(["sendToDevice", &kind, &name], body).await.ok();
    }

    let sync = bob.sync().await;
    let received = events(&sync["to_device"]);
    let expected = of(Sort::ToDevice);
    assert_eq!(received.len(), expected.len());
    for (event, (name, kind, content)) in received.iter().zip(expected) {
        assert_eq!((&event["type"], &event["content"]), (&json!(kind), &content), "{name}");
    }
}
