//! `POST /createRoom`: what a room begins with.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer};

on_both!(
    a_room_begins_with_the_state_of_its_preset,
    initial_state_goes_before_the_preset_and_after_it_come_name_and_topic,
    every_room_version_served_can_be_made_and_used,
    rooms_made_at_once_are_different_rooms,
    an_unknown_room_version_is_refused,
    an_alias_can_be_taken_only_once,
    creators_of_version_12_stand_above_power_levels,
    invited_users_are_invited_and_a_direct_chat_says_so,
    an_impossible_beginning_makes_no_room,
);

async fn state(client: &TestClient, room: &str, kind: &str) -> Value {
    client.get(["rooms", room, "state", kind, ""]).await.ok()
}

async fn a_room_begins_with_the_state_of_its_preset(server: &TestServer) {
    let alice = server.register("alice").await;
    for (preset, join_rule, guests, invite) in
        [("private_chat", "invite", "can_join", 0), ("public_chat", "public", "forbidden", 50)]
    {
        let room = alice.create_room(json!({ "preset": preset })).await;

        assert_eq!(state(&alice, &room, "m.room.join_rules").await, json!({ "join_rule": join_rule }));
        assert_eq!(state(&alice, &room, "m.room.guest_access").await, json!({ "guest_access": guests }));
        let history = state(&alice, &room, "m.room.history_visibility").await;
        assert_eq!(history, json!({ "history_visibility": "shared" }));
        assert_eq!(state(&alice, &room, "m.room.power_levels").await["invite"], invite);
    }
}

async fn initial_state_goes_before_the_preset_and_after_it_come_name_and_topic(server: &TestServer) {
    let alice = server.register("alice").await;

    let room = alice
        .create_room(json!({
            "name": "The name",
            "topic": "The topic",
            "creation_content": { "type": "m.space", "creator": "@mallory:example.org" },
            "power_level_content_override": { "events_default": 7 },
            "initial_state": [
                { "type": "m.room.join_rules", "content": { "join_rule": "knock" } },
                { "type": "m.room.name", "content": { "name": "overridden" } },
                { "type": "org.test", "state_key": "a key", "content": { "answer": 42 } },
            ],
        }))
        .await;

    assert_eq!(state(&alice, &room, "m.room.join_rules").await["join_rule"], "knock");
    assert_eq!(state(&alice, &room, "m.room.name").await["name"], "The name");
    assert_eq!(state(&alice, &room, "m.room.topic").await["topic"], "The topic");
    assert_eq!(state(&alice, &room, "m.room.power_levels").await["events_default"], 7);
    let create = state(&alice, &room, "m.room.create").await;
    assert_eq!((&create["type"], &create["creator"]), (&json!("m.space"), &Value::Null));
    let custom = alice.get(["rooms", &room, "state", "org.test", "a key"]).await.ok();
    assert_eq!(custom, json!({ "answer": 42 }));
}

async fn every_room_version_served_can_be_made_and_used(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    for version in ["6", "7", "8", "9", "10", "11", "12"] {
        let room = alice.create_room(json!({ "preset": "public_chat", "room_version": version })).await;
        bob.join(&room).await;
        bob.say(&room, "hello").await;

        assert_eq!(state(&bob, &room, "m.room.create").await["room_version"], version);
        assert_eq!(room.contains(':'), version != "12");
    }
}

async fn rooms_made_at_once_are_different_rooms(server: &TestServer) {
    let alice = server.register("alice").await;
    for version in ["10", "11", "12"] {
        let rooms = (0..20).map(|_| alice.create_room(json!({ "room_version": version })));
        let rooms: BTreeSet<_> = join_all(rooms).await.into_iter().collect();

        assert_eq!(rooms.len(), 20, "version {version}");
    }
}

async fn an_unknown_room_version_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let refused = alice.post(["createRoom"], json!({ "room_version": "org.example.99" })).await;
    refused.assert_errcode(400, "M_UNSUPPORTED_ROOM_VERSION");
}

async fn an_alias_can_be_taken_only_once(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({ "room_alias_name": "lounge" })).await;

    let canonical = state(&alice, &room, "m.room.canonical_alias").await;
    assert_eq!(canonical, json!({ "alias": "#lounge:trellis.test" }));
    let found = server.stranger().get(["directory", "room", "#lounge:trellis.test"]).await.ok();
    assert_eq!((&found["room_id"], &found["servers"]), (&json!(room), &json!(["trellis.test"])));
    let refused = alice.post(["createRoom"], json!({ "room_alias_name": "lounge" })).await;
    refused.assert_errcode(400, "M_ROOM_IN_USE");
    let refused = alice.post(["createRoom"], json!({ "room_alias_name": "a:b" })).await;
    refused.assert_errcode(400, "M_INVALID_PARAM");
}

async fn creators_of_version_12_stand_above_power_levels(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let body = json!({ "preset": "trusted_private_chat", "room_version": "12", "invite": [bob.user_id] });

    let room = alice.create_room(body.clone()).await;

    assert_eq!(state(&alice, &room, "m.room.power_levels").await["users"], json!({}));
    let creators = &state(&alice, &room, "m.room.create").await["additional_creators"];
    assert_eq!(*creators, json!([bob.user_id]));

    let mut refused = body;
    refused["power_level_content_override"] = json!({ "users": { &alice.user_id: 100 } });
    alice.post(["createRoom"], refused).await.assert_errcode(400, "M_INVALID_ROOM_STATE");
}

async fn invited_users_are_invited_and_a_direct_chat_says_so(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);

    let room = alice.create_room(json!({ "invite": [bob.user_id], "is_direct": true })).await;

    let invite = alice.get(["rooms", &room, "state", "m.room.member", &bob.user_id]).await.ok();
    assert_eq!((&invite["membership"], &invite["is_direct"]), (&json!("invite"), &json!(true)));
    bob.join(&room).await;
    bob.say(&room, "hello").await;
}

async fn an_impossible_beginning_makes_no_room(server: &TestServer) {
    let alice = server.register("alice").await;
    for body in [
        json!({ "initial_state": [{ "type": "m.room.name" }] }),
        json!({ "initial_state": [{ "type": "org.test", "content": { "half": 0.5 } }] }),
    ] {
        alice.post(["createRoom"], body).await.assert_errcode(400, "M_BAD_JSON");
    }
    let locked_out = json!({ "name": "x", "room_version": "11", "power_level_content_override": { "users": {} } });
    alice.post(["createRoom"], locked_out).await.assert_errcode(400, "M_INVALID_ROOM_STATE");
    assert_eq!(alice.get(["joined_rooms"]).await.ok(), json!({ "joined_rooms": [] }));
}
