//! A user's push rules begin with the specification's and change one by one.

use reqwest::Method;
use serde_json::json;

use crate::harness::{TestClient, TestServer};

on_both!(
    the_rules_begin_with_the_defaults,
    a_rule_of_ones_own_comes_and_goes,
    a_default_rule_is_switched_and_changed_but_not_removed,
    a_rule_that_is_not_there_is_not_found,
    rules_of_one_kind_are_listed,
    what_is_no_place_for_rules_is_refused,
    a_rule_is_moved_among_the_others,
);

async fn the_rules_begin_with_the_defaults(server: &TestServer) {
    let alice = server.register("alice").await;

    let rules = alice.get(["pushrules", ""]).await.ok();

    assert_eq!(rules["global"]["override"][0]["rule_id"], ".m.rule.master");
    let mention = alice.get(["pushrules", "global", "override", ".m.rule.is_user_mention"]).await.ok();
    assert_eq!(mention["conditions"][0]["value"], alice.user_id);
}

async fn a_rule_of_ones_own_comes_and_goes(server: &TestServer) {
    let alice = server.register("alice").await;
    let rule = ["pushrules", "global", "content", "cake"];

    alice.put(rule, json!({ "pattern": "cake", "actions": ["notify"] })).await.ok();
    let stored = alice.get(rule).await.ok();
    assert_eq!((&stored["pattern"], &stored["enabled"]), (&json!("cake"), &json!(true)));
    alice.put(["pushrules", "global", "content", "cake", "enabled"], json!({ "enabled": false })).await.ok();
    assert_eq!(alice.get(rule).await.ok()["enabled"], false);
    alice.delete(rule).await.ok();

    alice.get(rule).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn a_default_rule_is_switched_and_changed_but_not_removed(server: &TestServer) {
    let alice = server.register("alice").await;
    let rule = ["pushrules", "global", "underride", ".m.rule.message"];
    let actions = ["pushrules", "global", "underride", ".m.rule.message", "actions"];

    alice.put(actions, json!({ "actions": [] })).await.ok();

    assert_eq!(alice.get(actions).await.ok(), json!({ "actions": [] }));
    alice.delete(rule).await.assert_errcode(400, "M_INVALID_PARAM");
    let reserved = ["pushrules", "global", "content", ".mine"];
    let body = json!({ "pattern": "x", "actions": [] });
    alice.put(reserved, body).await.assert_errcode(400, "M_INVALID_PARAM");
}

async fn a_rule_that_is_not_there_is_not_found(server: &TestServer) {
    let alice = server.register("alice").await;
    let enabled = ["pushrules", "global", "content", "none", "enabled"];

    alice.put(enabled, json!({ "enabled": true })).await.assert_errcode(404, "M_NOT_FOUND");
    alice.get(enabled).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn rules_of_one_kind_are_listed(server: &TestServer) {
    let alice = server.register("alice").await;
    let rule = json!({ "pattern": "cake", "actions": ["notify"] });
    alice.put(["pushrules", "global", "content", "cake"], rule).await.ok();

    let rules = alice.get(["pushrules", "global", "content", ""]).await.ok();

    assert!(rules.as_array().unwrap().iter().any(|rule| rule["rule_id"] == "cake"));
    server.stranger().get(["pushrules", "global", "content", ""]).await.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn what_is_no_place_for_rules_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let rule = || json!({ "pattern": "cake", "actions": ["notify"] });

    alice.get(["pushrules", "device", ""]).await.assert_errcode(400, "M_INVALID_PARAM");
    alice.get(["pushrules", "global", "nonsense", ""]).await.assert_errcode(400, "M_INVALID_PARAM");
    alice.put(["pushrules", ""], rule()).await.assert_errcode(400, "M_INVALID_PARAM");
    alice.put(["pushrules", "device", "content", "cake"], rule()).await.assert_errcode(400, "M_INVALID_PARAM");
    alice.put(["pushrules", "global", "content"], rule()).await.assert_errcode(400, "M_INVALID_PARAM");
    let part = ["pushrules", "global", "override", ".m.rule.master", "nonsense"];
    alice.get(part).await.assert_errcode(400, "M_INVALID_PARAM");
}

/// The user's own rules for content, in their order.
async fn own(client: &TestClient) -> Vec<String> {
    let rules = client.get(["pushrules", ""]).await.ok();
    let ids = rules["global"]["content"].as_array().unwrap().iter().map(|rule| rule["rule_id"].as_str().unwrap());
    ids.filter(|id| !id.starts_with('.')).map(str::to_owned).collect()
}

async fn a_rule_is_moved_among_the_others(server: &TestServer) {
    let alice = server.register("alice").await;
    let put = async |rule: &str, query: &str| {
        let body = json!({ "pattern": "cake", "actions": [] }).to_string();
        alice.raw(Method::PUT, &format!("/_matrix/client/v3/pushrules/global/content/{rule}{query}"), Some(body)).await
    };
    for rule in ["c", "b", "a"] {
        put(rule, "").await.ok();
    }
    assert_eq!(own(&alice).await, ["a", "b", "c"]);
    alice.put(["pushrules", "global", "content", "a", "enabled"], json!({ "enabled": false })).await.ok();

    put("a", "?after=b").await.ok();
    assert_eq!(own(&alice).await, ["b", "a", "c"]);
    put("a", "?after=c").await.ok();
    assert_eq!(own(&alice).await, ["b", "c", "a"]);
    put("a", "?before=b").await.ok();
    assert_eq!(own(&alice).await, ["a", "b", "c"]);
    assert_eq!(alice.get(["pushrules", "global", "content", "a", "enabled"]).await.ok()["enabled"], false);

    put("a", "?after=a").await.assert_errcode(400, "M_INVALID_PARAM");
    put("a", "?after=nothing").await.assert_errcode(404, "M_NOT_FOUND");
    assert_eq!(own(&alice).await, ["a", "b", "c"]);
}
