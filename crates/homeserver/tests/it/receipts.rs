//! Receipts, read markers and the counts they clear.

use serde_json::{Value, json};

use crate::harness::{Answer, TestClient, TestServer};

on_both!(
    a_receipt_is_seen_by_everyone_in_the_room,
    a_private_receipt_is_seen_by_oneself_alone,
    a_receipt_does_not_go_back,
    threads_have_receipts_of_their_own,
    a_receipt_for_another_thread_is_refused,
    a_receipt_clears_what_it_covers,
    a_private_receipt_clears_as_well,
    threads_are_counted_apart_when_asked_for,
    mentions_are_highlights,
    only_who_may_notifies_the_room,
    own_words_clear_the_counts,
    a_redacted_message_is_no_longer_counted,
    rules_decide_what_is_counted,
    a_room_that_was_left_has_nothing_unread,
    the_marker_is_account_data,
    outsiders_and_wrong_receipts_are_refused,
    receipts_outlive_a_restart,
);

async fn receipt(client: &TestClient, room: &str, kind: &str, event: &str, body: Value) -> Answer {
    client.post(["rooms", room, "receipt", kind, event], body).await
}

async fn read(client: &TestClient, room: &str, event: &str) {
    receipt(client, room, "m.read", event, json!({})).await.ok();
}

/// Alice and Bob in a room of Alice's.
async fn two(server: &TestServer) -> (TestClient, TestClient, String) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    (alice, bob, room)
}

async fn in_thread(client: &TestClient, room: &str, root: &str, text: &str) -> String {
    let content = json!({
        "msgtype": "m.text", "body": text,
        "m.relates_to": { "rel_type": "m.thread", "event_id": root },
    });
    client.send_event(room, "m.room.message", content).await
}

async fn unread(client: &TestClient, room: &str) -> (u64, u64) {
    let (notifications, highlights) = client.sync().await.unread(room);
    (notifications.unwrap(), highlights.unwrap())
}

async fn a_receipt_is_seen_by_everyone_in_the_room(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let event = alice.say(&room, "hello").await;
    let mut since = alice.token_now().await;

    read(&bob, &room, &event).await;
    let sync = alice.sync_until(&mut since, |sync| sync.ephemeral(&room, "m.receipt").is_some()).await;

    let receipts = sync.ephemeral(&room, "m.receipt").unwrap();
    assert!(receipts[&event]["m.read"][&bob.user_id]["ts"].is_u64());
    assert!(receipts[&event]["m.read"][&bob.user_id]["thread_id"].is_null());
    assert!(sync.timeline(&room).is_empty());
    let initial = alice.sync().await;
    assert!(initial.ephemeral(&room, "m.receipt").unwrap()[&event]["m.read"][&bob.user_id].is_object());
    assert!(alice.sync().since(&since).await.joined(&room).is_null());
}

async fn a_private_receipt_is_seen_by_oneself_alone(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let event = alice.say(&room, "hello").await;
    let (for_alice, for_bob) = (alice.token_now().await, bob.token_now().await);

    receipt(&bob, &room, "m.read.private", &event, json!({})).await.ok();

    let own = bob.sync().since(&for_bob).await;
    assert!(own.ephemeral(&room, "m.receipt").unwrap()[&event]["m.read.private"][&bob.user_id].is_object());
    assert!(alice.sync().since(&for_alice).await.joined(&room).is_null());
    assert!(!alice.sync().await.to_string().contains("m.read.private"));
}

async fn a_receipt_does_not_go_back(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let (first, second) = (alice.say(&room, "one").await, alice.say(&room, "two").await);
    read(&bob, &room, &second).await;
    let since = alice.token_now().await;

    read(&bob, &room, &first).await;

    assert!(alice.sync().since(&since).await.joined(&room).is_null());
    let receipts = alice.sync().await;
    let receipts = receipts.ephemeral(&room, "m.receipt").unwrap();
    assert!(receipts[&first].is_null());
    assert!(receipts[&second]["m.read"][&bob.user_id].is_object());
}

async fn threads_have_receipts_of_their_own(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let root = alice.say(&room, "root").await;
    let reply = in_thread(&alice, &room, &root, "reply").await;
    let last = alice.say(&room, "last").await;

    receipt(&bob, &room, "m.read", &reply, json!({ "thread_id": root })).await.ok();
    receipt(&bob, &room, "m.read", &last, json!({ "thread_id": "main" })).await.ok();
    receipt(&bob, &room, "m.read", &root, json!({})).await.ok();

    let sync = alice.sync().await;
    let receipts = sync.ephemeral(&room, "m.receipt").unwrap();
    let thread = |event: &String| receipts[event]["m.read"][&bob.user_id]["thread_id"].as_str().map(str::to_owned);
    assert_eq!(thread(&reply), Some(root.clone()));
    assert_eq!(thread(&last).as_deref(), Some("main"));
    assert!(receipts[&root]["m.read"][&bob.user_id].is_object());
    assert_eq!(thread(&root), None);
}

async fn a_receipt_for_another_thread_is_refused(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let root = alice.say(&room, "root").await;
    let other = alice.say(&room, "other").await;
    let reply = in_thread(&alice, &room, &root, "reply").await;

    for (event, thread) in [(&other, &*root), (&reply, &*other), (&reply, "main"), (&reply, ""), (&reply, "thread")] {
        let answer = receipt(&bob, &room, "m.read", event, json!({ "thread_id": thread })).await;
        answer.assert_errcode(400, "M_INVALID_PARAM");
    }
    let answer = receipt(&bob, &room, "m.fully_read", &other, json!({ "thread_id": "main" })).await;
    answer.assert_errcode(400, "M_INVALID_PARAM");
}

async fn a_receipt_clears_what_it_covers(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let mut sent = Vec::new();
    for number in 0..4 {
        sent.push(alice.say(&room, &number.to_string()).await);
    }
    assert_eq!(unread(&bob, &room).await, (4, 0));
    let mut since = bob.token_now().await;

    read(&bob, &room, &sent[1]).await;
    let sync = bob.sync_until(&mut since, |sync| !sync.joined(&room).is_null()).await;

    assert_eq!(sync.unread(&room), (Some(2), Some(0)));
    read(&bob, &room, &sent[3]).await;
    assert_eq!(unread(&bob, &room).await, (0, 0));
    assert_eq!(unread(&alice, &room).await, (0, 0));
}

async fn a_private_receipt_clears_as_well(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let event = alice.say(&room, "hello").await;

    receipt(&bob, &room, "m.read.private", &event, json!({})).await.ok();

    assert_eq!(unread(&bob, &room).await, (0, 0));
}

async fn threads_are_counted_apart_when_asked_for(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let root = alice.say(&room, "root").await;
    let reply = in_thread(&alice, &room, &root, "one").await;
    let filter = json!({ "room": { "timeline": { "unread_thread_notifications": true } } });

    let apart = bob.sync().filter(&filter).await;
    assert_eq!(apart.unread(&room), (Some(1), Some(0)));
    let threads = &apart.joined(&room)["unread_thread_notifications"];
    assert_eq!(threads, &json!({ &root: { "notification_count": 1, "highlight_count": 0 } }));
    assert_eq!(unread(&bob, &room).await, (2, 0));

    receipt(&bob, &room, "m.read", &root, json!({ "thread_id": "main" })).await.ok();
    let apart = bob.sync().filter(&filter).await;
    assert_eq!(apart.unread(&room), (Some(0), Some(0)));
    assert_eq!(apart.joined(&room)["unread_thread_notifications"][&root]["notification_count"], 1);

    receipt(&bob, &room, "m.read", &reply, json!({ "thread_id": root })).await.ok();
    assert!(bob.sync().filter(&filter).await.joined(&room)["unread_thread_notifications"].is_null());
}

async fn mentions_are_highlights(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let mention = json!({ "msgtype": "m.text", "body": "Bob?", "m.mentions": { "user_ids": [bob.user_id] } });
    alice.send_event(&room, "m.room.message", mention).await;

    assert_eq!(unread(&bob, &room).await, (1, 1));
}

async fn only_who_may_notifies_the_room(server: &TestServer) {
    let alice = server.register("alice").await;
    let (bob, carol) = (server.register("bob").await, server.register("carol").await);
    for version in ["11", "12"] {
        let room = alice.create_room(json!({ "preset": "public_chat", "room_version": version })).await;
        bob.join(&room).await;
        carol.join(&room).await;
        let everyone = json!({ "msgtype": "m.text", "body": "all", "m.mentions": { "room": true } });

        bob.send_event(&room, "m.room.message", everyone.clone()).await;
        assert_eq!(unread(&carol, &room).await, (1, 0), "version {version}");
        alice.send_event(&room, "m.room.message", everyone).await;
        assert_eq!(unread(&carol, &room).await, (2, 1), "version {version}");
    }
}

async fn own_words_clear_the_counts(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    alice.say(&room, "question").await;

    bob.say(&room, "answer").await;

    assert_eq!(unread(&bob, &room).await, (0, 0));
    assert_eq!(unread(&alice, &room).await, (1, 0));
}

async fn a_redacted_message_is_no_longer_counted(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let event = alice.say(&room, "oops").await;
    assert_eq!(unread(&bob, &room).await, (1, 0));

    alice.redact(&room, &event).await;

    assert_eq!(unread(&bob, &room).await, (0, 0));
}

async fn rules_decide_what_is_counted(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let rule = |kind, id| ["pushrules", "global", kind, id];
    bob.put(rule("content", "tea"), json!({ "pattern": "tea", "actions": ["notify", { "set_tweak": "highlight" }] }))
        .await
        .ok();

    alice.say(&room, "time for Tea").await;
    assert_eq!(unread(&bob, &room).await, (1, 1));
    alice.send_event(&room, "m.room.message", json!({ "msgtype": "m.notice", "body": "robot" })).await;
    alice.send_event(&room, "m.reaction", json!({})).await;
    alice.set_state(&room, "m.room.topic", json!({ "topic": "tea" })).await;
    assert_eq!(unread(&bob, &room).await, (1, 1));

    bob.put(["pushrules", "global", "room", &room], json!({ "actions": [] })).await.ok();
    alice.say(&room, "quiet").await;
    assert_eq!(unread(&bob, &room).await, (1, 1));
    bob.put(["pushrules", "global", "override", ".m.rule.master", "enabled"], json!({ "enabled": true })).await.ok();
    alice.say(&room, "more tea").await;
    assert_eq!(unread(&bob, &room).await, (1, 1));
}

async fn a_room_that_was_left_has_nothing_unread(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    alice.say(&room, "hello").await;
    bob.leave(&room).await;
    alice.say(&room, "are you there?").await;

    bob.join(&room).await;

    assert_eq!(unread(&bob, &room).await, (0, 0));
}

async fn the_marker_is_account_data(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let (first, second) = (alice.say(&room, "one").await, alice.say(&room, "two").await);
    let mut since = bob.token_now().await;

    let markers = json!({ "m.fully_read": first, "m.read": second });
    bob.post(["rooms", &room, "read_markers"], markers).await.ok();
    let sync = bob.sync_until(&mut since, |sync| sync.room_account_data(&room, "m.fully_read").is_some()).await;

    assert_eq!(sync.room_account_data(&room, "m.fully_read"), Some(&json!({ "event_id": first })));
    assert_eq!(unread(&bob, &room).await, (0, 0));
    receipt(&bob, &room, "m.fully_read", &second, json!({})).await.ok();
    receipt(&bob, &room, "m.fully_read", &first, json!({})).await.ok();
    let sync = bob.sync().await;
    assert_eq!(sync.room_account_data(&room, "m.fully_read"), Some(&json!({ "event_id": second })));
    let own = ["user", &bob.user_id, "rooms", &room, "account_data", "m.fully_read"];
    bob.put(own, json!({ "event_id": first })).await.assert_errcode(405, "M_BAD_JSON");
}

async fn outsiders_and_wrong_receipts_are_refused(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let carol = server.register("carol").await;
    let event = alice.say(&room, "hello").await;
    let elsewhere = alice.create_room(json!({})).await;
    let other = alice.say(&elsewhere, "hello").await;

    receipt(&carol, &room, "m.read", &event, json!({})).await.assert_errcode(403, "M_FORBIDDEN");
    receipt(&bob, &room, "m.read", &other, json!({})).await.assert_errcode(404, "M_NOT_FOUND");
    receipt(&bob, &room, "m.seen", &event, json!({})).await.assert_errcode(400, "M_INVALID_PARAM");
    receipt(&bob, &room, "m.read", &event, json!({ "thread_id": 1 })).await.assert_errcode(400, "M_BAD_JSON");
    let markers = json!({ "m.fully_read": event, "m.read": event });
    carol.post(["rooms", &room, "read_markers"], markers).await.assert_errcode(403, "M_FORBIDDEN");
}

async fn receipts_outlive_a_restart(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let (first, _) = (alice.say(&room, "one").await, alice.say(&room, "two").await);
    read(&bob, &room, &first).await;

    server.restart().await;

    assert_eq!(unread(&bob, &room).await, (1, 0));
    let sync = alice.sync().await;
    assert!(sync.ephemeral(&room, "m.receipt").unwrap()[&first]["m.read"][&bob.user_id].is_object());
}
