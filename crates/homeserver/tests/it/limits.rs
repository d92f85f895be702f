//! Whoever guesses is slowed down, and told until when.

use futures::future::join_all;
use serde_json::{Value, json};
use trellis_homeserver::Config;

use crate::harness::{Answer, PASSWORD, TestServer};

on_both!(
    limited: guessing_passwords_is_slowed_down,
    a_token_in_the_query_is_read_where_that_is_allowed,
    searching_too_often_is_slowed_down,
    a_stranger_who_asks_too_often_is_slowed_down,
);

fn limited(config: &mut Config) {
    config.rate_limits = true;
    config.allow_query_tokens = true;
}

fn log_in(user: &str, password: &str) -> Value {
    json!({ "type": "m.login.password", "identifier": { "type": "m.id.user", "user": user }, "password": password })
}

async fn guessing_passwords_is_slowed_down(server: &TestServer) {
    server.register("alice").await;
    server.register("bob").await;
    let client = server.stranger();

    let mut answers = Vec::new();
    for _ in 0..11 {
        answers.push(client.post(["login"], log_in("alice", "a wrong guess")).await);
    }

    let last = answers.pop().unwrap();
    last.assert_errcode(429, "M_LIMIT_EXCEEDED");
    assert!(last.body["retry_after_ms"].as_u64().is_some_and(|wait| (1..=10_000).contains(&wait)), "{}", last.body);
    assert!(last.headers.contains_key("retry-after"));
    for answer in answers {
        answer.assert_errcode(403, "M_FORBIDDEN");
    }
    client.post(["login"], log_in("bob", PASSWORD)).await.ok();
}

async fn a_token_in_the_query_is_read_where_that_is_allowed(server: &TestServer) {
    let alice = server.register("alice").await;

    let query = [("access_token", alice.token.as_deref().unwrap())];
    let answer = server.stranger().query(["account", "whoami"], &query).await.ok();

    assert_eq!(answer["user_id"], alice.user_id);
}

/// Of answers to requests made at once, some say when to try again.
fn assert_slowed(answers: &[Answer]) {
    let slowed = answers.iter().find(|answer| answer.status == 429).expect("some are slowed down");
    slowed.assert_errcode(429, "M_LIMIT_EXCEEDED");
    assert!(slowed.body["retry_after_ms"].is_u64(), "{}", slowed.body);
    assert!(slowed.headers.contains_key("retry-after"));
    assert!(answers.iter().any(|answer| answer.status != 429));
}

async fn searching_too_often_is_slowed_down(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let body = || json!({ "search_categories": { "room_events": { "search_term": "word" } } });

    assert_slowed(&join_all((0..80).map(|_| alice.post(["search"], body()))).await);

    bob.post(["search"], body()).await.ok();
}

async fn a_stranger_who_asks_too_often_is_slowed_down(server: &TestServer) {
    let stranger = server.stranger();
    let ask = |_| stranger.post(["refresh"], json!({ "refresh_token": "none" }));

    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.extend(join_all((0..60).map(ask)).await);
    }

    assert_slowed(&answers);
    // More may be asked meanwhile, so many ask at once.
    let answers = join_all((0..200).map(|_| stranger.get(["login"]))).await;
    let slowed = answers.iter().find(|answer| answer.status == 429).expect("some are slowed down");
    slowed.assert_errcode(429, "M_LIMIT_EXCEEDED");
}
