//! Whoever guesses is slowed down, and told until when.

use serde_json::{Value, json};
use trellis_homeserver::Config;

use crate::harness::{PASSWORD, TestServer};

on_both!(limited: guessing_passwords_is_slowed_down, a_token_in_the_query_is_read_where_that_is_allowed);

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
