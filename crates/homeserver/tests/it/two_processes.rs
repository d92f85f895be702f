//! Two processes that serve the same accounts on one PostgreSQL.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Engine, PATIENCE, SyncAnswer, TestClient, TestServer, run};

const LONG: Duration = Duration::from_secs(25);

macro_rules! on_postgres {
    ($($name:ident => $behaviour:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            run(Engine::Postgres, $behaviour);
        })+
    };
}

on_postgres!(
    who_waits_at_one_is_woken_by_a_message_at_the_other => woken_across,
    who_joins_at_one_is_woken_by_messages_at_the_other => joined_across,
    nothing_is_lost_or_doubled_between_two => nothing_lost,
    counts_and_receipts_cross => counts_cross,
    typing_at_one_is_seen_at_the_other => typing_crosses,
    who_goes_from_one_to_the_other_misses_nobody_who_types => typing_goes_along,
    who_is_at_one_is_online_at_the_other => presence_crosses,
    a_process_that_comes_later_learns_who_is_there => presence_is_told_to_who_comes,
);

async fn woken_across(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let other = server.beside().await;
    let there = other.client(&bob);
    // Until it answers, it is not there.
    let mut since = loop {
        if let Ok(answer) = there.sync().try_answer().await {
            break answer.string("next_batch");
        }
        tokio::task::yield_now().await;
    };

    for text in ["one", "two", "three"] {
        let started = Instant::now();
        let waiting = async { there.sync_until(&mut since, |sync| sync.bodies(&room).contains(&text)).await };
        let (sync, event) = tokio::join!(waiting, alice.say(&room, text));
        assert_eq!(sync.timeline_ids(&room), [event.as_str()]);
        assert!(started.elapsed() < LONG / 3);
    }
    other.stop().await;
}

async fn joined_across(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let other = server.beside().await;
    let there = other.client(&bob);
    let mut since = bob.token_now().await;
    let meanwhile = async {
        bob.join(&room).await;
        alice.say(&room, "welcome").await
    };

    let waiting = there.sync_until(&mut since, |sync| sync.bodies(&room).contains(&"welcome"));
    tokio::join!(waiting, meanwhile);

    other.stop().await;
}

async fn nothing_lost(server: &TestServer) {
    const EACH: usize = 8;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let rooms = [alice.public_room().await, alice.public_room().await];
    for room in &rooms {
        bob.join(room).await;
    }
    let other = server.beside().await;
    let there = other.client(&alice);
    let mut since = bob.token_now().await;

    let here = async {
        for number in 0..EACH {
            alice.say(&rooms[0], &format!("here {number}")).await;
            alice.say(&rooms[1], &format!("here {number}")).await;
        }
    };
    let beside = async {
        for number in 0..EACH {
            there.say(&rooms[number % 2], &format!("beside {number}")).await;
        }
    };
    // The token goes from one process to the other and back.
    let follow = async {
        let (mut seen, mut turn) = (Vec::new(), 0);
        let readers = [bob.clone(), other.client(&bob)];
        while seen.len() < 3 * EACH {
            let sync = readers[turn % 2].sync().since(&since).timeout(Duration::from_secs(1)).await;
            since = sync.next_batch();
            turn += 1;
            for room in &rooms {
                seen.extend(sync.timeline_ids(room).into_iter().map(str::to_owned));
            }
        }
        seen
    };
    let follow = tokio::time::timeout(3 * PATIENCE, follow);
    let (seen, (), ()) = tokio::join!(follow, here, beside);

    let mut seen = seen.expect("every message comes");
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((all, seen.len()), (3 * EACH, 3 * EACH));
    other.stop().await;
}

async fn counts_cross(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let other = server.beside().await;
    let there = other.client(&bob);
    let mut since = bob.token_now().await;

    let event = alice.say(&room, "hello").await;
    let sync = there.sync_until(&mut since, |sync| !sync.timeline(&room).is_empty()).await;
    assert_eq!(sync.unread(&room), (Some(1), Some(0)));

    there.post(["rooms", &room, "receipt", "m.read", &event], json!({})).await.ok();
    let read = bob.sync_until(&mut since, |sync| sync.ephemeral(&room, "m.receipt").is_some()).await;
    assert_eq!(read.unread(&room), (Some(0), Some(0)));
    other.stop().await;
}

/// Waits until a process answers.
async fn there(client: &TestClient) -> String {
    loop {
        if let Ok(answer) = client.sync().try_answer().await {
            return answer.string("next_batch");
        }
        tokio::task::yield_now().await;
    }
}

/// Who types in a room, if that is news.
fn typists(sync: &SyncAnswer, room: &str) -> Option<Value> {
    sync.ephemeral(room, "m.typing").map(|content| content["user_ids"].clone())
}

async fn type_for(client: &TestClient, room: &str, body: Value) {
    client.put(["rooms", room, "typing", &client.user_id], body).await.ok();
}

async fn typing_crosses(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let other = server.beside().await;
    let bob = other.client(&bob);
    let mut since = there(&bob).await;

    type_for(&alice, &room, json!({ "typing": true, "timeout": 30_000 })).await;
    let starts = bob.sync_until(&mut since, |sync| typists(sync, &room).is_some()).await;
    assert_eq!(typists(&starts, &room), Some(json!([alice.user_id])));
    type_for(&alice, &room, json!({ "typing": true, "timeout": 50 })).await;
    let ends = bob.sync_until(&mut since, |sync| typists(sync, &room).is_some()).await;
    assert_eq!(typists(&ends, &room), Some(json!([])));

    let mut since = alice.token_now().await;
    type_for(&bob, &room, json!({ "typing": true, "timeout": 30_000 })).await;
    alice.sync_until(&mut since, |sync| typists(sync, &room) == Some(json!([bob.user_id]))).await;
    other.stop().await;
}

async fn typing_goes_along(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (room, quiet) = (alice.public_room().await, alice.public_room().await);
    bob.join(&room).await;
    bob.join(&quiet).await;
    let other = server.beside().await;
    let there_too = other.client(&bob);
    there(&there_too).await;
    let mut since = bob.token_now().await;

    // Each answer is asked of the process that did not give the one before.
    type_for(&alice, &room, json!({ "typing": true, "timeout": 30_000 })).await;
    let starts = there_too.sync_until(&mut since, |sync| typists(sync, &room).is_some()).await;
    assert_eq!(typists(&starts, &room), Some(json!([alice.user_id])));
    let again = bob.sync().since(&since).await;
    assert_eq!((typists(&again, &room), typists(&again, &quiet)), (None, None), "it was told");
    type_for(&alice, &room, json!({ "typing": false })).await;
    let ends = bob.sync_until(&mut since, |sync| typists(sync, &room).is_some()).await;
    assert_eq!(typists(&ends, &room), Some(json!([])));
    let again = there_too.sync().since(&since).await;
    assert_eq!(typists(&again, &room), None);
    other.stop().await;
}

/// How another user is shown.
async fn presence(client: &TestClient, of: &TestClient) -> Value {
    client.get(["presence", &of.user_id, "status"]).await.ok()
}

/// Asks on until a user is shown like that.
async fn shown_as(client: &TestClient, of: &TestClient, state: &str, status: &Value) {
    let shown = async {
        loop {
            let shown = presence(client, of).await;
            if shown["presence"] == state && shown["status_msg"] == *status {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, shown).await.expect("the other process is told");
}

async fn set_presence(client: &TestClient, state: &str, status: &Value) {
    let body = json!({ "presence": state, "status_msg": status });
    client.put(["presence", &client.user_id, "status"], body).await.ok();
}

async fn presence_crosses(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let other = server.beside().await;
    let bob = other.client(&bob);
    let mut since = there(&bob).await;

    set_presence(&alice, "online", &json!("\u{1} here")).await;

    let told = |sync: &SyncAnswer| {
        let events = sync.0["presence"]["events"].as_array().into_iter().flatten();
        let mut own = events.filter(|event| event["sender"] == alice.user_id.as_str());
        own.any(|event| event["content"]["status_msg"] == "\u{1} here" && event["content"]["presence"] == "online")
    };
    bob.sync_until(&mut since, told).await;
    // What one says last holds, wherever it was said.
    let alice_there = other.client(&alice);
    shown_as(&bob, &alice, "online", &json!("\u{1} here")).await;
    set_presence(&alice_there, "unavailable", &Value::Null).await;
    shown_as(&alice, &alice, "unavailable", &Value::Null).await;
    other.stop().await;
}

async fn presence_is_told_to_who_comes(server: &TestServer) {
    let alice = server.register("alice").await;
    set_presence(&alice, "online", &json!("busy")).await;

    let other = server.beside().await;
    let alice_there = other.client(&alice);
    there(&alice_there).await;

    shown_as(&alice_there, &alice, "online", &json!("busy")).await;
    other.stop().await;
}
