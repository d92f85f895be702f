//! Who is there, and who may know.

use serde_json::{Value, json};

use crate::harness::{Answer, SyncAnswer, TestClient, TestServer};

on_both!(
    who_syncs_is_online,
    a_status_reaches_those_who_share_a_room,
    who_is_met_in_a_room_is_shown,
    who_wants_to_be_offline_is,
    presence_is_left_out_when_not_asked_for,
    strangers_see_nothing,
    only_ones_own_presence_is_set,
);

async fn two(server: &TestServer) -> (TestClient, TestClient) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    (alice, bob)
}

async fn set(client: &TestClient, of: &TestClient, body: Value) -> Answer {
    client.put(["presence", &of.user_id, "status"], body).await
}

async fn status(client: &TestClient, of: &TestClient) -> Answer {
    client.get(["presence", &of.user_id, "status"]).await
}

async fn who_syncs_is_online(server: &TestServer) {
    let (alice, bob) = two(server).await;
    assert_eq!(status(&alice, &bob).await.ok()["presence"], "offline");
    let mut since = alice.token_now().await;

    bob.sync().await;

    let is_online = |sync: &SyncAnswer| sync.presence_of(&bob.user_id).is_some_and(|it| it["presence"] == "online");
    alice.sync_until(&mut since, is_online).await;
    let shown = status(&alice, &bob).await.ok();
    assert_eq!((&shown["presence"], &shown["currently_active"]), (&json!("online"), &json!(true)));
    assert!(shown["last_active_ago"].is_u64());
    // Syncing on is no news to anyone.
    bob.sync().await;
    assert!(alice.sync().since(&since).await["presence"].is_null());
}

async fn a_status_reaches_those_who_share_a_room(server: &TestServer) {
    let (alice, bob) = two(server).await;
    let carol = server.register("carol").await;
    let (mut since, of_carol) = (alice.token_now().await, carol.token_now().await);

    set(&bob, &bob, json!({ "presence": "unavailable", "status_msg": "lunch" })).await.ok();

    let sync = alice.sync_until(&mut since, |sync| sync.presence_of(&bob.user_id).is_some()).await;
    let shown = sync.presence_of(&bob.user_id).unwrap();
    assert_eq!((&shown["presence"], &shown["status_msg"]), (&json!("unavailable"), &json!("lunch")));
    assert!(carol.sync().since(&of_carol).await.presence_of(&bob.user_id).is_none());
    let first = alice.sync().await;
    assert_eq!(first.presence_of(&bob.user_id).unwrap()["status_msg"], "lunch");
}

async fn who_is_met_in_a_room_is_shown(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    set(&alice, &alice, json!({ "presence": "online", "status_msg": "here" })).await.ok();
    set(&bob, &bob, json!({ "presence": "online", "status_msg": "there" })).await.ok();
    let (mut of_alice, mut of_bob) = (alice.token_now().await, bob.token_now().await);

    bob.join(&room).await;

    let shown = bob.sync_until(&mut of_bob, |sync| sync.presence_of(&alice.user_id).is_some()).await;
    assert_eq!(shown.presence_of(&alice.user_id).unwrap()["status_msg"], "here");
    let shown = alice.sync_until(&mut of_alice, |sync| sync.presence_of(&bob.user_id).is_some()).await;
    assert_eq!(shown.presence_of(&bob.user_id).unwrap()["status_msg"], "there");
    assert!(bob.sync().since(&of_bob).await.presence_of(&alice.user_id).is_none());
}

async fn who_wants_to_be_offline_is(server: &TestServer) {
    let (alice, bob) = two(server).await;

    bob.sync().presence("offline").await;
    assert_eq!(status(&alice, &bob).await.ok()["presence"], "offline");

    bob.sync().presence("unavailable").await;
    assert_eq!(status(&alice, &bob).await.ok()["presence"], "unavailable");
    bob.sync().presence("on the moon").answer().await.assert_errcode(400, "M_INVALID_PARAM");
}

async fn presence_is_left_out_when_not_asked_for(server: &TestServer) {
    let (alice, bob) = two(server).await;
    bob.sync().await;

    let none = alice.sync().filter(&json!({ "presence": { "not_types": ["*"] } })).await;
    let others = alice.sync().filter(&json!({ "presence": { "not_senders": [alice.user_id] } })).await;

    assert!(none["presence"].is_null());
    assert!(others.presence_of(&alice.user_id).is_none());
    assert!(others.presence_of(&bob.user_id).is_some());
}

async fn strangers_see_nothing(server: &TestServer) {
    let (_, bob) = two(server).await;
    let carol = server.register("carol").await;

    status(&carol, &bob).await.assert_errcode(403, "M_FORBIDDEN");
    assert_eq!(status(&carol, &carol).await.ok()["presence"], "offline");
    carol.get(["presence", "@nobody:trellis.test", "status"]).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn only_ones_own_presence_is_set(server: &TestServer) {
    let (alice, bob) = two(server).await;

    set(&alice, &bob, json!({ "presence": "online" })).await.assert_errcode(403, "M_FORBIDDEN");
    set(&bob, &bob, json!({ "presence": "asleep" })).await.assert_errcode(400, "M_INVALID_PARAM");
}
