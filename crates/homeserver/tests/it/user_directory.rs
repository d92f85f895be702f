//! People are found by those who could see them anyway.

use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer};

on_both!(
    people_of_shared_rooms_are_found_by_name,
    strangers_are_found_by_their_whole_name_only,
    people_of_published_rooms_are_found,
    people_of_rooms_that_are_open_are_found,
    wildcards_find_nobody,
    results_are_limited,
    who_closed_their_account_is_not_found,
);

async fn search(client: &TestClient, term: &str) -> Vec<String> {
    let answer = client.post(["user_directory", "search"], json!({ "search_term": term })).await.ok();
    let results = answer["results"].as_array().unwrap();
    results.iter().map(|user| user["user_id"].as_str().unwrap().to_owned()).collect()
}

async fn name(client: &TestClient, name: &str) {
    client.put(["profile", &client.user_id, "displayname"], json!({ "displayname": name })).await.ok();
}

async fn people_of_shared_rooms_are_found_by_name(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    name(&bob, "Robert Ünal\u{0}").await;
    let room = alice.create_room(json!({ "invite": [bob.user_id] })).await;
    assert_eq!(search(&alice, "robert").await, [] as [String; 0]);
    bob.join(&room).await;

    let answer = alice.post(["user_directory", "search"], json!({ "search_term": "ünal" })).await.ok();

    let found = json!([{ "user_id": bob.user_id, "display_name": "Robert Ünal\u{0}" }]);
    assert_eq!(answer, json!({ "results": found, "limited": false }));
    name(&bob, "Bobby").await;
    assert_eq!(search(&alice, "ünal").await, [] as [String; 0]);
    bob.leave(&room).await;
    assert_eq!(search(&alice, "bobby").await, [] as [String; 0]);
}

async fn strangers_are_found_by_their_whole_name_only(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bobby").await;

    assert_eq!(search(&alice, "bob").await, [] as [String; 0]);
    assert_eq!(search(&alice, "").await, [] as [String; 0]);
    for term in ["bobby", "@bobby:trellis.test", " Bobby "] {
        assert_eq!(search(&alice, term).await, [bob.user_id.as_str()]);
    }
}

async fn people_of_published_rooms_are_found(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bobby").await;

    bob.create_room(json!({ "preset": "public_chat", "visibility": "public" })).await;

    assert_eq!(search(&alice, "bob").await, [bob.user_id]);
}

async fn people_of_rooms_that_are_open_are_found(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bobby").await;
    let room = bob.create_room(json!({ "preset": "private_chat" })).await;
    assert_eq!(search(&alice, "bob").await, [] as [String; 0]);

    bob.set_state(&room, "m.room.join_rules", json!({ "join_rule": "public" })).await;
    assert_eq!(search(&alice, "bob").await, [bob.user_id.as_str()]);
    bob.set_state(&room, "m.room.join_rules", json!({ "join_rule": "invite" })).await;
    assert_eq!(search(&alice, "bob").await, [] as [String; 0]);
    bob.set_state(&room, "m.room.history_visibility", json!({ "history_visibility": "world_readable" })).await;
    assert_eq!(search(&alice, "bob").await, [bob.user_id.as_str()]);
}

async fn wildcards_find_nobody(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let room = alice.public_room().await;
    bob.join(&room).await;

    for term in ["%", "b_b", "b%", "!"] {
        assert_eq!(search(&alice, term).await, [] as [String; 0], "{term}");
    }
}

async fn results_are_limited(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    for number in 0..3 {
        server.register(&format!("bob{number}")).await.join(&room).await;
    }

    let body = json!({ "search_term": "bob", "limit": 2 });
    let answer = alice.post(["user_directory", "search"], body).await.ok();

    assert_eq!(answer["results"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["limited"], Value::Bool(true));
}

async fn who_closed_their_account_is_not_found(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let auth = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "bob" },
        "password": crate::harness::PASSWORD,
    });

    bob.post(["account", "deactivate"], json!({ "auth": auth })).await.ok();

    assert_eq!(search(&alice, "bob").await, [] as [String; 0]);
}
