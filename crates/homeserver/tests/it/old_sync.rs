//! The endpoints from before `/sync`: what there is, and what happens next.

use reqwest::Method;
use serde_json::{Value, json};
use trellis_homeserver::Config;

use crate::harness::{TestClient, TestServer};

on_both!(
    admitting_guests: what_happens_is_told_in_order,
    who_waits_is_told_when_something_happens,
    what_is_no_event_of_a_room_is_told_as_well,
    an_invitation_is_told_to_whom_it_is_for,
    a_room_that_was_left_is_told_of_no_longer,
    a_room_the_world_may_read_is_followed_from_outside,
    other_rooms_are_not_followed_from_outside,
    everything_there_is_is_told_at_once,
    a_room_is_told_without_messages_if_none_are_wanted,
    an_event_is_found_by_its_id_alone,
    what_is_no_number_is_refused,
);

fn admitting_guests(config: &mut Config) {
    config.allow_guests = true;
}

async fn guest(server: &TestServer) -> TestClient {
    let path = "/_matrix/client/v3/register?kind=guest";
    let session = server.stranger().raw(Method::POST, path, Some("{}".to_owned())).await.ok();
    server.stranger().with_session(&session)
}

/// What happened since, without waiting, and where that ends.
async fn events(client: &TestClient, query: &[(&str, &str)]) -> (Vec<Value>, String) {
    let query: Vec<_> = query.iter().copied().chain([("timeout", "0")]).collect();
    let heard = client.query(["events"], &query).await.ok();
    (heard["chunk"].as_array().unwrap().clone(), heard["end"].as_str().unwrap().to_owned())
}

fn bodies(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["content"]["body"].as_str()).collect()
}

fn of_type<'e>(events: &'e [Value], kind: &str) -> Option<&'e Value> {
    events.iter().find(|event| event["type"] == kind)
}

async fn what_happens_is_told_in_order(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (room, other) = (alice.public_room().await, alice.public_room().await);
    bob.join(&room).await;
    let (nothing, start) = events(&alice, &[]).await;
    let first = bob.say(&room, "first").await;
    alice.say(&other, "second").await;
    alice.say(&room, "third").await;

    let (some, end) = events(&alice, &[("from", &start), ("limit", "2")]).await;
    let (rest, end) = events(&alice, &[("from", &end), ("limit", "2")]).await;
    let (none, _) = events(&alice, &[("from", &end)]).await;

    assert_eq!(bodies(&nothing), [] as [&str; 0]);
    assert_eq!(bodies(&some), ["first", "second"]);
    assert_eq!(bodies(&rest), ["third"]);
    assert_eq!(bodies(&none), [] as [&str; 0]);
    let message = of_type(&some, "m.room.message").unwrap();
    assert_eq!((&message["event_id"], &message["room_id"]), (&json!(first), &json!(room)));
    assert_eq!((&message["sender"], &message["user_id"]), (&json!(bob.user_id), &json!(bob.user_id)));
    let (of_room, _) = events(&alice, &[("from", &start), ("room_id", &room)]).await;
    assert_eq!(bodies(&of_room), ["first", "third"]);
}

async fn who_waits_is_told_when_something_happens(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let (_, start) = events(&alice, &[]).await;

    let query = [("from", &*start), ("timeout", "30000"), ("room_id", &*room)];
    let (heard, _) = tokio::join!(alice.query(["events"], &query), alice.say(&room, "hello"));

    let heard = heard.ok();
    assert_eq!(heard["start"], start);
    assert_eq!(bodies(heard["chunk"].as_array().unwrap()), ["hello"]);
}

async fn what_is_no_event_of_a_room_is_told_as_well(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let event = alice.say(&room, "hello").await;
    let (_, start) = events(&alice, &[]).await;

    bob.post(["rooms", &room, "receipt", "m.read", &event], json!({})).await.ok();
    bob.put(["rooms", &room, "typing", &bob.user_id], json!({ "typing": true, "timeout": 30_000 })).await.ok();
    let status = json!({ "presence": "online", "status_msg": "here" });
    bob.put(["presence", &bob.user_id, "status"], status).await.ok();
    alice.put(["user", &alice.user_id, "account_data", "org.test"], json!({ "n": 1 })).await.ok();
    alice.put(["user", &alice.user_id, "rooms", &room, "tags", "m.favourite"], json!({})).await.ok();

    let (heard, end) = events(&alice, &[("from", &start)]).await;
    let kind = |kind| of_type(&heard, kind).unwrap();
    assert_eq!(kind("m.receipt")["room_id"], room);
    assert!(kind("m.receipt")["content"][&event]["m.read"][&bob.user_id]["ts"].is_u64());
    assert_eq!(kind("m.typing")["content"], json!({ "user_ids": [bob.user_id] }));
    assert_eq!(kind("org.test"), &json!({ "type": "org.test", "content": { "n": 1 } }));
    assert_eq!(kind("m.tag")["room_id"], room);
    let of_bob = heard.iter().find(|event| event["type"] == "m.presence" && event["sender"] == bob.user_id).unwrap();
    assert_eq!(of_bob["content"]["user_id"], bob.user_id);
    assert_eq!(of_bob["content"]["status_msg"], "here");
    let (again, _) = events(&alice, &[("from", &end)]).await;
    assert_eq!(of_type(&again, "m.receipt").or(of_type(&again, "m.tag")), None);
}

async fn an_invitation_is_told_to_whom_it_is_for(server: &TestServer) {
    let (alice, bob, carol) =
        (server.register("alice").await, server.register("bob").await, server.register("carol").await);
    let room = alice.create_room(json!({})).await;
    let ignored = json!({ "ignored_users": { alice.user_id.clone(): {} } });
    carol.put(["user", &carol.user_id, "account_data", "m.ignored_user_list"], ignored).await.ok();
    let ((_, bobs), (_, carols)) = (events(&bob, &[]).await, events(&carol, &[]).await);
    alice.say(&room, "before").await;

    alice.invite(&room, &bob.user_id).await;
    alice.invite(&room, &carol.user_id).await;

    let (told, _) = events(&bob, &[("from", &bobs)]).await;
    let invite = of_type(&told, "m.room.member").unwrap();
    assert_eq!((&invite["state_key"], &invite["content"]["membership"]), (&json!(bob.user_id), &json!("invite")));
    assert_eq!(bodies(&told), [] as [&str; 0]);
    assert_eq!(of_type(&events(&carol, &[("from", &carols)]).await.0, "m.room.member"), None);
}

async fn a_room_that_was_left_is_told_of_no_longer(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let (_, start) = events(&bob, &[]).await;
    alice.say(&room, "before").await;
    bob.leave(&room).await;
    alice.say(&room, "after").await;

    let (told, _) = events(&bob, &[("from", &start)]).await;

    assert_eq!(bodies(&told), ["before"]);
    assert_eq!(told.last().unwrap()["content"]["membership"], "leave");
}

async fn a_room_the_world_may_read_is_followed_from_outside(server: &TestServer) {
    let (alice, guest) = (server.register("alice").await, guest(server).await);
    let room = alice.public_room().await;
    alice.set_state(&room, "m.room.history_visibility", json!({ "history_visibility": "world_readable" })).await;

    let shown = guest.get(["rooms", &room, "initialSync"]).await.ok();
    let end = shown["messages"]["end"].as_str().unwrap();
    let query = [("from", end), ("timeout", "30000"), ("room_id", &*room)];
    let (heard, _) = tokio::join!(guest.query(["events"], &query), alice.say(&room, "hello"));

    assert_eq!(bodies(heard.ok()["chunk"].as_array().unwrap()), ["hello"]);
    guest.query(["events"], &[("timeout", "0")]).await.assert_errcode(403, "M_FORBIDDEN");
}

async fn other_rooms_are_not_followed_from_outside(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;

    let refused = bob.query(["events"], &[("timeout", "0"), ("room_id", &room)]).await;

    refused.assert_errcode(403, "M_FORBIDDEN");
    bob.query(["events"], &[("room_id", "nonsense")]).await.assert_errcode(400, "M_INVALID_PARAM");
    bob.query(["events"], &[("from", "nonsense")]).await.assert_errcode(400, "M_INVALID_PARAM");
}

async fn everything_there_is_is_told_at_once(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (room, left) = (alice.public_room().await, alice.public_room().await);
    bob.join(&room).await;
    bob.join(&left).await;
    bob.leave(&left).await;
    let invited = alice.create_room(json!({ "invite": [bob.user_id] })).await;
    let event = alice.say(&room, "hello").await;
    bob.post(["rooms", &room, "receipt", "m.read", &event], json!({})).await.ok();
    bob.put(["user", &bob.user_id, "account_data", "org.test"], json!({ "n": 1 })).await.ok();

    let all = bob.get(["initialSync"]).await.ok();

    let rooms = all["rooms"].as_array().unwrap();
    let find = |id: &str| rooms.iter().find(|room| room["room_id"] == id);
    let joined = find(&room).unwrap();
    assert_eq!((&joined["membership"], &joined["visibility"]), (&json!("join"), &json!("private")));
    assert_eq!(joined["messages"]["chunk"].as_array().unwrap().last().unwrap()["event_id"], event);
    assert!(joined["state"].as_array().unwrap().iter().any(|event| event["type"] == "m.room.create"));
    let invitation = find(&invited).unwrap();
    assert_eq!((&invitation["membership"], &invitation["inviter"]), (&json!("invite"), &json!(alice.user_id)));
    assert_eq!(find(&left), None);
    assert!(all["receipts"][0]["content"][&event]["m.read"][&bob.user_id].is_object());
    let account_data = all["account_data"].as_array().unwrap();
    assert!(account_data.contains(&json!({ "type": "org.test", "content": { "n": 1 } })));
    let presence = all["presence"].as_array().unwrap();
    assert!(presence.iter().any(|event| event["content"]["user_id"] == bob.user_id));
    let archived = bob.query(["initialSync"], &[("archived", "true")]).await.ok();
    let left = archived["rooms"].as_array().unwrap().iter().find(|room| room["room_id"] == left).cloned();
    assert_eq!(left.unwrap()["membership"], "leave");
    // From there one goes on with what happens.
    alice.say(&room, "later").await;
    let (told, _) = events(&bob, &[("from", all["end"].as_str().unwrap())]).await;
    assert_eq!(bodies(&told), ["later"]);
}

async fn a_room_is_told_without_messages_if_none_are_wanted(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;

    let shown = alice.query(["rooms", &room, "initialSync"], &[("limit", "0")]).await.ok();
    let all = alice.query(["initialSync"], &[("limit", "0")]).await.ok();

    assert_eq!(shown["messages"]["chunk"], json!([]));
    assert_eq!(all["rooms"][0]["messages"]["chunk"], json!([]));
    assert_eq!(shown["presence"][0]["sender"], alice.user_id);
}

async fn an_event_is_found_by_its_id_alone(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({})).await;
    let event = alice.say(&room, "hello").await;

    let found = alice.get(["events", &event]).await.ok();

    assert_eq!((&found["content"]["body"], &found["room_id"]), (&json!("hello"), &json!(room)));
    bob.get(["events", &event]).await.assert_errcode(404, "M_NOT_FOUND");
    alice.get(["events", "$nothing"]).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn what_is_no_number_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;

    for (name, value) in [("limit", "hello"), ("limit", "-2"), ("timeout", "hello")] {
        alice.query(["events"], &[(name, value)]).await.assert_errcode(400, "M_BAD_JSON");
    }
    alice.query(["initialSync"], &[("limit", "hello")]).await.assert_errcode(400, "M_BAD_JSON");
    let room = alice.public_room().await;
    alice.query(["rooms", &room, "initialSync"], &[("limit", "hello")]).await.assert_errcode(400, "M_BAD_JSON");
}
