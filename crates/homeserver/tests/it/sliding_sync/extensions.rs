//! What is told besides the rooms.

use serde_json::{Value, json};

use super::{all, ask, pos, until};
use crate::harness::{TestClient, TestServer};

on_both!(
    messages_to_the_device_come_until_they_are_acknowledged,
    keys_and_devices_are_told,
    account_data_comes_with_its_room,
    receipts_come_of_the_rooms_one_has,
    typing_begins_and_ends,
    typing_ends_with_the_run_of_the_server,
    extensions_that_are_not_enabled_say_nothing,
);

fn with(extension: &str, value: Value) -> Value {
    let mut body = all(5);
    body["extensions"] = json!({ extension: value });
    body
}

fn enabled(extension: &str) -> Value {
    with(extension, json!({ "enabled": true }))
}

async fn two(server: &TestServer) -> (TestClient, TestClient, String) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    (alice, bob, room)
}

async fn messages_to_the_device_come_until_they_are_acknowledged(server: &TestServer) {
    let (alice, bob, _) = two(server).await;
    let mut from = pos(&ask(&bob, None, &enabled("to_device")).await.ok());
    let messages = json!({ "messages": { bob.user_id.as_str(): { bob.device_id.as_str(): { "n": 1 } } } });
    alice.put(["sendToDevice", "org.example", "txn"], messages).await.ok();
    let told = |answer: &Value| answer["extensions"]["to_device"]["events"].as_array().is_some_and(|it| !it.is_empty());

    let answer = until(&bob, &mut from, &enabled("to_device"), told).await;
    assert_eq!(answer["extensions"]["to_device"]["events"][0]["content"], json!({ "n": 1 }));
    // Until it says that it has them, they come again, whatever its position.
    assert!(told(&ask(&bob, Some(&from), &enabled("to_device")).await.ok()));
    let since = &answer["extensions"]["to_device"]["next_batch"];
    let acknowledged = with("to_device", json!({ "enabled": true, "since": since }));
    assert!(!told(&ask(&bob, Some(&from), &acknowledged).await.ok()));
    assert!(!told(&ask(&bob, None, &enabled("to_device")).await.ok()));
    let wrong = with("to_device", json!({ "enabled": true, "since": "x" }));
    ask(&bob, None, &wrong).await.assert_errcode(400, "M_INVALID_PARAM");
}

async fn keys_and_devices_are_told(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let first = ask(&alice, None, &enabled("e2ee")).await.ok();
    let told = &first["extensions"]["e2ee"];
    assert_eq!(told["device_one_time_keys_count"]["signed_curve25519"], 0);
    assert!(told["device_unused_fallback_key_types"].is_array() && told["device_lists"].is_null());

    bob.join(&room).await;
    let joined = ask(&alice, Some(&pos(&first)), &enabled("e2ee")).await.ok();
    assert_eq!(joined["extensions"]["e2ee"]["device_lists"]["changed"], json!([bob.user_id]));
    bob.leave(&room).await;
    let left = ask(&alice, Some(&pos(&joined)), &enabled("e2ee")).await.ok();
    assert_eq!(left["extensions"]["e2ee"]["device_lists"]["left"], json!([bob.user_id]));
}

async fn account_data_comes_with_its_room(server: &TestServer) {
    let (alice, _, room) = two(server).await;
    let tag = ["user", &alice.user_id, "rooms", &room, "tags", "m.favourite"];
    alice.put(tag, json!({})).await.ok();

    let first = ask(&alice, None, &enabled("account_data")).await.ok();
    let told = &first["extensions"]["account_data"];
    assert!(told["global"].as_array().unwrap().iter().any(|event| event["type"] == "m.push_rules"));
    assert_eq!(told["rooms"][&room][0]["type"], "m.tag");

    alice.put(["user", &alice.user_id, "account_data", "org.example"], json!({ "n": 1 })).await.ok();
    alice.delete(tag).await.ok();
    let second = ask(&alice, Some(&pos(&first)), &enabled("account_data")).await.ok();
    let told = &second["extensions"]["account_data"];
    assert_eq!(told["global"], json!([{ "type": "org.example", "content": { "n": 1 } }]));
    assert_eq!(told["rooms"][&room][0]["content"], json!({ "tags": {} }));
    let third = ask(&alice, Some(&pos(&second)), &enabled("account_data")).await.ok();
    assert!(third["extensions"]["account_data"].is_null());
}

async fn receipts_come_of_the_rooms_one_has(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let event = alice.say(&room, "hello").await;
    let first = ask(&alice, None, &enabled("receipts")).await.ok();
    bob.post(["rooms", &room, "receipt", "m.read", &event], json!({})).await.ok();

    let mut from = pos(&first);
    let told = |answer: &Value| !answer["extensions"]["receipts"].is_null();
    let answer = until(&alice, &mut from, &enabled("receipts"), told).await;

    let receipts = &answer["extensions"]["receipts"]["rooms"][&room];
    assert!(receipts["content"][&event]["m.read"][&bob.user_id]["ts"].is_u64());
    let none = with("receipts", json!({ "enabled": true, "lists": [], "rooms": [] }));
    assert!(!told(&ask(&alice, Some(&pos(&first)), &none).await.ok()));
    assert!(told(&ask(&alice, None, &enabled("receipts")).await.ok()));
}

async fn typing_begins_and_ends(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let mut from = pos(&ask(&alice, None, &enabled("typing")).await.ok());
    let path = ["rooms", &room, "typing", &bob.user_id];
    let who = |answer: &Value| answer["extensions"]["typing"]["rooms"][&room]["content"]["user_ids"].clone();

    bob.put(path, json!({ "typing": true, "timeout": 30_000 })).await.ok();
    let begins = until(&alice, &mut from, &enabled("typing"), |answer| !who(answer).is_null()).await;
    assert_eq!(who(&begins), json!([bob.user_id]));
    // It is told once, not for ever.
    assert!(who(&ask(&alice, Some(&from), &enabled("typing")).await.ok()).is_null());
    bob.put(path, json!({ "typing": false })).await.ok();
    let ends = until(&alice, &mut from, &enabled("typing"), |answer| !who(answer).is_null()).await;
    assert_eq!(who(&ends), json!([]));
}

async fn typing_ends_with_the_run_of_the_server(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    bob.put(["rooms", &room, "typing", &bob.user_id], json!({ "typing": true, "timeout": 60_000 })).await.ok();
    let first = ask(&alice, None, &enabled("typing")).await.ok();
    let who = |answer: &Value| answer["extensions"]["typing"]["rooms"][&room]["content"]["user_ids"].clone();
    assert_eq!(who(&first), json!([bob.user_id]));
    server.restart().await;
    let mut again = server.stranger();
    again.token.clone_from(&alice.token);

    let second = ask(&again, Some(&pos(&first)), &enabled("typing")).await.ok();

    assert_eq!(who(&second), json!([]));
    assert!(who(&ask(&again, Some(&pos(&second)), &enabled("typing")).await.ok()).is_null());
}

async fn extensions_that_are_not_enabled_say_nothing(server: &TestServer) {
    let (alice, _, _) = two(server).await;

    let answer = ask(&alice, None, &all(1)).await.ok();

    assert_eq!(answer["extensions"], json!({}));
}
