//! Messages from device to device arrive once, in order, at the devices they are for.

use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer};

on_both!(
    a_message_arrives_at_its_device_only,
    a_message_to_all_devices_arrives_at_each,
    a_repeated_transaction_is_done_once,
    a_message_stays_until_its_device_has_it,
    a_waiting_device_is_woken,
    a_long_queue_arrives_in_order,
    a_change_of_devices_is_told_to_those_who_share_a_room,
    an_offline_device_asks_what_changed,
);

async fn send(client: &TestClient, txn: &str, messages: Value) {
    let body = json!({ "messages": messages });
    client.put(["sendToDevice", "org.example.hello", txn], body).await.ok();
}

async fn received(client: &TestClient, since: Option<&str>) -> (Vec<Value>, String) {
    let sync = client.sync();
    let answer = match since {
        Some(since) => sync.since(since).await,
        None => sync.await,
    };
    let events = answer["to_device"]["events"].as_array().cloned().unwrap_or_default();
    (events, answer.next_batch())
}

async fn a_message_arrives_at_its_device_only(server: &TestServer) {
    let alice = server.register("alice").await;
    let phone = server.register("bob").await;
    let laptop = server.log_in("bob").await;

    send(&alice, "1", json!({ &phone.user_id: { &phone.device_id: { "text": "hi" }, "NONE": {} } })).await;

    let event = json!({ "sender": alice.user_id, "type": "org.example.hello", "content": { "text": "hi" } });
    assert_eq!(received(&phone, None).await.0, [event]);
    assert_eq!(received(&laptop, None).await.0, [] as [Value; 0]);
}

async fn a_message_to_all_devices_arrives_at_each(server: &TestServer) {
    let phone = server.register("alice").await;
    let laptop = server.log_in("alice").await;

    send(&phone, "1", json!({ &phone.user_id: { "*": { "n": 1 } } })).await;

    assert_eq!(received(&phone, None).await.0.len(), 1);
    assert_eq!(received(&laptop, None).await.0.len(), 1);
}

async fn a_repeated_transaction_is_done_once(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let message = json!({ &bob.user_id: { "*": {} } });

    send(&alice, "1", message.clone()).await;
    send(&alice, "1", message.clone()).await;
    assert_eq!(received(&bob, None).await.0.len(), 1);
    send(&alice, "2", message).await;

    assert_eq!(received(&bob, None).await.0.len(), 2);
}

async fn a_message_stays_until_its_device_has_it(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let (_, start) = received(&bob, None).await;
    send(&alice, "1", json!({ &bob.user_id: { "*": {} } })).await;

    let (first, _) = received(&bob, Some(&start)).await;
    server.restart().await;
    let (second, next) = received(&bob, Some(&start)).await;
    let (third, _) = received(&bob, Some(&next)).await;

    assert_eq!((first.len(), second.len(), third.len()), (1, 1, 0));
}

async fn a_waiting_device_is_woken(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let mut since = bob.token_now().await;

    let message = json!({ &bob.user_id: { "*": {} } });
    let waiting = bob.sync_until(&mut since, |answer| answer["to_device"]["events"].is_array());
    let (answer, ()) = tokio::join!(waiting, send(&alice, "1", message));

    assert_eq!(answer["to_device"]["events"].as_array().unwrap().len(), 1);
}

async fn a_long_queue_arrives_in_order(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let (_, mut since) = received(&bob, None).await;
    for n in 0..130 {
        send(&alice, &n.to_string(), json!({ &bob.user_id: { "*": { "n": n } } })).await;
    }

    let mut numbers = Vec::new();
    loop {
        let (events, next) = received(&bob, Some(&since)).await;
        if events.is_empty() {
            break;
        }
        numbers.extend(events.iter().map(|event| event["content"]["n"].as_i64().unwrap()));
        since = next;
    }

    assert_eq!(numbers, (0..130).collect::<Vec<_>>());
}

async fn a_change_of_devices_is_told_to_those_who_share_a_room(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let carol = server.register("carol").await;
    let room = alice.public_room().await;
    bob.join(&room).await;
    let mut since = bob.token_now().await;
    let before = carol.token_now().await;

    let second = server.log_in("alice").await;
    second.post(["logout"], json!({})).await.ok();

    let answer = bob.sync_until(&mut since, |answer| answer["device_lists"]["changed"].is_array()).await;
    assert_eq!(answer["device_lists"]["changed"], json!([alice.user_id]));
    let unconcerned = carol.sync().since(&before).await;
    assert_eq!(unconcerned["device_lists"]["changed"], Value::Null);
}

async fn an_offline_device_asks_what_changed(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let carol = server.register("carol").await;
    let room = alice.public_room().await;
    bob.join(&room).await;
    let from = bob.token_now().await;
    carol.join(&room).await;
    alice.leave(&room).await;
    let to = bob.token_now().await;

    let changes = bob.query(["keys", "changes"], &[("from", &from), ("to", &to)]).await.ok();

    assert_eq!(changes, json!({ "changed": [carol.user_id], "left": [alice.user_id] }));
    let bad = bob.query(["keys", "changes"], &[("from", "x"), ("to", &to)]).await;
    bad.assert_errcode(400, "M_INVALID_PARAM");
}
