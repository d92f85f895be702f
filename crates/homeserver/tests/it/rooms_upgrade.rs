//! Replacing a room by one of another version.

use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer};

on_both!(
    an_upgrade_carries_what_makes_the_room,
    the_old_room_ends_with_its_tombstone,
    aliases_and_the_place_in_the_directory_move,
    levels_fit_the_version,
    a_space_keeps_its_children,
    members_take_their_settings_along,
    upgrading_takes_the_power_to_end_the_room,
);

async fn state(client: &TestClient, room: &str, kind: &str) -> Value {
    client.get(["rooms", room, "state", kind, ""]).await.ok()
}

async fn upgrade(client: &TestClient, room: &str, version: &str) -> String {
    client.post(["rooms", room, "upgrade"], json!({ "new_version": version })).await.string("replacement_room")
}

async fn an_upgrade_carries_what_makes_the_room(server: &TestServer) {
    let (alice, mallory) = (server.register("alice").await, server.register("mallory").await);
    let bob = server.register("bob").await;
    let contents = [
        ("m.room.server_acl", json!({ "allow": ["*"], "deny": ["evil.example"] })),
        ("m.room.encryption", json!({ "algorithm": "m.megolm.v1.aes-sha2" })),
        ("m.room.avatar", json!({ "url": "mxc://trellis.test/a" })),
        ("m.room.guest_access", json!({ "guest_access": "forbidden" })),
        ("m.room.history_visibility", json!({ "history_visibility": "invited" })),
        ("m.room.join_rules", json!({ "join_rule": "knock" })),
        ("m.room.name", json!({ "name": "The Room" })),
    ];
    let initial: Vec<_> = contents.iter().map(|(kind, content)| json!({ "type": kind, "content": content })).collect();
    for (from, to) in [("6", "7"), ("9", "10"), ("10", "11"), ("11", "12"), ("12", "12"), ("12", "10")] {
        let body = json!({
            "room_version": from, "initial_state": initial, "creation_content": { "m.federate": false },
            "invite": [bob.user_id],
        });
        let old = alice.create_room(body).await;
        alice.set_state(&old, "org.test", json!({ "private": true })).await;
        let ban = json!({ "user_id": mallory.user_id, "reason": "spam" });
        alice.post(["rooms", &old, "ban"], ban).await.ok();
        let last = alice.say(&old, "last words").await;

        let new = upgrade(&alice, &old, to).await;

        let create = state(&alice, &new, "m.room.create").await;
        assert_eq!((&create["room_version"], &create["m.federate"]), (&json!(to), &json!(false)));
        assert_eq!(create["predecessor"], json!({ "room_id": old, "event_id": last }), "{from} to {to}");
        for (kind, content) in &contents {
            assert_eq!(state(&alice, &new, kind).await, *content, "{kind}, {from} to {to}");
        }
        alice.get(["rooms", &new, "state", "org.test", ""]).await.assert_errcode(404, "M_NOT_FOUND");
        let member = ["rooms", &new, "state", "m.room.member", &mallory.user_id];
        assert_eq!(alice.get(member).await.ok(), json!({ "membership": "ban", "reason": "spam" }));
        let invited = ["rooms", &new, "state", "m.room.member", &bob.user_id];
        alice.get(invited).await.assert_errcode(404, "M_NOT_FOUND");
        alice.say(&new, "first words").await;
    }
}

async fn the_old_room_ends_with_its_tombstone(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let levels = json!({ "users_default": 60 });
    for (override_levels, expected) in [(json!({}), 50), (levels, 61)] {
        let body = json!({
            "preset": "public_chat", "room_version": "11", "power_level_content_override": override_levels,
        });
        let old = alice.create_room(body).await;
        bob.join(&old).await;

        let new = upgrade(&alice, &old, "12").await;

        let tombstone = state(&bob, &old, "m.room.tombstone").await;
        assert_eq!(tombstone["replacement_room"], new);
        let levels = state(&bob, &old, "m.room.power_levels").await;
        assert_eq!((&levels["events_default"], &levels["invite"]), (&json!(expected), &json!(expected)));
        let refused = bob.send_as(&old, "m.room.message", "t", json!({ "body": "still here" })).await;
        refused.assert_errcode(403, "M_FORBIDDEN");
        bob.join(&new).await;
    }
}

async fn aliases_and_the_place_in_the_directory_move(server: &TestServer) {
    let alice = server.register("alice").await;
    let body = json!({ "visibility": "public", "room_alias_name": "lounge", "room_version": "10" });
    let old = alice.create_room(body).await;
    let other = ["directory", "room", "#other:trellis.test"];
    alice.put(other, json!({ "room_id": old })).await.ok();

    let new = upgrade(&alice, &old, "11").await;

    for alias in ["#lounge:trellis.test", "#other:trellis.test"] {
        assert_eq!(alice.get(["directory", "room", alias]).await.ok()["room_id"], new);
    }
    assert_eq!(state(&alice, &new, "m.room.canonical_alias").await["alias"], "#lounge:trellis.test");
    assert_eq!(state(&alice, &old, "m.room.canonical_alias").await, json!({}));
    let directory = alice.get(["publicRooms"]).await.ok();
    let rooms: Vec<_> = directory["chunk"].as_array().unwrap().iter().map(|room| room["room_id"].clone()).collect();
    assert_eq!(rooms, [json!(new)]);
}

async fn levels_fit_the_version(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let carol = server.register("carol").await;
    let (a, b, c) = (&alice.user_id, &bob.user_id, &carol.user_id);

    // Text becomes numbers.
    let old = alice.create_room(json!({ "room_version": "9" })).await;
    let levels = json!({ "users": { a: "100", b: 50 }, "events": { "m.room.name": "30" }, "ban": "60" });
    alice.set_state(&old, "m.room.power_levels", levels).await;
    let new = upgrade(&alice, &old, "10").await;
    let levels = state(&alice, &new, "m.room.power_levels").await;
    assert_eq!(levels["users"], json!({ a: 100, b: 50 }));
    assert_eq!((&levels["events"]["m.room.name"], &levels["ban"]), (&json!(30), &json!(60)));

    // Creators are not named where they stand above levels; additional ones are those of the request.
    let body = json!({ "new_version": "12", "additional_creators": [c] });
    let newest = alice.post(["rooms", &new, "upgrade"], body).await.string("replacement_room");
    assert_eq!(state(&alice, &newest, "m.room.create").await["additional_creators"], json!([c]));
    let levels = state(&alice, &newest, "m.room.power_levels").await;
    assert_eq!(levels["users"], json!({ b: 50 }));
    assert_eq!(levels["events"]["m.room.tombstone"], 150);
    let without = upgrade(&alice, &newest, "12").await;
    assert_eq!(state(&alice, &without, "m.room.create").await["additional_creators"], Value::Null);

    // Who stood above levels is the first among equals where nobody does.
    let back = upgrade(&alice, &without, "11").await;
    let levels = state(&alice, &back, "m.room.power_levels").await;
    assert_eq!(levels["users"], json!({ a: 100, b: 50 }));
}

async fn a_space_keeps_its_children(server: &TestServer) {
    let alice = server.register("alice").await;
    let body = json!({ "preset": "public_chat", "room_version": "10", "creation_content": { "type": "m.space" } });
    let (space, room) = (alice.create_room(body).await, alice.public_room().await);
    let gone = alice.public_room().await;
    let child = json!({ "via": ["trellis.test"], "suggested": true });
    alice.put(["rooms", &space, "state", "m.space.child", &room], child.clone()).await.ok();
    alice.put(["rooms", &space, "state", "m.space.child", &gone], json!({})).await.ok();

    let new = upgrade(&alice, &space, "12").await;

    assert_eq!(state(&alice, &new, "m.room.create").await["type"], "m.space");
    assert_eq!(alice.get(["rooms", &new, "state", "m.space.child", &room]).await.ok(), child);
    let removed = alice.get(["rooms", &new, "state", "m.space.child", &gone]).await;
    removed.assert_errcode(404, "M_NOT_FOUND");
}

async fn members_take_their_settings_along(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let old = alice.create_room(json!({ "preset": "public_chat", "room_version": "10" })).await;
    bob.join(&old).await;
    for client in [&alice, &bob] {
        client.put(["user", &client.user_id, "rooms", &old, "tags", "m.favourite"], json!({ "order": 0.5 })).await.ok();
        let rule = json!({ "actions": [] });
        client.put(["pushrules", "global", "room", &old], rule).await.ok();
        let mute = json!({
            "actions": [], "conditions": [{ "kind": "event_match", "key": "room_id", "pattern": old }],
        });
        client.put(["pushrules", "global", "override", &old], mute).await.ok();
    }
    let direct = ["user", &bob.user_id, "account_data", "m.direct"];
    bob.put(direct, json!({ &alice.user_id: [old] })).await.ok();

    let new = upgrade(&alice, &old, "11").await;
    bob.join(&new).await;

    for client in [&alice, &bob] {
        let tags = client.get(["user", &client.user_id, "rooms", &new, "tags"]).await.ok();
        assert_eq!(tags["tags"]["m.favourite"]["order"], 0.5);
        assert_eq!(client.get(["pushrules", "global", "room", &new]).await.ok()["actions"], json!([]));
        let mute = client.get(["pushrules", "global", "override", &new]).await.ok();
        assert_eq!(mute["conditions"][0]["pattern"], new);
    }
    assert_eq!(bob.get(direct).await.ok(), json!({ &alice.user_id: [old, new] }));

    // Claiming to replace a room moves nothing of those who were not in it.
    let carol = server.register("carol").await;
    carol.put(["user", &carol.user_id, "rooms", &old, "tags", "m.favourite"], json!({})).await.ok();
    carol.join(&new).await;
    let tags = carol.get(["user", &carol.user_id, "rooms", &new, "tags"]).await.ok();
    assert_eq!(tags["tags"], json!({}));
}

async fn upgrading_takes_the_power_to_end_the_room(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;

    let body = json!({ "new_version": "12" });
    bob.post(["rooms", &room, "upgrade"], body.clone()).await.assert_errcode(403, "M_FORBIDDEN");
    let unknown = alice.post(["rooms", &room, "upgrade"], json!({ "new_version": "org.example.99" })).await;
    unknown.assert_errcode(400, "M_UNSUPPORTED_ROOM_VERSION");
    alice.post(["rooms", &room, "upgrade"], json!({})).await.assert_errcode(400, "M_BAD_JSON");
    alice.post(["rooms", "!none:trellis.test", "upgrade"], body).await.assert_errcode(404, "M_NOT_FOUND");
    let circle = json!({ "body": "", "replacement_room": room });
    let refused = alice.put(["rooms", &room, "state", "m.room.tombstone", ""], circle).await;
    refused.assert_errcode(400, "M_INVALID_PARAM");
    assert_eq!(alice.get(["joined_rooms"]).await.ok()["joined_rooms"].as_array().unwrap().len(), 1);
}
