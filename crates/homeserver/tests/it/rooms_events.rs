//! Sending, redacting, paging, looking at events and state.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer};

on_both!(
    a_message_sent_twice_is_there_once,
    a_message_without_a_transaction_is_there_each_time,
    a_transaction_id_belongs_to_one_device,
    what_is_no_event_content_is_refused,
    an_event_that_is_too_large_is_refused,
    state_that_changes_nothing_makes_no_event,
    state_says_what_it_replaced,
    a_redacted_event_keeps_no_content_and_says_why,
    redacting_others_takes_power,
    a_state_event_redacts_nothing,
    a_room_is_created_once,
    a_room_is_paged_backward_and_forward,
    a_page_has_only_what_the_filter_lets_through,
    the_context_of_an_event_has_both_sides,
    history_is_shown_as_far_as_the_room_shows_it,
    who_left_sees_the_room_as_they_left_it,
    an_edit_comes_with_what_it_replaces,
    an_alias_is_canonical_only_if_it_stands_for_the_room,
    a_published_room_is_found,
    a_room_is_shown_at_once,
    what_is_too_long_is_refused,
);

async fn a_message_without_a_transaction_is_there_each_time(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let send = ["rooms", &room, "send", "m.room.message"];
    let message = json!({ "msgtype": "m.text", "body": "hello" });

    let first = alice.post(send, message.clone()).await.string("event_id");
    let second = alice.post(send, message.clone()).await.string("event_id");

    assert_ne!(first, second);
    assert_eq!(bodies(&messages(&alice, &room, &[("dir", "b"), ("limit", "2")]).await), ["hello", "hello"]);
    bob.post(send, message).await.assert_errcode(403, "M_FORBIDDEN");
    alice.post(send, json!({ "n": 1.5 })).await.assert_errcode(400, "M_BAD_JSON");
}

async fn messages(client: &TestClient, room: &str, query: &[(&str, &str)]) -> Value {
    client.query(["rooms", room, "messages"], query).await.ok()
}

/// The bodies of the messages of a page.
fn bodies(page: &Value) -> Vec<&str> {
    page["chunk"].as_array().unwrap().iter().filter_map(|event| event["content"]["body"].as_str()).collect()
}

async fn event(client: &TestClient, room: &str, event_id: &str) -> Value {
    client.get(["rooms", room, "event", event_id]).await.ok()
}

fn text(body: &str) -> Value {
    json!({ "msgtype": "m.text", "body": body })
}

async fn a_message_sent_twice_is_there_once(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;

    let first = alice.send_as(&room, "m.room.message", "t1", text("once")).await.string("event_id");
    let second = alice.send_as(&room, "m.room.message", "t1", text("once")).await.string("event_id");

    assert_eq!(first, second);
    assert_eq!(bodies(&messages(&alice, &room, &[("dir", "b")]).await), ["once"]);
    let other = alice.public_room().await;
    let elsewhere = alice.send_as(&other, "m.room.message", "t1", text("once")).await.string("event_id");
    assert_ne!(first, elsewhere);
}

async fn a_transaction_id_belongs_to_one_device(server: &TestServer) {
    let alice = server.register("alice").await;
    let phone = server.log_in("alice").await;
    let room = alice.public_room().await;

    let first = alice.send_as(&room, "m.room.message", "t1", text("laptop")).await.string("event_id");
    let second = phone.send_as(&room, "m.room.message", "t1", text("phone")).await.string("event_id");

    assert_ne!(first, second);
    assert_eq!(event(&alice, &room, &first).await["unsigned"]["transaction_id"], "t1");
    assert_eq!(event(&phone, &room, &first).await["unsigned"]["transaction_id"], Value::Null);
}

async fn what_is_no_event_content_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let path = format!("/_matrix/client/v3/rooms/{room}/send/m.room.message/t");
    for (body, errcode) in [("{", "M_NOT_JSON"), ("[]", "M_BAD_JSON"), (r#"{"pi":3.5}"#, "M_BAD_JSON")] {
        let refused = alice.raw(Method::PUT, &path, Some(body.to_owned())).await;
        refused.assert_errcode(400, errcode);
    }
}

async fn an_event_that_is_too_large_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let refused = alice.send_as(&room, "m.room.message", "t", text(&"x".repeat(65_300))).await;
    refused.assert_errcode(413, "M_TOO_LARGE");
    let refused = alice.put(["rooms", &room, "state", "org.test", &"k".repeat(256)], json!({})).await;
    refused.assert_errcode(413, "M_TOO_LARGE");
    alice.say(&room, "still works").await;
}

async fn state_that_changes_nothing_makes_no_event(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let first = alice.set_state(&room, "m.room.topic", json!({ "topic": "a" })).await;
    let second = alice.set_state(&room, "m.room.topic", json!({ "topic": "a" })).await;
    assert_eq!(first, second);
}

async fn state_says_what_it_replaced(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let first = alice.set_state(&room, "m.room.topic", json!({ "topic": "a" })).await;
    let second = alice.set_state(&room, "m.room.topic", json!({ "topic": "b" })).await;

    let event = event(&alice, &room, &second).await;

    assert_eq!(event["unsigned"]["prev_content"], json!({ "topic": "a" }));
    assert_eq!(event["unsigned"]["replaces_state"], first);
    let shown = alice.query(["rooms", &room, "state", "m.room.topic"], &[("format", "event")]).await.ok();
    assert_eq!((&shown["event_id"], &shown["room_id"]), (&json!(second), &json!(room)));
    let state = alice.get(["rooms", &room, "state"]).await.ok();
    let topics: Vec<_> = state.as_array().unwrap().iter().filter(|event| event["type"] == "m.room.topic").collect();
    assert_eq!(topics.len(), 1);
}

async fn a_redacted_event_keeps_no_content_and_says_why(server: &TestServer) {
    let alice = server.register("alice").await;
    for version in ["10", "11", "12"] {
        let room = alice.create_room(json!({ "room_version": version })).await;
        let secret = alice.say(&room, "secret").await;

        let redaction = alice.redact(&room, &secret).await;

        let event = event(&alice, &room, &secret).await;
        assert_eq!(event["content"], json!({}));
        let because = &event["unsigned"]["redacted_because"];
        assert_eq!((&because["event_id"], &because["redacts"]), (&json!(redaction), &json!(secret)));
        assert_eq!(because["content"]["redacts"], json!(secret));
        assert!(bodies(&messages(&alice, &room, &[("dir", "b")]).await).is_empty());
    }
}

async fn redacting_others_takes_power(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let from_alice = alice.say(&room, "hello").await;
    let from_bob = bob.say(&room, "hello").await;

    let refused = bob.put(["rooms", &room, "redact", &from_alice, "t1"], json!({})).await;
    refused.assert_errcode(403, "M_FORBIDDEN");
    let other = bob.public_room().await;
    let elsewhere = bob.put(["rooms", &other, "redact", &from_bob, "t3"], json!({})).await;
    elsewhere.assert_errcode(400, "M_INVALID_PARAM");
    let missing = bob.put(["rooms", &room, "redact", "$none", "t2"], json!({})).await;
    missing.assert_errcode(404, "M_NOT_FOUND");
    bob.redact(&room, &from_bob).await;
    alice.redact(&room, &bob.say(&room, "again").await).await;
}

async fn a_state_event_redacts_nothing(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let levels = json!({ "state_default": 0, "redact": 100 });
    let room = alice.create_room(json!({ "preset": "public_chat", "power_level_content_override": levels })).await;
    bob.join(&room).await;
    let message = alice.say(&room, "stays").await;

    let redaction = json!({ "redacts": message });
    bob.put(["rooms", &room, "state", "m.room.redaction", ""], redaction.clone()).await.ok();
    let refused = bob.send_as(&room, "m.room.redaction", "t", redaction).await;

    refused.assert_errcode(403, "M_FORBIDDEN");
    assert_eq!(event(&alice, &room, &message).await["content"]["body"], "stays");
}

async fn a_room_is_created_once(server: &TestServer) {
    let alice = server.register("alice").await;
    for version in ["11", "12"] {
        let room = alice.create_room(json!({ "room_version": version })).await;
        let again = json!({ "room_version": version, "type": "m.space" });
        let refused = alice.put(["rooms", &room, "state", "m.room.create", ""], again.clone()).await;
        refused.assert_errcode(403, "M_FORBIDDEN");
        alice.send_as(&room, "m.room.create", "t", again).await.assert_errcode(403, "M_FORBIDDEN");
        alice.say(&room, "still works").await;
    }
}

async fn a_room_is_paged_backward_and_forward(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    for number in 0..7 {
        alice.say(&room, &number.to_string()).await;
    }

    let newest = messages(&alice, &room, &[("dir", "b"), ("limit", "3")]).await;
    assert_eq!(bodies(&newest), ["6", "5", "4"]);
    let end = newest["end"].as_str().unwrap();
    let older = messages(&alice, &room, &[("dir", "b"), ("limit", "2"), ("from", end)]).await;
    assert_eq!(bodies(&older), ["3", "2"]);
    let back = messages(&alice, &room, &[("dir", "f"), ("from", older["end"].as_str().unwrap())]).await;
    assert_eq!(bodies(&back), ["2", "3", "4", "5", "6"]);
    let bounded = messages(&alice, &room, &[("dir", "f"), ("from", older["end"].as_str().unwrap()), ("to", end)]).await;
    assert_eq!(bodies(&bounded), ["2", "3"]);

    let all = messages(&alice, &room, &[("dir", "b"), ("limit", "100")]).await;
    assert_eq!(all["chunk"].as_array().unwrap().last().unwrap()["type"], "m.room.create");
    assert_eq!(all["end"], Value::Null);
    // What comes later is found from the end on.
    let last = messages(&alice, &room, &[("dir", "f"), ("from", end)]).await;
    let from = last["end"].as_str().unwrap();
    alice.say(&room, "7").await;
    let later = messages(&alice, &room, &[("dir", "f"), ("from", from)]).await;
    assert_eq!(bodies(&later), ["7"]);
    let none = messages(&alice, &room, &[("dir", "f"), ("from", later["end"].as_str().unwrap())]).await;
    assert_eq!((bodies(&none).len(), &none["end"]), (0, &Value::Null));
    let wrong = alice.query(["rooms", &room, "messages"], &[("dir", "b"), ("from", "nonsense")]).await;
    wrong.assert_errcode(400, "M_INVALID_PARAM");
}

async fn a_page_has_only_what_the_filter_lets_through(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    for number in 0..3 {
        alice.say(&room, &format!("a{number}")).await;
        bob.say(&room, &format!("b{number}")).await;
    }
    let filter = json!({ "senders": [bob.user_id], "types": ["m.room.*age"], "lazy_load_members": true }).to_string();

    let page = messages(&alice, &room, &[("dir", "b"), ("limit", "2"), ("filter", &filter)]).await;

    assert_eq!(bodies(&page), ["b2", "b1"]);
    let state = page["state"].as_array().unwrap();
    assert_eq!(state.len(), 1);
    assert_eq!(state[0]["state_key"], bob.user_id);
    let query = [("dir", "b"), ("filter", filter.as_str()), ("from", page["end"].as_str().unwrap())];
    assert_eq!(bodies(&messages(&alice, &room, &query).await), ["b0"]);
}

async fn the_context_of_an_event_has_both_sides(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let mut ids = Vec::new();
    for number in 0..9 {
        ids.push(alice.say(&room, &number.to_string()).await);
    }

    let context = alice.query(["rooms", &room, "context", &ids[4]], &[("limit", "4")]).await.ok();

    let body = |events: &Value| {
        let events = events.as_array().unwrap().iter();
        events.map(|event| event["content"]["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(context["event"]["event_id"], ids[4]);
    assert_eq!(body(&context["events_before"]), ["3", "2"]);
    assert_eq!(body(&context["events_after"]), ["5", "6"]);
    assert!(context["state"].as_array().unwrap().iter().any(|event| event["type"] == "m.room.create"));
    let before = messages(&alice, &room, &[("dir", "b"), ("from", context["start"].as_str().unwrap())]).await;
    assert_eq!(bodies(&before)[..2], ["1", "0"]);
    let after = messages(&alice, &room, &[("dir", "f"), ("from", context["end"].as_str().unwrap())]).await;
    assert_eq!(bodies(&after), ["7", "8"]);
}

async fn history_is_shown_as_far_as_the_room_shows_it(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    for (setting, expected) in [
        ("shared", vec!["after", "invited", "before"]),
        ("invited", vec!["after", "invited"]),
        ("joined", vec!["after"]),
        ("world_readable", vec!["after", "invited", "before"]),
    ] {
        let setting = json!({
            "type": "m.room.history_visibility",
            "content": { "history_visibility": setting },
        });
        let room = alice.create_room(json!({ "initial_state": [setting] })).await;
        let early = alice.say(&room, "before").await;
        alice.invite(&room, &bob.user_id).await;
        alice.say(&room, "invited").await;
        bob.join(&room).await;
        alice.say(&room, "after").await;

        assert_eq!(bodies(&messages(&bob, &room, &[("dir", "b")]).await), expected);
        let seen = bob.get(["rooms", &room, "event", &early]).await;
        assert_eq!(seen.status.is_success(), expected.contains(&"before"));
    }
}

async fn who_left_sees_the_room_as_they_left_it(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    alice.set_state(&room, "m.room.topic", json!({ "topic": "then" })).await;
    alice.say(&room, "then").await;
    bob.leave(&room).await;
    alice.set_state(&room, "m.room.topic", json!({ "topic": "now" })).await;
    let later = alice.say(&room, "now").await;

    let page = messages(&bob, &room, &[("dir", "b")]).await;

    assert_eq!(bodies(&page), ["then"]);
    assert_eq!(page["chunk"][0]["content"]["membership"], "leave");
    assert_eq!(bob.get(["rooms", &room, "state", "m.room.topic"]).await.ok()["topic"], "then");
    bob.get(["rooms", &room, "event", &later]).await.assert_errcode(404, "M_NOT_FOUND");
    bob.get(["rooms", &room, "context", &later]).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn an_edit_comes_with_what_it_replaces(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let original = alice.say(&room, "tpyo").await;
    let edit = |body: &str| {
        json!({
            "msgtype": "m.text", "body": format!("* {body}"), "m.new_content": text(body),
            "m.relates_to": { "rel_type": "m.replace", "event_id": original },
        })
    };
    alice.send_event(&room, "m.room.message", edit("typo")).await;
    let last = alice.send_event(&room, "m.room.message", edit("type")).await;
    bob.send_event(&room, "m.room.message", edit("mine")).await;

    let relations = |event: &Value| event["unsigned"]["m.relations"]["m.replace"]["event_id"].clone();
    assert_eq!(relations(&event(&bob, &room, &original).await), last);
    alice.redact(&room, &last).await;
    assert_ne!(relations(&event(&bob, &room, &original).await), last);
}

async fn an_alias_is_canonical_only_if_it_stands_for_the_room(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let canonical = json!({ "alias": "#lounge:trellis.test" });
    let refused = alice.put(["rooms", &room, "state", "m.room.canonical_alias", ""], canonical.clone()).await;
    refused.assert_errcode(400, "M_BAD_ALIAS");

    let alias = ["directory", "room", "#lounge:trellis.test"];
    bob.put(alias, json!({ "room_id": room })).await.assert_errcode(403, "M_FORBIDDEN");
    alice.put(alias, json!({ "room_id": room })).await.ok();
    alice.put(alias, json!({ "room_id": room })).await.assert_errcode(409, "M_UNKNOWN");
    alice.set_state(&room, "m.room.canonical_alias", canonical).await;
    let aliases = alice.get(["rooms", &room, "aliases"]).await.ok();
    assert_eq!(aliases, json!({ "aliases": ["#lounge:trellis.test"] }));

    bob.delete(alias).await.assert_errcode(403, "M_FORBIDDEN");
    alice.delete(alias).await.ok();
    alice.get(alias).await.assert_errcode(404, "M_NOT_FOUND");
    assert_eq!(alice.get(["rooms", &room, "state", "m.room.canonical_alias"]).await.ok(), json!({}));
}

async fn a_published_room_is_found(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let lounge = alice.create_room(json!({ "visibility": "public", "name": "The Lounge" })).await;
    let hidden = alice.create_room(json!({ "preset": "public_chat", "name": "Hidden" })).await;

    let rooms = bob.get(["publicRooms"]).await.ok();
    assert_eq!(rooms["total_room_count_estimate"], 1);
    assert_eq!(rooms["chunk"][0]["room_id"], lounge);
    assert_eq!(rooms["chunk"][0]["num_joined_members"], 1);

    let visibility = ["directory", "list", "room", &hidden];
    bob.put(visibility, json!({ "visibility": "public" })).await.assert_errcode(403, "M_FORBIDDEN");
    alice.put(visibility, json!({ "visibility": "public" })).await.ok();
    let search = json!({ "filter": { "generic_search_term": "hidd" } });
    assert_eq!(bob.post(["publicRooms"], search).await.ok()["chunk"][0]["room_id"], hidden);
}

async fn a_room_is_shown_at_once(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let first = alice.say(&room, "first").await;
    let last = alice.say(&room, "last").await;
    alice.put(["user", &alice.user_id, "rooms", &room, "tags", "m.favourite"], json!({})).await.ok();

    let shown = alice.get(["rooms", &room, "initialSync"]).await.ok();

    assert_eq!((&shown["room_id"], &shown["membership"]), (&json!(room), &json!("join")));
    assert_eq!(shown["visibility"], "private");
    let chunk = shown["messages"]["chunk"].as_array().unwrap();
    let ids: Vec<_> = chunk.iter().rev().take(2).map(|event| event["event_id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&last, &first]);
    assert_eq!(shown["account_data"][0]["type"], "m.tag");
    assert!(shown["state"].as_array().unwrap().iter().any(|event| event["type"] == "m.room.create"));
    alice.say(&room, "later").await;
    let end = shown["messages"]["end"].as_str().unwrap();
    assert_eq!(bodies(&messages(&alice, &room, &[("dir", "f"), ("from", end)]).await), ["later"]);
    bob.get(["rooms", &room, "initialSync"]).await.assert_errcode(403, "M_FORBIDDEN");
}

async fn what_is_too_long_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let long = "x".repeat(256);

    let refused = alice.put(["rooms", &room, "send", &long, "t"], json!({})).await;
    refused.assert_errcode(413, "M_TOO_LARGE");
    let refused = alice.put(["rooms", &room, "state", &long, ""], json!({})).await;
    refused.assert_errcode(413, "M_TOO_LARGE");
    // Characters are counted as the bytes they take.
    let refused = alice.put(["rooms", &room, "state", "org.test", &"ä".repeat(128)], json!({})).await;
    refused.assert_errcode(413, "M_TOO_LARGE");
    alice.put(["rooms", &room, "state", "org.test", &"ä".repeat(127)], json!({})).await.ok();
    let body = json!({ "name": "x".repeat(70_000) });
    alice.post(["createRoom"], body).await.assert_errcode(413, "M_TOO_LARGE");
    let reason = json!({ "user_id": alice.user_id, "reason": "x".repeat(65_000) });
    alice.post(["rooms", &room, "ban"], reason).await.assert_errcode(413, "M_TOO_LARGE");
}
