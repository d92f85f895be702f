//! Waiting for something to happen.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;

use crate::harness::TestServer;

on_both!(
    an_event_wakes_who_waits,
    an_invitation_wakes_who_waits,
    the_first_event_of_a_room_joined_meanwhile_wakes,
    who_waits_in_vain_gets_an_empty_answer_in_time,
    fifty_who_wait_are_all_woken_by_one_event,
    a_server_that_stops_answers_at_once,
);

const LONG: Duration = Duration::from_secs(25);

async fn an_event_wakes_who_waits(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let since = bob.token_now().await;
    let started = Instant::now();

    let (sync, event) =
        tokio::join!(async { bob.sync().since(&since).timeout(LONG).await }, alice.say(&room, "wake up"));

    assert_eq!(sync.timeline_ids(&room), [event.as_str()]);
    assert_eq!(sync.unread(&room), (Some(1), Some(0)));
    assert!(started.elapsed() < LONG / 2);
}

async fn an_invitation_wakes_who_waits(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({})).await;
    let since = bob.token_now().await;

    let (sync, ()) =
        tokio::join!(async { bob.sync().since(&since).timeout(LONG).await }, alice.invite(&room, &bob.user_id));

    assert!(!sync.invited(&room).is_null());
}

async fn the_first_event_of_a_room_joined_meanwhile_wakes(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let mut since = bob.token_now().await;
    let meanwhile = async {
        bob.join(&room).await;
        alice.say(&room, "welcome").await
    };

    let (sync, _) = tokio::join!(bob.sync_until(&mut since, |sync| sync.bodies(&room).contains(&"welcome")), meanwhile);

    assert!(!sync.joined(&room).is_null());
}

async fn who_waits_in_vain_gets_an_empty_answer_in_time(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({})).await;
    let since = bob.token_now().await;

    let waiting = async { bob.sync().since(&since).timeout(Duration::from_millis(300)).await };
    let (sync, _) = tokio::join!(waiting, alice.say(&room, "not for Bob"));

    assert!(sync["rooms"].is_null());
    assert!(sync["account_data"].is_null());
    let next = bob.sync().since(&sync.next_batch()).await;
    assert!(next["rooms"].is_null());
}

async fn fifty_who_wait_are_all_woken_by_one_event(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let mut devices = Vec::new();
    for _ in 0..50 {
        devices.push(server.log_in("alice").await);
    }
    let since = alice.token_now().await;

    let waiting = join_all(devices.iter().map(|device| async { device.sync().since(&since).timeout(LONG).await }));
    let (answers, event) = tokio::join!(waiting, alice.say(&room, "everyone"));

    for sync in answers {
        assert_eq!(sync.timeline_ids(&room), [event.as_str()]);
    }
}

async fn a_server_that_stops_answers_at_once(server: &TestServer) {
    let alice = server.register("alice").await;
    let other = server.log_in("alice").await;
    let since = alice.token_now().await;

    // Whether the server has begun to wait cannot be seen from outside; if the stop comes before the
    // request does, it is another try.
    let answer = loop {
        let started = Instant::now();
        let waiting = alice.sync().since(&since).timeout(LONG).try_answer();
        let stopping = async {
            for _ in 0..5 {
                other.get(["account", "whoami"]).await.ok();
            }
            server.begin_stop().await;
        };
        let (answer, ()) = tokio::join!(waiting, stopping);
        server.restart().await;
        assert!(started.elapsed() < LONG / 2);
        if let Ok(answer) = answer {
            break answer;
        }
    };

    assert_eq!(answer.string("next_batch"), since);
}
