//! Who is typing.

use serde_json::{Value, json};

use crate::harness::{SyncAnswer, TestClient, TestServer};

on_both!(
    typing_is_seen_until_it_is_stopped,
    typing_ends_by_itself,
    typing_on_wakes_nobody,
    who_does_not_say_for_how_long_types_as_well,
    a_first_sync_shows_who_types,
    typing_of_others_is_refused,
);

async fn typing(client: &TestClient, room: &str, body: Value) {
    client.put(["rooms", room, "typing", &client.user_id], body).await.ok();
}

fn who(sync: &SyncAnswer, room: &str) -> Option<Value> {
    sync.ephemeral(room, "m.typing").map(|content| content["user_ids"].clone())
}

async fn two(server: &TestServer) -> (TestClient, TestClient, String) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    (alice, bob, room)
}

async fn typing_is_seen_until_it_is_stopped(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let mut since = alice.token_now().await;

    typing(&bob, &room, json!({ "typing": true, "timeout": 30_000 })).await;
    let starts = alice.sync_until(&mut since, |sync| who(sync, &room).is_some()).await;
    typing(&bob, &room, json!({ "typing": false })).await;
    let stops = alice.sync_until(&mut since, |sync| who(sync, &room).is_some()).await;

    assert_eq!(who(&starts, &room), Some(json!([bob.user_id])));
    assert_eq!(who(&stops, &room), Some(json!([])));
    assert!(stops.timeline(&room).is_empty());
}

async fn typing_ends_by_itself(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let mut since = alice.token_now().await;

    typing(&bob, &room, json!({ "typing": true, "timeout": 50 })).await;

    let ended = |sync: &SyncAnswer| who(sync, &room) == Some(json!([]));
    alice.sync_until(&mut since, ended).await;
}

async fn typing_on_wakes_nobody(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    typing(&bob, &room, json!({ "typing": true, "timeout": 30_000 })).await;
    let since = alice.token_now().await;

    typing(&bob, &room, json!({ "typing": true, "timeout": 30_000 })).await;

    assert!(alice.sync().since(&since).await.joined(&room).is_null());
}

async fn a_first_sync_shows_who_types(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let quiet = alice.public_room().await;
    typing(&bob, &room, json!({ "typing": true, "timeout": 30_000 })).await;

    let sync = alice.sync().await;

    assert_eq!(who(&sync, &room), Some(json!([bob.user_id])));
    assert_eq!(who(&sync, &quiet), None);
}

async fn typing_of_others_is_refused(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let carol = server.register("carol").await;
    let body = json!({ "typing": true, "timeout": 1_000 });

    bob.put(["rooms", &room, "typing", &alice.user_id], body.clone()).await.assert_errcode(403, "M_FORBIDDEN");
    carol.put(["rooms", &room, "typing", &carol.user_id], body).await.assert_errcode(403, "M_FORBIDDEN");
    bob.put(["rooms", &room, "typing", &bob.user_id], json!({ "timeout": 1_000 }))
        .await
        .assert_errcode(400, "M_BAD_JSON");
}

async fn who_does_not_say_for_how_long_types_as_well(server: &TestServer) {
    let (alice, bob, room) = two(server).await;

    typing(&bob, &room, json!({ "typing": true })).await;

    assert_eq!(who(&alice.sync().await, &room), Some(json!([bob.user_id])));
}
