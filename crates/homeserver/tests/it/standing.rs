//! What events say of the one who asks: their membership when it was sent, whatever way the event takes.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer};

on_both!(
    an_event_says_what_its_reader_was,
    what_is_new_says_that_its_reader_is_there,
    what_comes_with_an_event_says_it_too,
    who_left_is_told_so,
);

const SLIDING: &str = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=0";

/// Every event of an answer, however deep, with the membership it tells.
fn memberships(answer: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut rest = vec![answer];
    while let Some(value) = rest.pop() {
        if let (Some(id), Some(unsigned)) = (value["event_id"].as_str(), value.get("unsigned")) {
            let before = found.insert(id.to_owned(), unsigned["membership"].clone());
            assert!(before.is_none_or(|before| before == unsigned["membership"]), "{value}");
        }
        match value {
            Value::Array(values) => rest.extend(values),
            Value::Object(values) => rest.extend(values.values()),
            _ => {}
        }
    }
    found
}

#[track_caller]
fn assert_told(answer: &Value, expected: &[(&String, &str)]) {
    let told = memberships(answer);
    for (event_id, membership) in expected {
        assert_eq!(told.get(*event_id), Some(&json!(membership)), "{event_id} in {answer}");
    }
    assert!(told.values().all(Value::is_string), "{told:?}");
}

/// A room of two, of which the second was invited between the first two messages and joined before the third.
async fn three(server: &TestServer) -> (TestClient, TestClient, String, [String; 3]) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({ "preset": "private_chat" })).await;
    let before = alice.say(&room, "before").await;
    alice.invite(&room, &bob.user_id).await;
    let invited = alice.say(&room, "invited").await;
    bob.join(&room).await;
    let joined = alice.say(&room, "joined").await;
    (alice, bob, room, [before, invited, joined])
}

async fn an_event_says_what_its_reader_was(server: &TestServer) {
    let (alice, bob, room, [before, invited, joined]) = three(server).await;
    let expected = [(&before, "leave"), (&invited, "invite"), (&joined, "join")];

    let filter = json!({ "room": { "timeline": { "limit": 50 } } });
    assert_told(&bob.sync().filter(&filter).await.0, &expected);
    assert_told(&bob.sync().filter(&filter).use_state_after().await.0, &expected);
    let short = json!({ "room": { "timeline": { "limit": 1 } } });
    assert_told(&bob.sync().filter(&short).full_state().await.0, &expected[2..]);
    let lists = json!({ "all": { "ranges": [[0, 9]], "required_state": [["*", "*"]], "timeline_limit": 50 } });
    let sliding = bob.raw(Method::POST, SLIDING, Some(json!({ "lists": lists }).to_string())).await.ok();
    assert_told(&sliding, &expected);
    let page = bob.query(["rooms", &room, "messages"], &[("dir", "b"), ("limit", "50")]).await.ok();
    assert_told(&page, &expected);
    assert_told(&bob.query(["rooms", &room, "context", &invited], &[("limit", "20")]).await.ok(), &expected);
    for (event_id, membership) in expected {
        assert_told(&bob.get(["rooms", &room, "event", event_id]).await.ok(), &[(event_id, membership)]);
        assert_told(&alice.get(["rooms", &room, "event", event_id]).await.ok(), &[(event_id, "join")]);
    }
    assert_told(&bob.get(["notifications"]).await.ok(), &expected[2..]);
    let state = bob.get(["rooms", &room, "state"]).await.ok();
    assert!(memberships(&state).values().any(|told| told == "leave"), "{state}");
}

async fn what_is_new_says_that_its_reader_is_there(server: &TestServer) {
    let (alice, bob, room, _) = three(server).await;
    let since = bob.token_now().await;
    let connection = json!({ "lists": { "all": { "ranges": [[0, 9]], "required_state": [], "timeline_limit": 5 } } });
    let first = bob.raw(Method::POST, SLIDING, Some(connection.to_string())).await.ok();

    let new = alice.say(&room, "new").await;
    let topic = alice.set_state(&room, "m.room.topic", json!({ "topic": "new" })).await;

    let expected = [(&new, "join"), (&topic, "join")];
    assert_told(&bob.sync().since(&since).await.0, &expected);
    let path = format!("{SLIDING}&pos={}", first["pos"].as_str().unwrap());
    assert_told(&bob.raw(Method::POST, &path, Some(connection.to_string())).await.ok(), &expected);
}

async fn what_comes_with_an_event_says_it_too(server: &TestServer) {
    let (alice, bob, room, [before, ..]) = three(server).await;
    let relation = |kind: &str| {
        json!({
            "msgtype": "m.text", "body": "*", "m.new_content": { "msgtype": "m.text", "body": "" },
            "m.relates_to": { "rel_type": kind, "event_id": before },
        })
    };
    let edit = alice.send_event(&room, "m.room.message", relation("m.replace")).await;
    let answer = alice.send_event(&room, "m.room.message", relation("m.thread")).await;

    let event = bob.get(["rooms", &room, "event", &before]).await.ok();
    assert_told(&event, &[(&before, "leave"), (&edit, "join"), (&answer, "join")]);
    let path = format!("/_matrix/client/v1/rooms/{room}/relations/{before}");
    let relations = bob.raw(Method::GET, &path, None).await.ok();
    assert_told(&relations, &[(&edit, "join"), (&answer, "join")]);
    let threads = bob.raw(Method::GET, &format!("/_matrix/client/v1/rooms/{room}/threads"), None).await.ok();
    assert_told(&threads, &[(&before, "leave"), (&answer, "join")]);
}

async fn who_left_is_told_so(server: &TestServer) {
    let (_, bob, room, [before, invited, joined]) = three(server).await;
    let since = bob.token_now().await;

    bob.leave(&room).await;

    let answer = bob.sync().since(&since).await.0;
    let timeline = answer["rooms"]["leave"][&room]["timeline"]["events"].as_array().unwrap();
    assert_eq!(timeline.last().unwrap()["unsigned"]["membership"], "leave");
    let page = bob.query(["rooms", &room, "messages"], &[("dir", "b"), ("limit", "50")]).await.ok();
    assert_told(&page, &[(&before, "leave"), (&invited, "invite"), (&joined, "join")]);
}
