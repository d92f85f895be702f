//! Which rooms are in which list, and in which order.

use serde_json::{Value, json};

use super::{all, ask, bodies, pos, rooms, state};
use crate::harness::TestServer;

on_both!(
    a_window_holds_the_most_recent_rooms,
    a_window_that_grows_brings_the_others,
    no_room_is_missing_that_was_out_of_the_window,
    rooms_are_filtered_by_kind,
    spaces_are_delivered_and_filter_their_children,
    tags_and_direct_rooms_filter,
    invitations_come_and_become_rooms,
    an_invitation_that_is_gone_is_told_by_the_members_state,
    a_room_that_was_left_is_told_once,
    who_is_banned_learns_it,
    a_room_joined_again_is_told_anew,
);

fn list(ranges: Value, filters: Value) -> Value {
    json!({ "lists": { "list": {
        "ranges": ranges, "filters": filters, "required_state": [], "timeline_limit": 1,
    } } })
}

fn sorted(mut rooms: Vec<String>) -> Vec<String> {
    rooms.sort_unstable();
    rooms
}

async fn a_window_holds_the_most_recent_rooms(server: &TestServer) {
    let alice = server.register("alice").await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(alice.public_room().await);
    }
    alice.say(&made[0], "now the newest").await;

    let answer = ask(&alice, None, &list(json!([[0, 1]]), json!({}))).await.ok();

    assert_eq!(answer["lists"]["list"]["count"], 4);
    assert_eq!(rooms(&answer), sorted(vec![made[0].clone(), made[3].clone()]));
    let stamp = |room: &str| answer["rooms"][room]["bump_stamp"].as_i64().unwrap();
    assert!(stamp(&made[0]) > stamp(&made[3]));
}

async fn a_window_that_grows_brings_the_others(server: &TestServer) {
    let alice = server.register("alice").await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(alice.public_room().await);
    }
    let first = ask(&alice, None, &list(json!([[0, 1]]), json!({}))).await.ok();

    let second = ask(&alice, Some(&pos(&first)), &list(json!([[0, 9]]), json!({}))).await.ok();

    assert_eq!(rooms(&second), sorted(made[..2].to_vec()));
    let third = ask(&alice, Some(&pos(&second)), &list(json!([[0, 9]]), json!({}))).await.ok();
    assert!(rooms(&third).is_empty());
}

async fn no_room_is_missing_that_was_out_of_the_window(server: &TestServer) {
    let alice = server.register("alice").await;
    let (one, two) = (alice.public_room().await, alice.public_room().await);
    let first = ask(&alice, None, &list(json!([[0, 9]]), json!({}))).await.ok();
    alice.say(&one, "seen later").await;
    alice.say(&two, "seen first").await;

    let narrow = ask(&alice, Some(&pos(&first)), &list(json!([[0, 0]]), json!({}))).await.ok();
    let wide = ask(&alice, Some(&pos(&narrow)), &list(json!([[0, 9]]), json!({}))).await.ok();

    assert_eq!(rooms(&narrow), [two]);
    assert_eq!(bodies(&wide, &one), ["seen later"]);
    assert_eq!(rooms(&wide), [one.as_str()]);
    assert!(wide["rooms"][&one]["initial"].is_null());
}

async fn rooms_are_filtered_by_kind(server: &TestServer) {
    let alice = server.register("alice").await;
    let plain = alice.create_room(json!({})).await;
    let state =
        json!([{ "type": "m.room.encryption", "state_key": "", "content": { "algorithm": "m.megolm.v1.aes-sha2" } }]);
    let secret = alice.create_room(json!({ "initial_state": state })).await;
    let space = alice.create_room(json!({ "creation_content": { "type": "m.space" } })).await;
    let found = async |filters: Value| rooms(&ask(&alice, None, &list(json!([[0, 9]]), filters)).await.ok());

    assert_eq!(found(json!({ "is_encrypted": true })).await, [secret.as_str()]);
    assert_eq!(found(json!({ "is_encrypted": false })).await, sorted(vec![plain.clone(), space.clone()]));
    assert_eq!(found(json!({ "room_types": ["m.space"] })).await, [space.as_str()]);
    assert_eq!(found(json!({ "room_types": [null] })).await, sorted(vec![plain.clone(), secret.clone()]));
    assert_eq!(found(json!({ "not_room_types": ["m.space"] })).await, sorted(vec![plain, secret]));
    assert!(found(json!({ "room_types": ["m.space"], "not_room_types": ["m.space"] })).await.is_empty());
}

async fn spaces_are_delivered_and_filter_their_children(server: &TestServer) {
    let alice = server.register("alice").await;
    let space = alice.create_room(json!({ "creation_content": { "type": "m.space" } })).await;
    let (inside, removed) = (alice.create_room(json!({})).await, alice.create_room(json!({})).await);
    let outside = alice.create_room(json!({})).await;
    for child in [&inside, &removed] {
        alice.put(["rooms", &space, "state", "m.space.child", child], json!({ "via": ["trellis.test"] })).await.ok();
    }
    alice.put(["rooms", &space, "state", "m.space.child", &removed], json!({})).await.ok();

    let everything = ask(&alice, None, &all(1)).await.ok();
    assert_eq!(rooms(&everything), sorted(vec![space.clone(), inside.clone(), removed, outside]));
    let filtered = ask(&alice, None, &list(json!([[0, 9]]), json!({ "spaces": [space] }))).await.ok();
    assert_eq!(rooms(&filtered), [inside]);
    let unknown = ask(&alice, None, &list(json!([[0, 9]]), json!({ "spaces": ["!nowhere:test"] }))).await.ok();
    assert!(rooms(&unknown).is_empty());
}

async fn tags_and_direct_rooms_filter(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (plain, loved) = (alice.create_room(json!({})).await, alice.create_room(json!({})).await);
    let direct = alice.create_room(json!({ "invite": [bob.user_id], "is_direct": true })).await;
    alice.put(["user", &alice.user_id, "rooms", &loved, "tags", "m.favourite"], json!({})).await.ok();
    let data = json!({ bob.user_id.as_str(): [direct] });
    alice.put(["user", &alice.user_id, "account_data", "m.direct"], data).await.ok();
    let found = async |filters: Value| rooms(&ask(&alice, None, &list(json!([[0, 9]]), filters)).await.ok());

    assert_eq!(found(json!({ "tags": ["m.favourite"] })).await, [loved.as_str()]);
    assert_eq!(found(json!({ "not_tags": ["m.favourite"] })).await, sorted(vec![plain.clone(), direct.clone()]));
    assert_eq!(found(json!({ "is_dm": true })).await, [direct.as_str()]);
    assert_eq!(found(json!({ "is_dm": false })).await, sorted(vec![plain, loved]));
    let answer = ask(&alice, None, &all(1)).await.ok();
    assert_eq!(answer["rooms"][&direct]["is_dm"], true);
}

async fn invitations_come_and_become_rooms(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({ "name": "Party" })).await;
    let first = ask(&bob, None, &all(10)).await.ok();
    alice.invite(&room, &bob.user_id).await;

    let invited = ask(&bob, Some(&pos(&first)), &all(10)).await.ok();
    let stripped = invited["rooms"][&room]["invite_state"].as_array().unwrap();
    assert!(stripped.iter().any(|event| event["content"]["name"] == "Party"));
    assert!(invited["rooms"][&room]["timeline"].is_null());
    let again = ask(&bob, Some(&pos(&invited)), &all(10)).await.ok();
    assert!(rooms(&again).is_empty());
    let found = ask(&bob, None, &list(json!([[0, 9]]), json!({ "is_invite": true }))).await.ok();
    assert_eq!(rooms(&found), [room.as_str()]);

    let before = ask(&bob, None, &all(10)).await.ok();
    bob.join(&room).await;
    let joined = ask(&bob, Some(&pos(&before)), &all(10)).await.ok();
    assert_eq!(joined["rooms"][&room]["initial"], true);
    assert_eq!(joined["rooms"][&room]["name"], "Party");
    assert!(joined["rooms"][&room]["invite_state"].is_null());
}

async fn an_invitation_that_is_gone_is_told_by_the_members_state(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({})).await;
    alice.invite(&room, &bob.user_id).await;
    let mut body = all(1);
    body["lists"]["all"]["required_state"] = json!([["m.room.member", "$ME"]]);
    let invited = ask(&bob, None, &body).await.ok();
    assert!(invited["rooms"][&room]["invite_state"].is_array());

    alice.post(["rooms", &room, "kick"], json!({ "user_id": bob.user_id })).await.ok();
    let answer = ask(&bob, Some(&pos(&invited)), &body).await.ok();

    let gone = &answer["rooms"][&room];
    assert!(gone["invite_state"].is_null());
    assert_eq!(gone["membership"], "leave");
    assert_eq!(state(&answer, &room), [("m.room.member".to_owned(), bob.user_id.clone())]);
    assert_eq!(gone["required_state"][0]["content"]["membership"], "leave");
    assert_eq!(answer["lists"]["all"]["count"], 0);
}

async fn a_room_that_was_left_is_told_once(server: &TestServer) {
    let alice = server.register("alice").await;
    let (room, other) = (alice.public_room().await, alice.public_room().await);
    let first = ask(&alice, None, &all(1)).await.ok();
    alice.leave(&room).await;

    let left = ask(&alice, Some(&pos(&first)), &all(1)).await.ok();
    let after = ask(&alice, Some(&pos(&left)), &all(1)).await.ok();

    assert_eq!(left["rooms"][&room]["membership"], "leave");
    assert_eq!(left["lists"]["all"]["count"], 1);
    assert!(rooms(&after).is_empty());
    assert_eq!(rooms(&ask(&alice, None, &all(1)).await.ok()), [other]);
}

async fn who_is_banned_learns_it(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let first = ask(&bob, None, &all(5)).await.ok();
    alice.post(["rooms", &room, "ban"], json!({ "user_id": bob.user_id })).await.ok();
    alice.say(&room, "not for Bob").await;

    let banned = ask(&bob, Some(&pos(&first)), &all(5)).await.ok();

    assert_eq!(banned["rooms"][&room]["membership"], "ban");
    let timeline = banned["rooms"][&room]["timeline"].as_array().unwrap();
    assert_eq!(timeline.last().unwrap()["content"]["membership"], "ban");
    assert!(bodies(&banned, &room).is_empty());
}

async fn a_room_joined_again_is_told_anew(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let first = ask(&bob, None, &all(1)).await.ok();
    bob.leave(&room).await;
    alice.say(&room, "missed").await;
    bob.join(&room).await;

    let answer = ask(&bob, Some(&pos(&first)), &all(1)).await.ok();

    assert_eq!(answer["rooms"][&room]["initial"], true);
    assert_eq!(answer["rooms"][&room]["membership"], "join");
}
