//! `/sync`: what comes, when, and nothing else.

mod incremental;
mod initial;
mod lazy_loading;
mod membership;
mod own_data;
mod waiting;

use serde_json::{Value, json};

/// A filter with this many events per timeline.
fn limit(limit: u64) -> Value {
    json!({ "room": { "timeline": { "limit": limit } } })
}

/// The types of events.
fn types(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["type"].as_str()).collect()
}

/// Whose member events are among these, in order of their names.
fn members(events: &[Value]) -> Vec<&str> {
    let mut members: Vec<_> = events
        .iter()
        .filter(|event| event["type"] == "m.room.member")
        .filter_map(|event| event["state_key"].as_str())
        .collect();
    members.sort_unstable();
    members
}
