//! Walking through spaces, and what rooms show of themselves to those who are not in them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, TestClient, TestServer};

on_both!(
    a_space_is_walked_depth_first_in_its_order,
    a_walk_goes_on_where_the_page_ended,
    a_walk_ends_at_its_depth_and_at_circles,
    only_suggested_rooms_come_if_asked,
    rooms_that_one_may_not_know_of_are_left_out,
    a_token_belongs_to_its_walk,
    a_room_is_summed_up_for_who_may_join,
    a_private_room_is_not_summed_up_for_strangers,
    a_rule_that_nobody_knows_lets_nobody_in,
);

async fn v1(client: &TestClient, path: &str) -> Answer {
    client.raw(Method::GET, &format!("/_matrix/client/v1{path}"), None).await
}

async fn hierarchy(client: &TestClient, space: &str, query: &str) -> Value {
    v1(client, &format!("/rooms/{space}/hierarchy?{query}")).await.ok()
}

async fn space(client: &TestClient, name: &str) -> String {
    let body = json!({ "preset": "public_chat", "name": name, "creation_content": { "type": "m.space" } });
    client.create_room(body).await
}

async fn room(client: &TestClient, name: &str) -> String {
    client.create_room(json!({ "preset": "public_chat", "name": name })).await
}

async fn add(client: &TestClient, space: &str, child: &str, mut content: Value) {
    content["via"] = json!(["trellis.test"]);
    client.put(["rooms", space, "state", "m.space.child", child], content).await.ok();
}

/// The names of the rooms of a page.
fn names(page: &Value) -> Vec<&str> {
    page["rooms"].as_array().unwrap().iter().map(|room| room["name"].as_str().unwrap()).collect()
}

async fn a_space_is_walked_depth_first_in_its_order(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (top, inner) = (space(&alice, "top").await, space(&alice, "inner").await);
    let (first, second) = (room(&alice, "first").await, room(&alice, "second").await);
    let leaf = room(&alice, "leaf").await;
    add(&alice, &top, &second, json!({})).await;
    add(&alice, &top, &first, json!({ "order": "b" })).await;
    add(&alice, &top, &inner, json!({ "order": "a" })).await;
    add(&alice, &inner, &leaf, json!({})).await;
    // What has no servers is no child, nor is what is no room.
    alice.put(["rooms", &top, "state", "m.space.child", &leaf], json!({})).await.ok();
    add(&alice, &top, "nonsense", json!({})).await;
    bob.join(&leaf).await;

    let page = hierarchy(&bob, &top, "").await;

    assert_eq!(names(&page), ["top", "inner", "leaf", "first", "second"]);
    assert_eq!(page.get("next_batch"), None);
    let rooms = page["rooms"].as_array().unwrap();
    let (shown, shown_leaf) = (&rooms[0], &rooms[2]);
    assert_eq!((&shown["room_id"], &shown["room_type"]), (&json!(top), &json!("m.space")));
    // A room that does not say how it is joined is public.
    assert_eq!((&shown["join_rule"], &shown["num_joined_members"]), (&Value::Null, &json!(1)));
    assert_eq!((&shown["world_readable"], &shown["guest_can_join"]), (&json!(false), &json!(false)));
    assert_eq!(shown["room_version"], "12");
    assert_eq!((&shown_leaf["num_joined_members"], &shown_leaf["children_state"]), (&json!(2), &json!([])));
    let children = shown["children_state"].as_array().unwrap();
    let keys: Vec<_> = children.iter().map(|child| child["state_key"].as_str().unwrap()).collect();
    assert_eq!(keys, [&inner, &first, &second]);
    let child = &children[0];
    assert_eq!((&child["type"], &child["sender"]), (&json!("m.space.child"), &json!(alice.user_id)));
    assert_eq!(child["content"], json!({ "order": "a", "via": ["trellis.test"] }));
    assert!(child["origin_server_ts"].is_i64() && child.get("event_id").is_none());
    // A room that is no space is a walk of one.
    assert_eq!(names(&hierarchy(&bob, &first, "").await), ["first"]);
}

async fn a_walk_goes_on_where_the_page_ended(server: &TestServer) {
    let alice = server.register("alice").await;
    let top = space(&alice, "top").await;
    for number in 0..7 {
        let child = room(&alice, &number.to_string()).await;
        add(&alice, &top, &child, json!({ "order": number.to_string() })).await;
    }

    let first = hierarchy(&alice, &top, "limit=3").await;
    assert_eq!(names(&first), ["top", "0", "1"]);
    let next = first["next_batch"].as_str().unwrap();
    let second = hierarchy(&alice, &top, &format!("limit=3&from={next}")).await;
    assert_eq!(names(&second), ["2", "3", "4"]);

    // The server may start anew, and the space may change: the walk is the same.
    server.restart().await;
    let early = room(&alice, "early").await;
    add(&alice, &top, &early, json!({ "order": " " })).await;
    let again = hierarchy(&alice, &top, &format!("limit=3&from={next}")).await;
    assert_eq!(names(&again), ["2", "3", "4"]);
    let last = again["next_batch"].as_str().unwrap();
    let last = hierarchy(&alice, &top, &format!("limit=3&from={last}")).await;
    assert_eq!((names(&last), last.get("next_batch")), (vec!["5", "6"], None));
}

async fn a_walk_ends_at_its_depth_and_at_circles(server: &TestServer) {
    let alice = server.register("alice").await;
    let spaces = [space(&alice, "0").await, space(&alice, "1").await, space(&alice, "2").await];
    for (parent, child) in [(0, 1), (1, 2), (2, 0), (2, 1), (0, 2), (0, 0)] {
        add(&alice, &spaces[parent], &spaces[child], json!({})).await;
    }

    assert_eq!(names(&hierarchy(&alice, &spaces[0], "").await), ["0", "1", "2"]);
    assert_eq!(names(&hierarchy(&alice, &spaces[1], "").await), ["1", "2", "0"]);
    assert_eq!(names(&hierarchy(&alice, &spaces[1], "max_depth=1").await), ["1", "2"]);
    let page = hierarchy(&alice, &spaces[0], "max_depth=0").await;
    assert_eq!((names(&page), page.get("next_batch")), (vec!["0"], None));
    let path = format!("/rooms/{}/hierarchy", spaces[0]);
    v1(&alice, &format!("{path}?limit=0")).await.assert_errcode(400, "M_INVALID_PARAM");
    v1(&alice, &format!("{path}?max_depth=-1")).await.assert_errcode(400, "M_INVALID_PARAM");
}

async fn only_suggested_rooms_come_if_asked(server: &TestServer) {
    let alice = server.register("alice").await;
    let top = space(&alice, "top").await;
    let (suggested, other) = (room(&alice, "suggested").await, room(&alice, "other").await);
    add(&alice, &top, &suggested, json!({ "suggested": true })).await;
    add(&alice, &top, &other, json!({})).await;

    let page = hierarchy(&alice, &top, "suggested_only=true").await;

    assert_eq!(names(&page), ["top", "suggested"]);
    assert_eq!(page["rooms"][0]["children_state"].as_array().unwrap().len(), 1);
}

/// A room with a join rule, under a name.
async fn ruled(client: &TestClient, name: &str, version: &str, rules: Value) -> String {
    let rules = json!({ "type": "m.room.join_rules", "content": rules });
    client.create_room(json!({ "name": name, "room_version": version, "initial_state": [rules] })).await
}

async fn rooms_that_one_may_not_know_of_are_left_out(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let top = space(&alice, "top").await;
    let secret = alice.create_room(json!({})).await;
    let restricted =
        |room: &str| json!({ "join_rule": "restricted", "allow": [{ "type": "m.room_membership", "room_id": room }] });
    let rooms = [
        ruled(&alice, "private", "12", json!({ "join_rule": "invite" })).await,
        ruled(&alice, "knock", "12", json!({ "join_rule": "knock" })).await,
        ruled(&alice, "too old to knock", "6", json!({ "join_rule": "knock" })).await,
        ruled(&alice, "members", "12", restricted(&top)).await,
        ruled(&alice, "others", "12", restricted(&secret)).await,
        ruled(&alice, "invited", "12", json!({ "join_rule": "invite" })).await,
        ruled(&alice, "readable", "12", json!({ "join_rule": "invite" })).await,
        room(&alice, "banned").await,
    ];
    let readable = json!({ "history_visibility": "world_readable" });
    alice.set_state(&rooms[6], "m.room.history_visibility", readable).await;
    alice.invite(&rooms[5], &bob.user_id).await;
    alice.post(["rooms", &rooms[7], "ban"], json!({ "user_id": bob.user_id })).await.ok();
    for (number, room) in rooms.iter().enumerate() {
        add(&alice, &top, room, json!({ "order": number.to_string() })).await;
    }

    assert_eq!(names(&hierarchy(&bob, &top, "").await), ["top", "knock", "invited", "readable"]);
    bob.join(&top).await;
    let page = hierarchy(&bob, &top, "").await;
    assert_eq!(names(&page), ["top", "knock", "members", "invited", "readable"]);
    let members = &page["rooms"][2];
    assert_eq!((&members["join_rule"], &members["allowed_room_ids"]), (&json!("restricted"), &json!([top])));

    for room in [&rooms[0], &rooms[7], "!none:trellis.test"] {
        v1(&bob, &format!("/rooms/{room}/hierarchy")).await.assert_errcode(403, "M_FORBIDDEN");
    }
}

async fn a_token_belongs_to_its_walk(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let top = space(&alice, "top").await;
    for number in 0..3 {
        let child = room(&alice, &number.to_string()).await;
        add(&alice, &top, &child, json!({})).await;
    }
    let page = hierarchy(&alice, &top, "limit=1&max_depth=4").await;
    let next = page["next_batch"].as_str().unwrap();

    let path = format!("/rooms/{top}/hierarchy?from={next}");
    for wrong in ["", "&max_depth=3", "&max_depth=4&suggested_only=true"] {
        v1(&alice, &format!("{path}{wrong}")).await.assert_errcode(400, "M_INVALID_PARAM");
    }
    v1(&bob, &format!("{path}&max_depth=4")).await.assert_errcode(400, "M_INVALID_PARAM");
    v1(&alice, &format!("/rooms/{top}/hierarchy?from=x")).await.assert_errcode(400, "M_INVALID_PARAM");
    v1(&alice, &format!("{path}&max_depth=4")).await.ok();
}

async fn a_room_is_summed_up_for_who_may_join(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let encryption = json!({ "type": "m.room.encryption", "content": { "algorithm": "m.megolm.v1.aes-sha2" } });
    let lounge = alice
        .create_room(json!({
            "preset": "public_chat", "name": "The Lounge", "topic": "Talk", "room_alias_name": "lounge",
            "initial_state": [encryption],
        }))
        .await;
    let expected = json!({
        "room_id": lounge, "name": "The Lounge", "topic": "Talk", "canonical_alias": "#lounge:trellis.test",
        "num_joined_members": 1, "world_readable": false, "guest_can_join": false,
        "encryption": "m.megolm.v1.aes-sha2", "room_version": "12",
    });

    let summary = v1(&server.stranger(), "/room_summary/%23lounge:trellis.test").await.ok();
    assert_eq!(summary, expected);
    let summary = v1(&bob, &format!("/room_summary/{lounge}")).await.ok();
    assert_eq!(summary["membership"], "leave");
    bob.join(&lounge).await;
    assert_eq!(v1(&bob, &format!("/room_summary/{lounge}")).await.ok()["membership"], "join");
}

async fn a_private_room_is_not_summed_up_for_strangers(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({ "name": "Secret" })).await;
    let path = format!("/room_summary/{room}");

    v1(&server.stranger(), &path).await.assert_errcode(404, "M_NOT_FOUND");
    v1(&bob, &path).await.assert_errcode(404, "M_NOT_FOUND");
    v1(&bob, "/room_summary/%23none:trellis.test").await.assert_errcode(404, "M_NOT_FOUND");
    v1(&bob, "/room_summary/!none:trellis.test").await.assert_errcode(404, "M_NOT_FOUND");
    alice.invite(&room, &bob.user_id).await;
    assert_eq!(v1(&bob, &path).await.ok()["membership"], "invite");
}

async fn a_rule_that_nobody_knows_lets_nobody_in(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let space = space(&alice, "Space").await;
    let hidden = ruled(&alice, "Hidden", "12", json!({ "join_rule": "org.example.rule" })).await;
    add(&alice, &space, &hidden, json!({})).await;

    let rooms = hierarchy(&alice, &space, "").await;

    assert_eq!(rooms["rooms"][1]["join_rule"], "invite");
    v1(&bob, &format!("/room_summary/{hidden}")).await.assert_errcode(404, "M_NOT_FOUND");
}
