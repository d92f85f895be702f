//! Accounts that are closed, and what they said erased.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, TestClient, TestServer};

on_both!(
    who_comes_later_is_served_redacted_copies,
    who_was_there_before_goes_on_seeing,
    without_erasure_nothing_is_hidden,
    the_state_of_the_room_stays,
    what_was_erased_is_not_found,
    what_comes_with_events_is_erased_too,
    who_closes_their_account_leaves_everything,
);

async fn close(client: &TestClient, erase: bool) {
    let identifier = json!({ "type": "m.id.user", "user": client.user_id });
    let auth = json!({ "type": "m.login.password", "identifier": identifier, "password": PASSWORD });
    client.post(["account", "deactivate"], json!({ "erase": erase, "auth": auth })).await.ok();
}

/// A room in which the first has said something to the second.
async fn two(server: &TestServer) -> (TestClient, TestClient, String, String) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let secret = alice.say(&room, "secret").await;
    (alice, bob, room, secret)
}

async fn page(client: &TestClient, room: &str) -> Value {
    client.query(["rooms", room, "messages"], &[("dir", "b"), ("limit", "50")]).await.ok()
}

/// The contents of an event, wherever an answer has it.
fn contents(answer: &Value, event_id: &str) -> Vec<Value> {
    let (mut found, mut rest) = (Vec::new(), vec![answer]);
    while let Some(value) = rest.pop() {
        if value["event_id"] == event_id && value.get("content").is_some() {
            found.push(value["content"].clone());
        }
        match value {
            Value::Array(values) => rest.extend(values),
            Value::Object(values) => rest.extend(values.values()),
            _ => {}
        }
    }
    found
}

async fn who_comes_later_is_served_redacted_copies(server: &TestServer) {
    let (alice, bob, room, secret) = two(server).await;
    close(&alice, true).await;
    let later = bob.say(&room, "later").await;
    let carol = server.register("carol").await;
    carol.join(&room).await;

    let filter = json!({ "room": { "timeline": { "limit": 50 } } });
    let federation = json!({ "event_format": "federation", "room": { "timeline": { "limit": 50 } } });
    let lists = json!({ "all": { "ranges": [[0, 9]], "required_state": [["*", "*"]], "timeline_limit": 50 } });
    let sliding = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=0";
    let answers = [
        carol.sync().filter(&filter).await.0,
        carol.sync().filter(&federation).await.0,
        carol.raw(Method::POST, sliding, Some(json!({ "lists": lists }).to_string())).await.ok(),
        page(&carol, &room).await,
        carol.get(["rooms", &room, "event", &secret]).await.ok(),
        carol.query(["rooms", &room, "context", &later], &[("limit", "20")]).await.ok(),
        carol.get(["rooms", &room, "initialSync"]).await.ok(),
    ];

    for answer in answers {
        assert_eq!(contents(&answer, &secret), [json!({})], "{answer}");
        assert!(!answer.to_string().contains("secret"), "{answer}");
    }
    assert_eq!(contents(&page(&carol, &room).await, &later)[0]["body"], "later");
}

async fn who_was_there_before_goes_on_seeing(server: &TestServer) {
    let (alice, bob, room, secret) = two(server).await;
    let carol = server.register("carol").await;
    carol.join(&room).await;
    close(&alice, true).await;

    for client in [&bob, &carol] {
        assert_eq!(contents(&page(client, &room).await, &secret)[0]["body"], "secret");
        let filter = json!({ "room": { "timeline": { "limit": 50 } } });
        assert_eq!(contents(&client.sync().filter(&filter).await.0, &secret)[0]["body"], "secret");
    }
    carol.leave(&room).await;
    carol.join(&room).await;
    assert_eq!(contents(&page(&carol, &room).await, &secret)[0]["body"], "secret");
}

async fn without_erasure_nothing_is_hidden(server: &TestServer) {
    let (alice, _, room, secret) = two(server).await;
    close(&alice, false).await;
    let carol = server.register("carol").await;
    carol.join(&room).await;

    assert_eq!(contents(&page(&carol, &room).await, &secret)[0]["body"], "secret");
}

async fn the_state_of_the_room_stays(server: &TestServer) {
    let (alice, _, room, _) = two(server).await;
    let name = alice.set_state(&room, "m.room.name", json!({ "name": "The Lounge" })).await;
    close(&alice, true).await;
    let carol = server.register("carol").await;
    carol.join(&room).await;

    let page = page(&carol, &room).await;
    assert_eq!(contents(&page, &name), [json!({ "name": "The Lounge" })]);
    let chunk = page["chunk"].as_array().unwrap();
    let members = chunk.iter().filter(|event| event["state_key"] == alice.user_id.as_str());
    let members: Vec<&Value> = members.map(|event| &event["content"]).collect();
    assert_eq!(members, [&json!({ "membership": "leave" }), &json!({ "membership": "join" })]);
}

async fn what_was_erased_is_not_found(server: &TestServer) {
    let (alice, bob, room, _) = two(server).await;
    close(&alice, true).await;
    let carol = server.register("carol").await;
    carol.join(&room).await;

    let criteria = json!({ "search_categories": { "room_events": { "search_term": "secret" } } });
    for (client, count) in [(&bob, 1), (&carol, 0)] {
        let found = client.post(["search"], criteria.clone()).await.ok();
        assert_eq!(found["search_categories"]["room_events"]["count"], count);
    }
}

async fn what_comes_with_events_is_erased_too(server: &TestServer) {
    let (alice, bob, room, secret) = two(server).await;
    let root = bob.say(&room, "a question").await;
    let related = |kind: &str, to: &str| {
        json!({
            "msgtype": "m.text", "body": "a secret", "m.new_content": { "msgtype": "m.text", "body": "a secret" },
            "m.relates_to": { "rel_type": kind, "event_id": to },
        })
    };
    alice.send_event(&room, "m.room.message", related("m.replace", &secret)).await;
    let answer = alice.send_event(&room, "m.room.message", related("m.thread", &root)).await;
    close(&alice, true).await;
    let carol = server.register("carol").await;
    carol.join(&room).await;

    let shown = page(&carol, &room).await;
    assert!(!shown.to_string().contains("secret"), "{shown}");
    let root = contents_of_thread(&shown, &root);
    assert_eq!((&root["count"], &root["latest_event"]["event_id"]), (&json!(1), &json!(answer)));
    assert_eq!(root["latest_event"]["content"].get("body"), None);
    let event = bob.get(["rooms", &room, "event", &secret]).await.ok();
    assert_eq!(event["unsigned"]["m.relations"]["m.replace"]["content"]["body"], "a secret");
}

/// What is told of a thread with the event it begins with.
fn contents_of_thread(page: &Value, root: &str) -> Value {
    let root = page["chunk"].as_array().unwrap().iter().find(|event| event["event_id"] == root).unwrap();
    root["unsigned"]["m.relations"]["m.thread"].clone()
}

async fn who_closes_their_account_leaves_everything(server: &TestServer) {
    let (alice, bob, room, _) = two(server).await;
    let invited = bob.create_room(json!({ "preset": "private_chat", "invite": [alice.user_id] })).await;
    let mut since = bob.token_now().await;

    close(&alice, true).await;

    bob.get(["profile", &alice.user_id]).await.assert_errcode(404, "M_NOT_FOUND");
    for room in [&room, &invited] {
        let member = bob.get(["rooms", room, "state", "m.room.member", &alice.user_id]).await.ok();
        assert_eq!(member["membership"], "leave");
    }
    let told = bob.sync_until(&mut since, |sync| sync.0["rooms"]["join"].get(&room).is_some()).await.0;
    assert!(told["rooms"]["join"][&room]["timeline"]["events"].to_string().contains("leave"), "{told}");
}
