//! What differs between room versions: each is made, joined, redacted and authorised by its own rules.

use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer};

on_both!(
    capabilities_name_every_version_that_can_be_made,
    knocking_begins_with_version_7,
    restricted_rooms_begin_with_version_8,
    both_at_once_begin_with_version_10,
    levels_are_numbers_since_version_10,
    the_creator_is_the_sender_since_version_11,
    what_a_redaction_names_moves_in_version_11,
    redactions_keep_what_their_version_keeps,
    creators_are_above_levels_since_version_12,
);

const VERSIONS: [&str; 7] = ["6", "7", "8", "9", "10", "11", "12"];

fn number(version: &str) -> u32 {
    version.parse().unwrap()
}

/// A room of a version with a join rule.
async fn ruled(client: &TestClient, version: &str, rules: Value) -> String {
    let rules = json!({ "type": "m.room.join_rules", "content": rules });
    client.create_room(json!({ "room_version": version, "initial_state": [rules] })).await
}

async fn event(client: &TestClient, room: &str, event_id: &str) -> Value {
    client.get(["rooms", room, "event", event_id]).await.ok()
}

async fn capabilities_name_every_version_that_can_be_made(server: &TestServer) {
    let alice = server.register("alice").await;
    let capabilities = alice.get(["capabilities"]).await.ok();
    let versions = &capabilities["capabilities"]["m.room_versions"];
    assert_eq!(versions["default"], "12");
    assert_eq!(capabilities["capabilities"]["m.change_password"], json!({ "enabled": true }));
    let available = versions["available"].as_object().unwrap();
    assert_eq!(available.len(), VERSIONS.len());
    for version in VERSIONS {
        assert_eq!(available[version], "stable");
        let room = alice.create_room(json!({ "room_version": version })).await;
        let create = alice.get(["rooms", &room, "state", "m.room.create"]).await.ok();
        assert_eq!(create["room_version"], version);
    }
    let refused = alice.post(["createRoom"], json!({ "room_version": "5" })).await;
    refused.assert_errcode(400, "M_UNSUPPORTED_ROOM_VERSION");
    server.stranger().get(["capabilities"]).await.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn knocking_begins_with_version_7(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    for version in VERSIONS {
        let room = ruled(&alice, version, json!({ "join_rule": "knock" })).await;
        let knocked = bob.post(["knock", &room], json!({})).await;
        if number(version) >= 7 {
            knocked.ok();
        } else {
            knocked.assert_errcode(403, "M_FORBIDDEN");
        }
    }
}

async fn restricted_rooms_begin_with_version_8(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let space = alice.public_room().await;
    bob.join(&space).await;
    let allow = json!([{ "type": "m.room_membership", "room_id": space }]);
    for version in VERSIONS {
        let room = ruled(&alice, version, json!({ "join_rule": "restricted", "allow": allow })).await;
        let joined = bob.post(["join", &room], json!({})).await;
        if number(version) >= 8 {
            joined.ok();
        } else {
            joined.assert_errcode(403, "M_FORBIDDEN");
        }
    }
}

async fn both_at_once_begin_with_version_10(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let space = alice.public_room().await;
    bob.join(&space).await;
    let allow = json!([{ "type": "m.room_membership", "room_id": space }]);
    for version in VERSIONS {
        let room = ruled(&alice, version, json!({ "join_rule": "knock_restricted", "allow": allow })).await;
        let joined = bob.post(["join", &room], json!({})).await;
        if number(version) >= 10 {
            joined.ok();
        } else {
            joined.assert_errcode(403, "M_FORBIDDEN");
        }
    }
}

async fn levels_are_numbers_since_version_10(server: &TestServer) {
    let alice = server.register("alice").await;
    for version in VERSIONS {
        let room = alice.create_room(json!({ "room_version": version })).await;
        let users = if version == "12" { json!({}) } else { json!({ &alice.user_id: 100 }) };
        let levels = json!({ "users": users, "events_default": "0" });
        let set = alice.put(["rooms", &room, "state", "m.room.power_levels", ""], levels).await;
        if number(version) >= 10 {
            set.assert_errcode(403, "M_FORBIDDEN");
        } else {
            set.ok();
        }
    }
}

async fn the_creator_is_the_sender_since_version_11(server: &TestServer) {
    let alice = server.register("alice").await;
    for version in VERSIONS {
        let room = alice.create_room(json!({ "room_version": version })).await;
        let create = alice.get(["rooms", &room, "state", "m.room.create"]).await.ok();
        let expected = if number(version) >= 11 { Value::Null } else { json!(alice.user_id) };
        assert_eq!(create["creator"], expected, "version {version}");
    }
}

async fn what_a_redaction_names_moves_in_version_11(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    for version in VERSIONS {
        let room = alice.create_room(json!({ "preset": "public_chat", "room_version": version })).await;
        bob.join(&room).await;
        let first = alice.say(&room, "first").await;
        let second = alice.say(&room, "second").await;

        // Sent as any event is, which every version allows.
        let sent = json!({ "redacts": second, "reason": "typo" });
        bob.send_as(&room, "m.room.redaction", "t", sent.clone()).await.assert_errcode(403, "M_FORBIDDEN");
        let by_sending = alice.send_as(&room, "m.room.redaction", "t", sent).await.string("event_id");
        let by_redacting = alice.redact(&room, &first).await;

        for (redaction, target) in [(by_sending, second), (by_redacting, first)] {
            let redaction = event(&bob, &room, &redaction).await;
            // Clients find it in both places, whatever the PDU has.
            assert_eq!((&redaction["redacts"], &redaction["content"]["redacts"]), (&json!(target), &json!(target)));
            assert_eq!(event(&bob, &room, &target).await["content"], json!({}), "version {version}");
        }
    }
}

async fn redactions_keep_what_their_version_keeps(server: &TestServer) {
    let alice = server.register("alice").await;
    let space = alice.public_room().await;
    for version in VERSIONS {
        let room = alice.create_room(json!({ "room_version": version })).await;
        let allow = json!([{ "type": "m.room_membership", "room_id": space }]);
        let rules = json!({ "join_rule": "public", "allow": allow, "note": "x" });
        let rules = alice.set_state(&room, "m.room.join_rules", rules).await;
        let users = if version == "12" { json!({}) } else { json!({ &alice.user_id: 100 }) };
        let levels = json!({ "users": users, "invite": 7, "notifications": { "room": 50 } });
        let levels = alice.set_state(&room, "m.room.power_levels", levels).await;
        let topic = alice.set_state(&room, "m.room.topic", json!({ "topic": "gone" })).await;

        for event_id in [&rules, &levels, &topic] {
            alice.redact(&room, event_id).await;
        }

        let rules = event(&alice, &room, &rules).await["content"].clone();
        assert_eq!((&rules["join_rule"], &rules["note"]), (&json!("public"), &Value::Null));
        let kept = if number(version) >= 8 { allow } else { Value::Null };
        assert_eq!(rules["allow"], kept, "version {version}");
        let levels = event(&alice, &room, &levels).await["content"].clone();
        let kept = if number(version) >= 11 { json!(7) } else { Value::Null };
        assert_eq!((&levels["invite"], &levels["notifications"]), (&kept, &Value::Null), "version {version}");
        assert_eq!(event(&alice, &room, &topic).await["content"], json!({}));
        // The same state may be set anew, since the room has it no longer.
        let again = alice.set_state(&room, "m.room.topic", json!({ "topic": "gone" })).await;
        assert_ne!(again, topic);
    }
}

async fn creators_are_above_levels_since_version_12(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    for version in VERSIONS {
        let is_named = number(version) < 12;
        let mut users = json!({ &bob.user_id: 100 });
        if is_named {
            users[&alice.user_id] = json!(100);
        }
        let levels = json!({ "users": users });
        let body = json!({ "preset": "public_chat", "room_version": version, "power_level_content_override": levels });
        let room = alice.create_room(body).await;
        bob.join(&room).await;

        let kick = json!({ "user_id": alice.user_id });
        bob.post(["rooms", &room, "kick"], kick).await.assert_errcode(403, "M_FORBIDDEN");
        let kicked = alice.post(["rooms", &room, "kick"], json!({ "user_id": bob.user_id })).await;
        if is_named {
            // Equals cannot make each other go.
            kicked.assert_errcode(403, "M_FORBIDDEN");
        } else {
            kicked.ok();
        }
    }
}
