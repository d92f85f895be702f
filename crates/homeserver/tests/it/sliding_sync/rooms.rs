//! What is told of a room.

use serde_json::{Value, json};

use super::{all, ask, bodies, pos, rooms, state};
use crate::harness::{TestClient, TestServer};

on_both!(
    the_first_time_everything_is_told,
    wildcards_bring_state_and_changes,
    members_come_lazily,
    a_longer_timeline_expands_at_once,
    more_state_comes_at_once,
    a_long_update_is_limited,
    live_events_are_counted,
    counts_of_unread_follow_what_is_read,
    ignored_users_do_not_come,
    history_before_the_invitation_is_hidden,
);

fn subscribe(room: &str, required_state: Value, timeline_limit: u64) -> Value {
    json!({ "room_subscriptions": { room: { "required_state": required_state, "timeline_limit": timeline_limit } } })
}

async fn two(server: &TestServer) -> (TestClient, TestClient, String) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    (alice, bob, room)
}

async fn the_first_time_everything_is_told(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    alice.say(&room, "hello").await;

    let answer = ask(&bob, None, &subscribe(&room, json!([["m.room.create", ""], ["m.room.member", "$ME"]]), 1)).await;

    let answer = answer.ok();
    let told = &answer["rooms"][&room];
    assert_eq!(told["initial"], true);
    assert_eq!((&told["joined_count"], &told["invited_count"]), (&json!(2), &json!(0)));
    assert_eq!((&told["notification_count"], &told["num_live"]), (&json!(1), &json!(0)));
    assert_eq!(told["limited"], true);
    assert!(told["prev_batch"].is_string() && told["name"].is_null());
    assert_eq!(told["heroes"], json!([{ "user_id": alice.user_id, "displayname": "alice" }]));
    assert_eq!(bodies(&answer, &room), ["hello"]);
    let own = ("m.room.member".to_owned(), bob.user_id.clone());
    assert_eq!(state(&answer, &room), [("m.room.create".to_owned(), String::new()), own]);
    let query = [("dir", "b"), ("from", answer["pos"].as_str().unwrap())];
    let page = bob.query(["rooms", &room, "messages"], &query).await.ok();
    assert_eq!(page["chunk"][0]["content"]["body"], "hello");
}

async fn wildcards_bring_state_and_changes(server: &TestServer) {
    let (alice, _, room) = two(server).await;
    for key in ["a", "b"] {
        alice.put(["rooms", &room, "state", "org.example", key], json!({})).await.ok();
    }
    let body = subscribe(&room, json!([["org.example", "*"], ["*", "a"]]), 1);
    let first = ask(&alice, None, &body).await.ok();
    let keys = ["a", "b"].map(|key| ("org.example".to_owned(), key.to_owned()));
    assert_eq!(state(&first, &room), keys);

    alice.put(["rooms", &room, "state", "org.example", "b"], json!({ "n": 2 })).await.ok();
    alice.set_state(&room, "m.room.topic", json!({ "topic": "not asked for" })).await;
    alice.set_state(&room, "m.room.name", json!({ "name": "Named" })).await;
    let second = ask(&alice, Some(&pos(&first)), &body).await.ok();

    assert_eq!(state(&second, &room), [keys[1].clone()]);
    assert_eq!(second["rooms"][&room]["name"], "Named");
    let everything = ask(&alice, None, &subscribe(&room, json!([["*", "*"]]), 1)).await.ok();
    assert!(state(&everything, &room).len() > 8);
}

async fn members_come_lazily(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let carol = server.register("carol").await;
    carol.join(&room).await;
    alice.say(&room, "hello").await;
    let body = subscribe(&room, json!([["m.room.member", "$LAZY"], ["*", "*"]]), 1);
    let members = |answer: &Value| {
        let state = state(answer, &room).into_iter();
        state.filter(|(kind, _)| kind == "m.room.member").map(|(_, key)| key).collect::<Vec<_>>()
    };

    let first = ask(&bob, None, &body).await.ok();
    assert_eq!(members(&first), [alice.user_id.as_str()]);
    assert!(state(&first, &room).len() > 4);
    carol.say(&room, "hi").await;
    let second = ask(&bob, Some(&pos(&first)), &body).await.ok();
    assert_eq!(members(&second), [carol.user_id.as_str()]);
    carol.say(&room, "again").await;
    let third = ask(&bob, Some(&pos(&second)), &body).await.ok();
    assert!(members(&third).is_empty());
    alice.leave(&room).await;
    let fourth = ask(&bob, Some(&pos(&third)), &body).await.ok();
    assert_eq!(members(&fourth), [alice.user_id.as_str()]);
    assert_eq!(fourth["rooms"][&room]["joined_count"], 2);
}

async fn a_longer_timeline_expands_at_once(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    for text in ["one", "two", "three"] {
        alice.say(&room, text).await;
    }
    let first = ask(&alice, None, &all(1)).await.ok();
    assert_eq!(bodies(&first, &room), ["three"]);

    let longer = ask(&alice, Some(&pos(&first)), &all(3)).await.ok();

    assert_eq!(bodies(&longer, &room), ["one", "two", "three"]);
    assert_eq!(longer["rooms"][&room]["unstable_expanded_timeline"], true);
    assert_eq!(longer["rooms"][&room]["num_live"], 0);
    assert!(longer["rooms"][&room]["initial"].is_null());
    let again = ask(&alice, Some(&pos(&longer)), &all(3)).await.ok();
    assert!(rooms(&again).is_empty());
}

async fn more_state_comes_at_once(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({ "topic": "tea" })).await;
    let first = ask(&alice, None, &subscribe(&room, json!([["m.room.create", ""]]), 1)).await.ok();

    let wanted = json!([["m.room.create", ""], ["m.room.topic", ""]]);
    let second = ask(&alice, Some(&pos(&first)), &subscribe(&room, wanted.clone(), 1)).await.ok();

    assert_eq!(state(&second, &room), [("m.room.topic".to_owned(), String::new())]);
    assert!(bodies(&second, &room).is_empty());
    let third = ask(&alice, Some(&pos(&second)), &subscribe(&room, wanted, 1)).await.ok();
    assert!(rooms(&third).is_empty());
}

async fn a_long_update_is_limited(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let first = ask(&alice, None, &all(2)).await.ok();
    for text in ["one", "two", "three"] {
        alice.say(&room, text).await;
    }

    let answer = ask(&alice, Some(&pos(&first)), &all(2)).await.ok();

    assert_eq!(bodies(&answer, &room), ["two", "three"]);
    assert_eq!(answer["rooms"][&room]["limited"], true);
    assert_eq!(answer["rooms"][&room]["num_live"], 2);
}

async fn live_events_are_counted(server: &TestServer) {
    let (alice, bob, _) = two(server).await;
    let fresh = alice.public_room().await;
    alice.say(&fresh, "before").await;
    let first = ask(&bob, None, &all(20)).await.ok();
    bob.join(&fresh).await;
    alice.say(&fresh, "after").await;

    let answer = ask(&bob, Some(&pos(&first)), &all(20)).await.ok();

    // New to the client, yet only what has just happened is live.
    assert_eq!(answer["rooms"][&fresh]["initial"], true);
    assert_eq!(bodies(&answer, &fresh), ["before", "after"]);
    assert_eq!(answer["rooms"][&fresh]["num_live"], 2);
}

async fn counts_of_unread_follow_what_is_read(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let event = alice.say(&room, "hello").await;
    let first = ask(&bob, None, &all(1)).await.ok();
    assert_eq!(first["rooms"][&room]["notification_count"], 1);

    bob.post(["rooms", &room, "receipt", "m.read", &event], json!({})).await.ok();
    let read = ask(&bob, Some(&pos(&first)), &all(1)).await.ok();

    assert_eq!(read["rooms"][&room]["notification_count"], 0);
    assert!(bodies(&read, &room).is_empty());
    assert!(rooms(&ask(&bob, Some(&pos(&read)), &all(1)).await.ok()).is_empty());
}

async fn ignored_users_do_not_come(server: &TestServer) {
    let (alice, bob, room) = two(server).await;
    let ignored = json!({ "ignored_users": { alice.user_id.as_str(): {} } });
    bob.put(["user", &bob.user_id, "account_data", "m.ignored_user_list"], ignored).await.ok();
    let closed = alice.create_room(json!({ "invite": [bob.user_id] })).await;
    alice.say(&room, "noise").await;

    let answer = ask(&bob, None, &all(10)).await.ok();

    assert!(bodies(&answer, &room).is_empty());
    assert!(answer["rooms"][&closed].is_null());
}

async fn history_before_the_invitation_is_hidden(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let setting = json!([{ "type": "m.room.history_visibility", "state_key": "", "content": { "history_visibility": "joined" } }]);
    let room = alice.create_room(json!({ "preset": "public_chat", "initial_state": setting })).await;
    alice.say(&room, "secret").await;
    bob.join(&room).await;
    alice.say(&room, "welcome").await;

    let answer = ask(&bob, None, &all(50)).await.ok();

    assert_eq!(bodies(&answer, &room), ["welcome"]);
}
