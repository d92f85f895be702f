//! Simplified sliding sync: lists, subscriptions, what a connection knows, extensions.

mod connection;
mod extensions;
mod lists;
mod rooms;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, PATIENCE, TestClient};

const PATH: &str = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";

/// Asks without waiting.
async fn ask(client: &TestClient, pos: Option<&str>, body: &Value) -> Answer {
    wait(client, pos, Duration::ZERO, body).await
}

/// Asks and waits.
async fn wait(client: &TestClient, pos: Option<&str>, timeout: Duration, body: &Value) -> Answer {
    let pos = pos.map(|pos| format!("&pos={pos}")).unwrap_or_default();
    let path = format!("{PATH}?timeout={}{pos}", timeout.as_millis());
    client.raw(Method::POST, &path, Some(body.to_string())).await
}

/// The position of an answer.
#[track_caller]
fn pos(answer: &Value) -> String {
    answer["pos"].as_str().expect("every answer has a position").to_owned()
}

/// Asks on and on until an answer fulfils the condition; `from` becomes its position.
async fn until(client: &TestClient, from: &mut String, body: &Value, condition: impl Fn(&Value) -> bool) -> Value {
    let search = async {
        loop {
            let answer = wait(client, Some(from), Duration::from_secs(10), body).await.ok();
            *from = pos(&answer);
            if condition(&answer) {
                return answer;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("what the test waits for comes")
}

/// One list of all rooms, with a timeline of this many events.
fn all(timeline_limit: u64) -> Value {
    json!({ "lists": { "all": { "ranges": [[0, 99]], "required_state": [], "timeline_limit": timeline_limit } } })
}

/// The bodies of the messages in a room's timeline.
fn bodies(answer: &Value, room: &str) -> Vec<String> {
    let timeline = answer["rooms"][room]["timeline"].as_array().cloned().unwrap_or_default();
    timeline.iter().filter_map(|event| event["content"]["body"].as_str().map(str::to_owned)).collect()
}

/// The rooms of an answer, in order.
fn rooms(answer: &Value) -> Vec<String> {
    answer["rooms"].as_object().map(|rooms| rooms.keys().cloned().collect()).unwrap_or_default()
}

/// Types and state keys of the state of a room.
fn state(answer: &Value, room: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let state = answer["rooms"][room]["required_state"].as_array().cloned().unwrap_or_default();
    let mut state: Vec<_> = state.iter().map(|event| (text(&event["type"]), text(&event["state_key"]))).collect();
    state.sort_unstable();
    state
}
