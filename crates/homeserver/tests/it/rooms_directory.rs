//! The directory of published rooms, reports, and rooms that everyone has forgotten.

use serde_json::{Value, json};

use crate::harness::{PATIENCE, TestClient, TestServer};

on_both!(
    the_directory_is_paged_there_and_back,
    the_directory_is_searched_and_filtered_by_type,
    visibility_is_shown_and_changed,
    events_rooms_and_users_are_reported,
    a_room_that_all_have_forgotten_is_removed,
    a_room_that_someone_remembers_stays,
);

fn names(page: &Value) -> Vec<&str> {
    page["chunk"].as_array().unwrap().iter().map(|room| room["name"].as_str().unwrap()).collect()
}

async fn published(client: &TestClient, name: &str) -> String {
    client.create_room(json!({ "visibility": "public", "name": name })).await
}

async fn the_directory_is_paged_there_and_back(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    for number in 0..5 {
        let room = published(&alice, &number.to_string()).await;
        if number == 3 {
            bob.join(&room).await;
        }
    }

    let all = bob.get(["publicRooms"]).await.ok();
    assert_eq!((names(&all).len(), names(&all)[0]), (5, "3"));
    assert!(all.get("next_batch").is_none() && all.get("prev_batch").is_none());
    let first = bob.query(["publicRooms"], &[("limit", "2")]).await.ok();
    assert_eq!((names(&first), &first["total_room_count_estimate"]), (names(&all)[..2].to_vec(), &json!(5)));
    assert!(first.get("prev_batch").is_none());
    let next = first["next_batch"].as_str().unwrap();
    let second = bob.query(["publicRooms"], &[("limit", "2"), ("since", next)]).await.ok();
    assert_eq!(names(&second), names(&all)[2..4]);
    let next = second["next_batch"].as_str().unwrap();
    let third = bob.query(["publicRooms"], &[("limit", "2"), ("since", next)]).await.ok();
    assert_eq!((names(&third), third.get("next_batch")), (names(&all)[4..].to_vec(), None));
    let back = third["prev_batch"].as_str().unwrap();
    let back = bob.query(["publicRooms"], &[("limit", "2"), ("since", back)]).await.ok();
    assert_eq!(names(&back), names(&all)[2..4]);
    let back = back["prev_batch"].as_str().unwrap();
    let back = bob.query(["publicRooms"], &[("limit", "2"), ("since", back)]).await.ok();
    assert_eq!((names(&back), back.get("prev_batch")), (names(&all)[..2].to_vec(), None));

    let wrong = bob.query(["publicRooms"], &[("since", "nonsense")]).await;
    wrong.assert_errcode(400, "M_INVALID_PARAM");
    let elsewhere = bob.query(["publicRooms"], &[("server", "elsewhere.example")]).await;
    elsewhere.assert_errcode(404, "M_NOT_FOUND");
    assert_eq!(names(&server.stranger().get(["publicRooms"]).await.ok()).len(), 5);
}

async fn the_directory_is_searched_and_filtered_by_type(server: &TestServer) {
    let alice = server.register("alice").await;
    published(&alice, "Gardening").await;
    published(&alice, "Cooking").await;
    let space = json!({
        "visibility": "public", "name": "Garden space", "creation_content": { "type": "m.space" }, "topic": "Plants",
    });
    alice.create_room(space).await;
    let search = async |body: Value| alice.post(["publicRooms"], body).await.ok();

    let found = search(json!({ "filter": { "generic_search_term": "gARDEN" } })).await;
    assert_eq!((names(&found).len(), &found["total_room_count_estimate"]), (2, &json!(2)));
    assert_eq!(names(&search(json!({ "filter": { "generic_search_term": "plants" } })).await), ["Garden space"]);
    assert_eq!(names(&search(json!({ "filter": { "room_types": ["m.space"] } })).await), ["Garden space"]);
    assert_eq!(names(&search(json!({ "filter": { "room_types": [null] } })).await).len(), 2);
    let both = json!({ "filter": { "room_types": [null, "m.space"], "generic_search_term": "o" } });
    assert_eq!(names(&search(both).await), ["Cooking"]);
    let first = search(json!({ "limit": 1, "filter": { "generic_search_term": "garden" } })).await;
    let next = first["next_batch"].as_str().unwrap();
    let second = search(json!({ "limit": 1, "since": next, "filter": { "generic_search_term": "garden" } })).await;
    assert_ne!(names(&first), names(&second));
    assert!(names(&search(json!({ "third_party_instance_id": "irc" })).await).is_empty());
    server.stranger().post(["publicRooms"], json!({})).await.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn visibility_is_shown_and_changed(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let visibility = ["directory", "list", "room", &room];

    assert_eq!(bob.get(visibility).await.ok(), json!({ "visibility": "private" }));
    alice.put(visibility, json!({ "visibility": "public" })).await.ok();
    assert_eq!(bob.get(visibility).await.ok(), json!({ "visibility": "public" }));
    bob.put(visibility, json!({ "visibility": "private" })).await.assert_errcode(403, "M_FORBIDDEN");
    let missing = ["directory", "list", "room", "!none:trellis.test"];
    bob.get(missing).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn events_rooms_and_users_are_reported(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let event = alice.say(&room, "rude").await;
    let reason = json!({ "reason": "rude\u{0}" });

    bob.post(["rooms", &room, "report", &event], reason.clone()).await.assert_errcode(404, "M_NOT_FOUND");
    bob.join(&room).await;
    assert_eq!(bob.post(["rooms", &room, "report", &event], reason.clone()).await.ok(), json!({}));
    bob.post(["rooms", &room, "report", "$none"], reason.clone()).await.assert_errcode(404, "M_NOT_FOUND");
    assert_eq!(bob.post(["rooms", &room, "report"], reason.clone()).await.ok(), json!({}));
    let missing = bob.post(["rooms", "!none:trellis.test", "report"], reason.clone()).await;
    missing.assert_errcode(404, "M_NOT_FOUND");
    assert_eq!(bob.post(["users", &alice.user_id, "report"], reason.clone()).await.ok(), json!({}));
    let missing = bob.post(["users", "@none:trellis.test", "report"], reason).await;
    missing.assert_errcode(404, "M_NOT_FOUND");
    bob.post(["users", &alice.user_id, "report"], json!({})).await.assert_errcode(400, "M_BAD_JSON");
}

async fn a_room_that_all_have_forgotten_is_removed(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({ "preset": "public_chat", "room_alias_name": "lounge" })).await;
    bob.join(&room).await;
    for number in 0..20 {
        bob.say(&room, &number.to_string()).await;
    }
    for client in [&bob, &alice] {
        client.leave(&room).await;
        client.post(["rooms", &room, "forget"], json!({})).await.ok();
    }

    // The removal goes on after the answer; the room itself goes first.
    let gone = async {
        while alice.get(["directory", "room", "#lounge:trellis.test"]).await.status != 404 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("the room goes away");
    bob.post(["join", &room], json!({})).await.assert_errcode(404, "M_NOT_FOUND");
    alice.create_room(json!({ "room_alias_name": "lounge" })).await;
    bob.sync().await;
}

async fn a_room_that_someone_remembers_stays(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let message = alice.say(&room, "remember me").await;
    for client in [&bob, &alice] {
        client.leave(&room).await;
    }
    alice.post(["rooms", &room, "forget"], json!({})).await.ok();

    assert_eq!(bob.get(["rooms", &room, "event", &message]).await.ok()["content"]["body"], "remember me");
    alice.join(&room).await;
    alice.leave(&room).await;
    alice.post(["rooms", "!none:trellis.test", "forget"], json!({})).await.assert_errcode(404, "M_NOT_FOUND");
}
