//! What is the user's own: account data, tags, messages to the device, keys, whom they ignore.

use serde_json::json;

use crate::harness::TestServer;

on_both!(
    account_data_comes_to_other_devices,
    tags_come_with_their_room,
    a_room_that_was_joined_brings_its_account_data,
    messages_to_a_device_come_until_they_are_acknowledged,
    messages_of_ignored_users_do_not_come,
    device_lists_follow_those_one_shares_a_room_with,
    counts_of_keys_are_told,
);

async fn account_data_comes_to_other_devices(server: &TestServer) {
    let alice = server.register("alice").await;
    let other = server.log_in("alice").await;
    let mut since = other.token_now().await;

    alice.put(["user", &alice.user_id, "account_data", "org.example"], json!({ "n": 1 })).await.ok();
    let sync = other.sync_until(&mut since, |sync| sync.account_data("org.example").is_some()).await;

    assert_eq!(sync.account_data("org.example"), Some(&json!({ "n": 1 })));
    assert!(other.sync().since(&since).await.account_data("org.example").is_none());
}

async fn tags_come_with_their_room(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({})).await;
    let mut since = alice.token_now().await;

    alice.put(["user", &alice.user_id, "rooms", &room, "tags", "m.favourite"], json!({ "order": 0.5 })).await.ok();
    let sync = alice.sync_until(&mut since, |sync| sync.room_account_data(&room, "m.tag").is_some()).await;

    let tags = json!({ "tags": { "m.favourite": { "order": 0.5 } } });
    assert_eq!(sync.room_account_data(&room, "m.tag"), Some(&tags));
    assert!(sync.timeline(&room).is_empty());
    assert_eq!(alice.sync().await.room_account_data(&room, "m.tag"), Some(&tags));
}

async fn a_room_that_was_joined_brings_its_account_data(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let data = json!({ "unread": true });
    bob.put(["user", &bob.user_id, "rooms", &room, "account_data", "m.marked_unread"], data.clone()).await.ok();
    let since = bob.token_now().await;
    bob.join(&room).await;

    let sync = bob.sync().since(&since).await;

    assert_eq!(sync.room_account_data(&room, "m.marked_unread"), Some(&data));
}

async fn messages_to_a_device_come_until_they_are_acknowledged(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let mut since = bob.token_now().await;
    let start = since.clone();
    let messages = json!({ "messages": { bob.user_id.as_str(): { bob.device_id.as_str(): { "n": 1 } } } });
    alice.put(["sendToDevice", "org.example", "txn"], messages.clone()).await.ok();
    alice.put(["sendToDevice", "org.example", "txn"], messages).await.ok();

    let sync = bob.sync_until(&mut since, |sync| !sync["to_device"].is_null()).await;
    let again = bob.sync().since(&start).await;
    let after = bob.sync().since(&since).await;
    let late = bob.sync().since(&start).await;

    let expected = json!([{ "type": "org.example", "sender": alice.user_id, "content": { "n": 1 } }]);
    assert_eq!(sync["to_device"]["events"], expected);
    assert_eq!(again["to_device"]["events"], expected);
    assert!(after["to_device"].is_null());
    assert!(late["to_device"].is_null());
}

async fn messages_of_ignored_users_do_not_come(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let ignored = json!({ "ignored_users": { alice.user_id.as_str(): {} } });
    bob.put(["user", &bob.user_id, "account_data", "m.ignored_user_list"], ignored).await.ok();
    let since = bob.token_now().await;
    alice.say(&room, "noise").await;
    alice.set_state(&room, "m.room.topic", json!({ "topic": "state comes" })).await;

    let sync = bob.sync().since(&since).await;

    assert!(sync.bodies(&room).is_empty());
    assert_eq!(super::types(sync.timeline(&room)), ["m.room.topic"]);
    assert_eq!(sync.unread(&room), (Some(0), Some(0)));
}

async fn device_lists_follow_those_one_shares_a_room_with(server: &TestServer) {
    let (alice, bob, carol) =
        (server.register("alice").await, server.register("bob").await, server.register("carol").await);
    let room = alice.public_room().await;
    let mut since = alice.token_now().await;

    bob.join(&room).await;
    let joined = alice.sync_until(&mut since, |sync| !sync["device_lists"].is_null()).await;
    assert_eq!(joined["device_lists"]["changed"], json!([bob.user_id]));

    let keys = |client: &crate::harness::TestClient| {
        json!({ "device_keys": {
            "user_id": client.user_id, "device_id": client.device_id, "algorithms": [],
            "keys": { format!("ed25519:{}", client.device_id): "QrQmnHFTRBGZPz0vq5LLU5ZN3MGVCS4Zz3QjBpxOYcE" },
            "signatures": {},
        } })
    };
    carol.post(["keys", "upload"], keys(&carol)).await;
    bob.post(["keys", "upload"], keys(&bob)).await;
    let renamed = alice.sync().since(&since).await;
    assert!(!renamed["device_lists"]["changed"].to_string().contains(&carol.user_id));

    since = alice.token_now().await;
    bob.leave(&room).await;
    let left = alice.sync().since(&since).await;
    assert_eq!(left["device_lists"]["left"], json!([bob.user_id]));
}

async fn counts_of_keys_are_told(server: &TestServer) {
    let alice = server.register("alice").await;
    let since = alice.token_now().await;

    let sync = alice.sync().since(&since).await;

    assert_eq!(sync["device_one_time_keys_count"]["signed_curve25519"], 0);
    assert!(sync["device_unused_fallback_key_types"].is_array());
}
