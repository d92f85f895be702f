//! What clients keep for their user: account data, tags and filters.

use serde_json::json;

use crate::harness::TestServer;

on_both!(
    account_data_is_kept_by_type,
    account_data_of_rooms_is_kept_apart,
    what_the_server_keeps_cannot_be_written,
    account_data_is_an_object,
    tags_come_and_go,
    a_filter_comes_back_under_its_id,
);

async fn account_data_is_kept_by_type(server: &TestServer) {
    let alice = server.register("alice").await;
    let path = ["user", &alice.user_id, "account_data", "org.example.\u{1F331}"];
    let content = json!({ "text": "\u{0}", "deep": [1, null, { "a": "ü" }] });

    alice.get(path).await.assert_errcode(404, "M_NOT_FOUND");
    alice.put(path, json!({ "old": true })).await.ok();
    alice.put(path, content.clone()).await.ok();

    assert_eq!(alice.get(path).await.ok(), content);
}

async fn account_data_of_rooms_is_kept_apart(server: &TestServer) {
    let alice = server.register("alice").await;
    let global = ["user", &alice.user_id, "account_data", "org.example"];
    let of_room = ["user", &alice.user_id, "rooms", "!room:trellis.test", "account_data", "org.example"];

    alice.put(of_room, json!({ "of": "room" })).await.ok();

    alice.get(global).await.assert_errcode(404, "M_NOT_FOUND");
    assert_eq!(alice.get(of_room).await.ok(), json!({ "of": "room" }));
}

async fn what_the_server_keeps_cannot_be_written(server: &TestServer) {
    let alice = server.register("alice").await;
    let rules = ["user", &alice.user_id, "account_data", "m.push_rules"];
    let read = ["user", &alice.user_id, "rooms", "!room:trellis.test", "account_data", "m.fully_read"];

    alice.put(rules, json!({})).await.assert_errcode(405, "M_BAD_JSON");
    alice.put(read, json!({})).await.assert_errcode(405, "M_BAD_JSON");

    assert!(alice.get(rules).await.ok()["global"].is_object());
}

async fn account_data_is_an_object(server: &TestServer) {
    let alice = server.register("alice").await;

    let answer = alice.put(["user", &alice.user_id, "account_data", "org.example"], json!([])).await;

    answer.assert_errcode(400, "M_BAD_JSON");
}

async fn tags_come_and_go(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = "!room:trellis.test";
    let tags = ["user", &alice.user_id, "rooms", room, "tags"];

    assert_eq!(alice.get(tags).await.ok(), json!({ "tags": {} }));
    alice.put(["user", &alice.user_id, "rooms", room, "tags", "m.favourite"], json!({ "order": 0.5 })).await.ok();
    alice.put(["user", &alice.user_id, "rooms", room, "tags", "u.work"], json!({})).await.ok();
    alice.delete(["user", &alice.user_id, "rooms", room, "tags", "u.work"]).await.ok();

    assert_eq!(alice.get(tags).await.ok(), json!({ "tags": { "m.favourite": { "order": 0.5 } } }));
}

async fn a_filter_comes_back_under_its_id(server: &TestServer) {
    let alice = server.register("alice").await;
    let filter = json!({ "room": { "timeline": { "limit": 10 } } });

    let id = alice.post(["user", &alice.user_id, "filter"], filter.clone()).await.string("filter_id");
    let again = alice.post(["user", &alice.user_id, "filter"], filter.clone()).await.string("filter_id");

    assert_eq!(id, again);
    assert_eq!(alice.get(["user", &alice.user_id, "filter", &id]).await.ok(), filter);
    alice.get(["user", &alice.user_id, "filter", "none"]).await.assert_errcode(404, "M_NOT_FOUND");
}
