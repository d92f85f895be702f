//! What a connection knows, and for how long.

use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{all, ask, bodies, pos, rooms, wait};
use crate::harness::TestServer;

on_both!(
    it_is_advertised,
    who_is_not_logged_in_is_refused,
    a_position_that_is_not_known_is_refused,
    a_position_of_another_device_or_connection_is_refused,
    an_answer_that_was_lost_comes_again,
    nothing_new_is_an_empty_answer_after_the_time,
    an_event_wakes_who_waits,
    what_is_not_looked_at_wakes_nobody,
    more_may_ask_at_once_than_the_database_has_connections,
    a_connection_outlives_a_restart,
    wrong_requests_are_refused,
);

async fn it_is_advertised(server: &TestServer) {
    let versions = server.stranger().raw(Method::GET, "/_matrix/client/versions", None).await.ok();
    assert_eq!(versions["unstable_features"]["org.matrix.simplified_msc3575"], true);
}

async fn who_is_not_logged_in_is_refused(server: &TestServer) {
    ask(&server.stranger(), None, &all(1)).await.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn a_position_that_is_not_known_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    for pos in ["nonsense", "s1_1_2_3_4_5_1.0_0_1.0", "s1_1_2_3_4_5_1.0_0_1.0~99"] {
        ask(&alice, Some(pos), &all(1)).await.assert_errcode(400, "M_UNKNOWN_POS");
    }
}

async fn a_position_of_another_device_or_connection_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let other = server.log_in("alice").await;
    let answer = ask(&alice, None, &all(1)).await.ok();

    ask(&other, Some(&pos(&answer)), &all(1)).await.assert_errcode(400, "M_UNKNOWN_POS");
    let mut named = all(1);
    named["conn_id"] = json!("other");
    ask(&alice, Some(&pos(&answer)), &named).await.assert_errcode(400, "M_UNKNOWN_POS");
    // Both go on beside each other.
    let second = ask(&alice, None, &named).await.ok();
    ask(&alice, Some(&pos(&answer)), &all(1)).await.ok();
    ask(&alice, Some(&pos(&second)), &named).await.ok();
}

async fn an_answer_that_was_lost_comes_again(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let first = ask(&alice, None, &all(10)).await.ok();
    alice.say(&room, "one").await;
    let other = alice.public_room().await;

    let lost = ask(&alice, Some(&pos(&first)), &all(10)).await.ok();
    let again = ask(&alice, Some(&pos(&first)), &all(10)).await.ok();

    assert_eq!(bodies(&lost, &room), ["one"]);
    assert_eq!(bodies(&again, &room), ["one"]);
    assert_eq!(again["rooms"][&other]["initial"], true);
    let after = ask(&alice, Some(&pos(&again)), &all(10)).await.ok();
    assert!(rooms(&after).is_empty());
}

async fn nothing_new_is_an_empty_answer_after_the_time(server: &TestServer) {
    let alice = server.register("alice").await;
    alice.public_room().await;
    let mut body = all(1);
    body["txn_id"] = json!("mine");
    let first = ask(&alice, None, &body).await.ok();
    assert_eq!(first["txn_id"], "mine");
    let started = Instant::now();

    let answer = wait(&alice, Some(&pos(&first)), Duration::from_millis(300), &body).await.ok();

    assert!(started.elapsed() >= Duration::from_millis(300));
    assert!(rooms(&answer).is_empty());
    assert_eq!(answer["lists"]["all"]["count"], 1);
    // What the connection knows has not changed: the state is the same one.
    let number = |pos: &str| pos.split_once('~').unwrap().1.to_owned();
    assert_eq!(number(&pos(&first)), number(&pos(&answer)));
}

async fn an_event_wakes_who_waits(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let mut from = pos(&ask(&bob, None, &all(10)).await.ok());
    let (mut numbers, body) = (std::collections::BTreeSet::new(), all(10));

    for text in ["one", "two", "three"] {
        let (answer, _) = tokio::join!(wait(&bob, Some(&from), Duration::from_secs(25), &body), alice.say(&room, text));
        let answer = answer.ok();
        from = pos(&answer);
        numbers.insert(from.split_once('~').unwrap().1.to_owned());
        assert_eq!(bodies(&answer, &room), [text]);
        assert_eq!(answer["rooms"][&room]["num_live"], 1);
        assert!(answer["rooms"][&room]["initial"].is_null());
    }
    assert_eq!(numbers.len(), 1, "a room that is looked at costs no write");
}

async fn what_is_not_looked_at_wakes_nobody(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (old, new) = (alice.public_room().await, alice.public_room().await);
    bob.join(&old).await;
    bob.join(&new).await;
    let body = json!({ "room_subscriptions": { &new: { "required_state": [], "timeline_limit": 10 } } });
    let first = ask(&bob, None, &body).await.ok();
    assert_eq!(rooms(&first), [new.as_str()]);

    let from = pos(&first);
    let waiting = wait(&bob, Some(&from), Duration::from_millis(500), &body);
    let (answer, _) = tokio::join!(waiting, alice.say(&old, "elsewhere"));

    assert!(rooms(&answer.ok()).is_empty());
}

async fn more_may_ask_at_once_than_the_database_has_connections(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let extensions = json!({ "to_device": { "enabled": true }, "e2ee": { "enabled": true } });

    let answers = join_all((0..60).map(|number| {
        let mut body = all(1);
        body["conn_id"] = json!(number.to_string());
        body["extensions"] = extensions.clone();
        let alice = &alice;
        async move { ask(alice, None, &body).await.ok() }
    }))
    .await;

    assert!(answers.iter().all(|answer| rooms(answer) == [room.as_str()]));
}

async fn a_connection_outlives_a_restart(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let first = ask(&alice, None, &all(10)).await.ok();
    alice.say(&room, "before").await;
    server.restart().await;
    let mut again = server.stranger();
    again.token.clone_from(&alice.token);

    let answer = ask(&again, Some(&pos(&first)), &all(10)).await.ok();

    assert_eq!(bodies(&answer, &room), ["before"]);
}

async fn wrong_requests_are_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let backwards = json!({ "lists": { "a": { "ranges": [[5, 1]], "timeline_limit": 1 } } });
    ask(&alice, None, &backwards).await.assert_errcode(400, "M_INVALID_PARAM");
    let list = json!({ "ranges": [[0, 1]], "timeline_limit": 1 });
    let many: serde_json::Map<_, _> = (0..101).map(|number| (number.to_string(), list.clone())).collect();
    ask(&alice, None, &json!({ "lists": many })).await.assert_errcode(400, "M_INVALID_PARAM");
    ask(&alice, None, &json!({ "lists": [] })).await.assert_errcode(400, "M_BAD_JSON");
    alice.raw(Method::POST, super::PATH, Some("{".to_owned())).await.assert_errcode(400, "M_NOT_JSON");
}
