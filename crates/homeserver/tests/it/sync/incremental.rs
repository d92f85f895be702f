//! What comes after a token.

use serde_json::json;

use super::{limit, types};
use crate::harness::{PATIENCE, TestServer};

on_both!(
    only_rooms_in_which_something_happened_come,
    a_timeline_that_is_cut_brings_the_state_of_the_gap,
    the_same_token_brings_the_same_events,
    every_event_comes_exactly_once,
    the_transaction_id_comes_back_to_its_device_alone,
    a_redaction_comes_and_takes_the_content,
    a_change_of_state_tells_what_was_before,
    a_token_outlives_a_restart,
);

async fn only_rooms_in_which_something_happened_come(server: &TestServer) {
    let alice = server.register("alice").await;
    let (room, quiet) = (alice.create_room(json!({})).await, alice.create_room(json!({})).await);
    let since = alice.token_now().await;
    let event = alice.say(&room, "hello").await;

    let sync = alice.sync().since(&since).await;

    assert_eq!(sync.timeline_ids(&room), [event.as_str()]);
    assert!(sync.joined(&quiet).is_null());
    assert!(sync.state(&room).is_empty());
    assert_eq!(sync.joined(&room)["timeline"]["limited"], false);
    assert!(sync["account_data"].is_null());
}

async fn a_timeline_that_is_cut_brings_the_state_of_the_gap(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({})).await;
    let since = alice.token_now().await;
    alice.set_state(&room, "m.room.topic", json!({ "topic": "first" })).await;
    let topic = alice.set_state(&room, "m.room.topic", json!({ "topic": "second" })).await;
    for number in 0..3 {
        alice.say(&room, &number.to_string()).await;
    }

    let sync = alice.sync().since(&since).filter(&limit(2)).await;

    assert_eq!(sync.bodies(&room), ["1", "2"]);
    assert_eq!(sync.joined(&room)["timeline"]["limited"], true);
    let state = sync.state(&room);
    assert_eq!(types(state), ["m.room.topic"]);
    assert_eq!(state[0]["event_id"], topic.as_str());
}

async fn the_same_token_brings_the_same_events(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({})).await;
    let since = alice.token_now().await;
    let event = alice.say(&room, "hello").await;

    for _ in 0..2 {
        assert_eq!(alice.sync().since(&since).await.timeline_ids(&room), [event.as_str()]);
    }
}

async fn every_event_comes_exactly_once(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let mut since = bob.token_now().await;
    let sending = async {
        let sends = (0..40).map(|number| {
            let (alice, room) = (&alice, &room);
            async move { alice.say(room, &number.to_string()).await }
        });
        futures::future::join_all(sends).await
    };
    let receiving = async {
        let mut received = Vec::new();
        while received.len() < 40 {
            let sync = bob.sync().since(&since).filter(&limit(40)).timeout(PATIENCE).await;
            since = sync.next_batch();
            assert_ne!(sync.joined(&room)["timeline"]["limited"], true);
            received.extend(sync.timeline_ids(&room).into_iter().map(str::to_owned));
        }
        received
    };

    let (mut sent, mut received) = tokio::join!(sending, receiving);

    sent.sort_unstable();
    received.sort_unstable();
    assert_eq!(sent, received);
}

async fn the_transaction_id_comes_back_to_its_device_alone(server: &TestServer) {
    let alice = server.register("alice").await;
    let other = server.log_in("alice").await;
    let room = alice.create_room(json!({})).await;
    let content = json!({ "msgtype": "m.text", "body": "hello" });
    alice.send_as(&room, "m.room.message", "my txn", content).await.ok();

    let (here, there) = (alice.sync().await, other.sync().await);

    assert_eq!(here.timeline(&room).last().unwrap()["unsigned"]["transaction_id"], "my txn");
    assert!(there.timeline(&room).last().unwrap()["unsigned"]["transaction_id"].is_null());
}

async fn a_redaction_comes_and_takes_the_content(server: &TestServer) {
    let alice = server.register("alice").await;
    for version in ["10", "11", "12"] {
        let room = alice.create_room(json!({ "room_version": version })).await;
        let event = alice.say(&room, "secret").await;
        let since = alice.token_now().await;
        let redaction = alice.redact(&room, &event).await;

        let sync = alice.sync().since(&since).await;
        let whole = alice.sync().await;

        let [comes] = sync.timeline(&room) else { panic!("one event, not {:?}", sync.timeline(&room)) };
        assert_eq!(comes["event_id"], redaction.as_str());
        assert_eq!((&comes["redacts"], &comes["content"]["redacts"]), (&json!(event), &json!(event)));
        let redacted = whole.timeline(&room).iter().find(|other| other["event_id"] == event.as_str()).unwrap();
        assert_eq!(redacted["content"], json!({}));
        assert_eq!(redacted["unsigned"]["redacted_because"]["event_id"], redaction.as_str());
    }
}

async fn a_change_of_state_tells_what_was_before(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({ "name": "before" })).await;
    let since = alice.token_now().await;
    alice.set_state(&room, "m.room.name", json!({ "name": "after" })).await;

    let sync = alice.sync().since(&since).await;

    let event = &sync.timeline(&room)[0];
    assert_eq!(event["unsigned"]["prev_content"]["name"], "before");
    assert!(event["unsigned"]["replaces_state"].is_string());
}

async fn a_token_outlives_a_restart(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({})).await;
    let since = alice.token_now().await;
    let before = alice.say(&room, "before").await;

    server.restart().await;

    let after = alice.say(&room, "after").await;
    assert_eq!(alice.sync().since(&since).await.timeline_ids(&room), [before.as_str(), after.as_str()]);
}
