//! Joining, inviting, leaving, kicking, banning, forgetting.

use serde_json::json;

use crate::harness::TestServer;

on_both!(
    who_joins_may_say_more,
    an_invite_lets_in_and_can_be_declined,
    a_private_room_lets_nobody_in_uninvited,
    joining_twice_is_joining_once,
    a_room_is_joined_by_its_alias,
    power_decides_who_may_kick_and_ban,
    a_ban_keeps_out_until_it_is_lifted,
    a_reason_is_part_of_the_event,
    a_knock_is_answered_by_an_invite,
    a_room_is_forgotten_only_after_it_is_left,
    members_are_listed_by_membership,
    what_someone_is_called_reaches_their_rooms,
    strangers_are_told_nothing,
);

async fn an_invite_lets_in_and_can_be_declined(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({})).await;

    alice.invite(&room, &bob.user_id).await;
    bob.leave(&room).await;
    bob.post(["join", &room], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
    alice.invite(&room, &bob.user_id).await;
    bob.join(&room).await;

    let again = alice.post(["rooms", &room, "invite"], json!({ "user_id": bob.user_id })).await;
    again.assert_errcode(403, "M_FORBIDDEN");
    assert_eq!(bob.get(["joined_rooms"]).await.ok(), json!({ "joined_rooms": [room] }));
}

async fn a_private_room_lets_nobody_in_uninvited(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({})).await;

    bob.post(["rooms", &room, "join"], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
    bob.post(["join", "!none:trellis.test"], json!({})).await.assert_errcode(404, "M_NOT_FOUND");
    let state = bob.get(["rooms", &room, "state"]).await;
    state.assert_errcode(403, "M_FORBIDDEN");
    bob.get(["rooms", &room, "members"]).await.assert_errcode(403, "M_FORBIDDEN");
}

async fn joining_twice_is_joining_once(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let before = bob.query(["rooms", &room, "messages"], &[("dir", "b")]).await.ok();

    bob.join(&room).await;

    assert_eq!(bob.query(["rooms", &room, "messages"], &[("dir", "b")]).await.ok()["start"], before["start"]);
}

async fn a_room_is_joined_by_its_alias(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({ "preset": "public_chat", "room_alias_name": "lounge" })).await;

    let joined = bob.post(["join", "#lounge:trellis.test"], json!({})).await.string("room_id");
    assert_eq!(joined, room);
    bob.post(["join", "#none:trellis.test"], json!({})).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn power_decides_who_may_kick_and_ban(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let carol = server.register("carol").await;
    let room = alice.create_room(json!({ "preset": "public_chat", "room_version": "11" })).await;
    bob.join(&room).await;
    carol.join(&room).await;

    let target = json!({ "user_id": carol.user_id });
    bob.post(["rooms", &room, "kick"], target.clone()).await.assert_errcode(403, "M_FORBIDDEN");
    bob.post(["rooms", &room, "ban"], target.clone()).await.assert_errcode(403, "M_FORBIDDEN");
    alice.post(["rooms", &room, "kick"], target.clone()).await.ok();
    alice.post(["rooms", &room, "kick"], target).await.assert_errcode(403, "M_FORBIDDEN");
    carol.join(&room).await;
}

async fn a_ban_keeps_out_until_it_is_lifted(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let target = json!({ "user_id": bob.user_id });

    alice.post(["rooms", &room, "unban"], target.clone()).await.assert_errcode(403, "M_BAD_STATE");
    alice.post(["rooms", &room, "ban"], target.clone()).await.ok();
    bob.post(["join", &room], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
    alice.post(["rooms", &room, "unban"], target).await.ok();
    bob.join(&room).await;
}

async fn a_reason_is_part_of_the_event(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.post(["rooms", &room, "join"], json!({ "reason": "curious" })).await.ok();

    let member = alice.get(["rooms", &room, "state", "m.room.member", &bob.user_id]).await.ok();
    assert_eq!((&member["membership"], &member["reason"]), (&json!("join"), &json!("curious")));
}

async fn a_knock_is_answered_by_an_invite(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let rule = json!({ "type": "m.room.join_rules", "content": { "join_rule": "knock" } });
    let room = alice.create_room(json!({ "initial_state": [rule] })).await;

    bob.post(["join", &room], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
    bob.post(["knock", &room], json!({ "reason": "please" })).await.ok();
    alice.invite(&room, &bob.user_id).await;
    bob.join(&room).await;
}

async fn a_room_is_forgotten_only_after_it_is_left(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;

    bob.post(["rooms", &room, "forget"], json!({})).await.assert_errcode(400, "M_UNKNOWN");
    bob.leave(&room).await;
    bob.query(["rooms", &room, "messages"], &[("dir", "b")]).await.ok();
    bob.post(["rooms", &room, "forget"], json!({})).await.ok();
    let gone = bob.query(["rooms", &room, "messages"], &[("dir", "b")]).await;
    gone.assert_errcode(403, "M_FORBIDDEN");
}

async fn members_are_listed_by_membership(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let carol = server.register("carol").await;
    let room = alice.public_room().await;
    bob.join(&room).await;
    alice.invite(&room, &carol.user_id).await;
    let early = alice.query(["rooms", &room, "messages"], &[("dir", "b")]).await.string("start");
    bob.leave(&room).await;

    let users = |answer: serde_json::Value| {
        let events = answer["chunk"].as_array().unwrap().clone();
        let mut users: Vec<_> = events.iter().map(|event| event["state_key"].as_str().unwrap().to_owned()).collect();
        users.sort_unstable();
        users
    };
    let with = |query: Vec<(&'static str, String)>| {
        let (alice, room) = (&alice, &room);
        async move {
            let query: Vec<_> = query.iter().map(|(key, value)| (*key, value.as_str())).collect();
            users(alice.query(["rooms", room, "members"], &query).await.ok())
        }
    };
    assert_eq!(with(vec![("membership", "join".into())]).await, ["@alice:trellis.test"]);
    let there = with(vec![("not_membership", "leave".into())]).await;
    assert_eq!(there, ["@alice:trellis.test", "@carol:trellis.test"]);
    let before = with(vec![("membership", "join".into()), ("at", early)]).await;
    assert_eq!(before, ["@alice:trellis.test", "@bob:trellis.test"]);
    let joined = alice.get(["rooms", &room, "joined_members"]).await.ok();
    assert_eq!(joined["joined"].as_object().unwrap().len(), 1);
}

async fn what_someone_is_called_reaches_their_rooms(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;

    alice.put(["profile", &alice.user_id, "displayname"], json!({ "displayname": "Alice the Great" })).await.ok();

    let joined = alice.get(["rooms", &room, "joined_members"]).await.ok();
    assert_eq!(joined["joined"][&alice.user_id]["display_name"], "Alice the Great");
}

async fn strangers_are_told_nothing(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({ "preset": "public_chat", "room_alias_name": "lounge" })).await;
    let message = alice.say(&room, "hello").await;
    server.stranger().get(["joined_rooms"]).await.assert_errcode(401, "M_MISSING_TOKEN");

    for place in ["joined_members", "members", "state", "aliases", "messages", "initialSync"] {
        let refused = bob.query(["rooms", &room, place], &[("dir", "b")]).await;
        refused.assert_errcode(403, "M_FORBIDDEN");
    }
    bob.get(["rooms", &room, "state", "m.room.name", ""]).await.assert_errcode(403, "M_FORBIDDEN");
    bob.get(["rooms", &room, "event", &message]).await.assert_errcode(404, "M_NOT_FOUND");
    bob.get(["rooms", &room, "context", &message]).await.assert_errcode(403, "M_FORBIDDEN");
    let sent = bob.send_as(&room, "m.room.message", "t", json!({ "body": "let me in" })).await;
    sent.assert_errcode(403, "M_FORBIDDEN");
    bob.put(["rooms", &room, "state", "m.room.name", ""], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
    bob.put(["rooms", &room, "redact", &message, "t"], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
    let leave = bob.post(["rooms", "!none:trellis.test", "leave"], json!({})).await;
    leave.assert_errcode(404, "M_NOT_FOUND");
    let target = json!({ "user_id": alice.user_id });
    for place in ["invite", "kick", "ban"] {
        bob.post(["rooms", &room, place], target.clone()).await.assert_errcode(403, "M_FORBIDDEN");
    }

    // What the world may read, any user may, but is no member for that.
    alice.set_state(&room, "m.room.history_visibility", json!({ "history_visibility": "world_readable" })).await;
    let open = alice.say(&room, "to all").await;
    for place in ["members", "state", "aliases", "messages", "initialSync"] {
        bob.query(["rooms", &room, place], &[("dir", "b")]).await.ok();
    }
    assert_eq!(bob.get(["rooms", &room, "event", &open]).await.ok()["content"]["body"], "to all");
    bob.get(["rooms", &room, "event", &message]).await.assert_errcode(404, "M_NOT_FOUND");
    bob.get(["rooms", &room, "joined_members"]).await.assert_errcode(403, "M_FORBIDDEN");
}

async fn who_joins_may_say_more(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;

    let body = json!({ "reason": "hello", "org.test": 1, "membership": "ban", "displayname": "Alice" });
    bob.post(["join", &room], body).await.ok();

    let member = alice.get(["rooms", &room, "state", "m.room.member", &bob.user_id]).await.ok();
    let expected = json!({ "membership": "join", "displayname": "bob", "reason": "hello", "org.test": 1 });
    assert_eq!(member, expected);
    bob.post(["rooms", &room, "join"], json!({ "org.test": 1.5 })).await.assert_errcode(400, "M_BAD_JSON");
}
