//! Joining by being in another room, knocking, and invitations nobody wants.

use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer};

on_both!(
    members_of_an_allowed_room_are_let_in,
    who_vouches_may_invite,
    nobody_vouches_for_themselves,
    a_room_that_admits_by_knocking_or_membership_does_both,
    a_knock_is_answered_by_an_invite_or_a_refusal,
    a_knock_is_withdrawn,
    a_room_that_is_not_knocked_on_refuses,
    invitations_are_blocked_by_those_who_want_none,
);

/// A room that lets in the members of another, of a version.
async fn restricted(client: &TestClient, version: &str, rule: &str, allowed: &str) -> String {
    let content = json!({
        "join_rule": rule,
        "allow": [{ "type": "m.room_membership", "room_id": allowed }],
    });
    let rules = json!({ "type": "m.room.join_rules", "content": content });
    client.create_room(json!({ "room_version": version, "initial_state": [rules] })).await
}

async fn member(client: &TestClient, room: &str, user_id: &str) -> Value {
    client.get(["rooms", room, "state", "m.room.member", user_id]).await.ok()
}

async fn members_of_an_allowed_room_are_let_in(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let space = alice.public_room().await;
    for version in ["8", "9", "10", "11", "12"] {
        let room = restricted(&alice, version, "restricted", &space).await;
        bob.post(["join", &room], json!({})).await.assert_errcode(403, "M_FORBIDDEN");

        bob.join(&space).await;
        bob.join(&room).await;

        let content = member(&bob, &room, &bob.user_id).await;
        assert_eq!(content["join_authorised_via_users_server"], alice.user_id, "version {version}");
        bob.say(&room, "hello").await;
        bob.leave(&space).await;
        bob.leave(&room).await;
        bob.post(["rooms", &room, "join"], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
        alice.invite(&room, &bob.user_id).await;
        bob.join(&room).await;
        assert_eq!(member(&bob, &room, &bob.user_id).await["join_authorised_via_users_server"], Value::Null);
    }
}

async fn who_vouches_may_invite(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let carol = server.register("carol").await;
    let space = alice.public_room().await;
    bob.join(&space).await;
    carol.join(&space).await;
    let room = restricted(&alice, "10", "restricted", &space).await;
    bob.join(&room).await;
    let levels = |invite: u32| json!({ "users": { &alice.user_id: 100 }, "invite": invite });
    alice.set_state(&room, "m.room.power_levels", levels(50)).await;

    // Only Alice may invite; once she is gone nobody can vouch for Carol.
    alice.leave(&room).await;
    carol.post(["join", &room], json!({})).await.assert_errcode(403, "M_FORBIDDEN");

    // Where anyone may invite, anyone who is there vouches.
    alice.join(&space).await;
    let open = restricted(&alice, "11", "restricted", &space).await;
    bob.join(&open).await;
    alice.leave(&open).await;
    carol.join(&open).await;
    let voucher = member(&carol, &open, &carol.user_id).await["join_authorised_via_users_server"].clone();
    assert_eq!(voucher, bob.user_id);
}

async fn nobody_vouches_for_themselves(server: &TestServer) {
    let (alice, mallory) = (server.register("alice").await, server.register("mallory").await);
    let space = alice.create_room(json!({})).await;
    let room = restricted(&alice, "10", "restricted", &space).await;

    let join = json!({ "membership": "join", "join_authorised_via_users_server": alice.user_id });
    let refused = mallory.put(["rooms", &room, "state", "m.room.member", &mallory.user_id], join).await;

    refused.assert_errcode(403, "M_FORBIDDEN");
}

async fn a_room_that_admits_by_knocking_or_membership_does_both(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let space = alice.public_room().await;
    for version in ["10", "12"] {
        let room = restricted(&alice, version, "knock_restricted", &space).await;
        bob.post(["join", &room], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
        bob.post(["knock", &room], json!({})).await.ok();
        bob.join(&space).await;
        bob.join(&room).await;
        assert_eq!(member(&alice, &room, &bob.user_id).await["membership"], "join");
        bob.leave(&space).await;
    }
}

async fn knockable(client: &TestClient) -> String {
    let rule = json!({ "type": "m.room.join_rules", "content": { "join_rule": "knock" } });
    client.create_room(json!({ "name": "The Club", "initial_state": [rule] })).await
}

async fn a_knock_is_answered_by_an_invite_or_a_refusal(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = knockable(&alice).await;
    let mut since = bob.token_now().await;

    let knocked = bob.post(["knock", &room], json!({ "reason": "let me in" })).await.ok();
    assert_eq!(knocked, json!({ "room_id": room }));
    let answer = bob.sync_until(&mut since, |answer| !answer["rooms"]["knock"][&room].is_null()).await;
    let shown = answer["rooms"]["knock"][&room]["knock_state"]["events"].as_array().unwrap().clone();
    let name = shown.iter().find(|event| event["type"] == "m.room.name").unwrap();
    assert_eq!(name["content"]["name"], "The Club");
    assert!(shown.iter().all(|event| event.get("event_id").is_none()));
    assert_eq!(member(&alice, &room, &bob.user_id).await["reason"], "let me in");

    // A moderator refuses it, and it disappears.
    alice.post(["rooms", &room, "kick"], json!({ "user_id": bob.user_id })).await.ok();
    bob.sync_until(&mut since, |answer| !answer.left(&room).is_null()).await;
    let initial = bob.sync().await;
    assert!(initial["rooms"]["knock"][&room].is_null());

    bob.post(["knock", &room], json!({})).await.ok();
    alice.invite(&room, &bob.user_id).await;
    bob.sync_until(&mut since, |answer| !answer.invited(&room).is_null()).await;
    bob.join(&room).await;
    bob.post(["knock", &room], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
}

async fn a_knock_is_withdrawn(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = knockable(&alice).await;
    bob.post(["knock", &room], json!({})).await.ok();

    bob.leave(&room).await;

    assert_eq!(member(&alice, &room, &bob.user_id).await["membership"], "leave");
    assert!(bob.sync().await["rooms"]["knock"][&room].is_null());
}

async fn a_room_that_is_not_knocked_on_refuses(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let private = alice.create_room(json!({})).await;
    let club = knockable(&alice).await;

    bob.post(["knock", &private], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
    bob.post(["knock", "!none:trellis.test"], json!({})).await.assert_errcode(404, "M_NOT_FOUND");
    bob.post(["knock", "#none:trellis.test"], json!({})).await.assert_errcode(404, "M_NOT_FOUND");
    alice.post(["rooms", &club, "ban"], json!({ "user_id": bob.user_id })).await.ok();
    bob.post(["knock", &club], json!({})).await.assert_errcode(403, "M_FORBIDDEN");
}

async fn invitations_are_blocked_by_those_who_want_none(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({})).await;
    let early = alice.create_room(json!({ "invite": [bob.user_id] })).await;
    let config = ["user", &bob.user_id, "account_data", "m.invite_permission_config"];
    bob.put(config, json!({ "default_action": "block" })).await.ok();

    let target = json!({ "user_id": bob.user_id });
    alice.post(["rooms", &room, "invite"], target).await.assert_errcode(403, "M_INVITE_BLOCKED");
    let created = alice.post(["createRoom"], json!({ "invite": [bob.user_id] })).await;
    created.assert_errcode(403, "M_INVITE_BLOCKED");
    let invite = json!({ "membership": "invite" });
    let written = alice.put(["rooms", &room, "state", "m.room.member", &bob.user_id], invite).await;
    written.assert_errcode(403, "M_INVITE_BLOCKED");
    assert!(bob.sync().await.invited(&early).is_null());
    let lists = json!({ "lists": { "all": { "ranges": [[0, 9]], "required_state": [], "timeline_limit": 0 } } });
    let path = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";
    let sliding = async || bob.raw(reqwest::Method::POST, path, Some(lists.to_string())).await.ok();
    assert!(sliding().await["rooms"][&early].is_null());

    bob.put(config, json!({})).await.ok();
    assert!(!bob.sync().await.invited(&early).is_null());
    assert!(!sliding().await["rooms"][&early]["invite_state"].is_null());
    alice.invite(&room, &bob.user_id).await;
}
