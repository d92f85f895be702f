//! Two processes that serve the same accounts on one PostgreSQL.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Engine, PATIENCE, TestServer, run};

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
