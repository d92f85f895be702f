//! The first sync: everything, once.

use serde_json::json;

use super::{limit, members, types};
use crate::harness::TestServer;

on_both!(
    a_new_account_has_no_rooms,
    a_small_room_comes_whole_in_its_timeline,
    a_long_room_is_limited_and_its_state_is_that_before_the_timeline,
    the_gap_before_the_timeline_is_filled_by_pagination,
    full_state_brings_all_state_but_no_old_events,
    state_after_holds_the_end_of_the_timeline,
    a_room_without_a_name_has_heroes,
    filters_are_stored_and_applied,
    only_the_fields_asked_for_come,
    events_come_as_servers_exchange_them_when_asked,
    a_token_that_is_none_is_refused,
);

async fn a_new_account_has_no_rooms(server: &TestServer) {
    let alice = server.register("alice").await;

    let sync = alice.sync().await;

    assert!(sync["rooms"].is_null());
    assert!(sync.account_data("m.push_rules").is_some_and(|rules| rules["global"]["underride"].is_array()));
    assert_eq!(sync["device_one_time_keys_count"], json!({ "signed_curve25519": 0 }));
    assert_eq!(sync["device_unused_fallback_key_types"], json!([]));
}

async fn a_small_room_comes_whole_in_its_timeline(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({ "name": "A room" })).await;
    let event = alice.say(&room, "hello").await;

    let sync = alice.sync().filter(&limit(50)).await;

    let timeline = sync.timeline(&room);
    assert_eq!(types(timeline).first(), Some(&"m.room.create"));
    assert_eq!(sync.timeline_ids(&room).last(), Some(&event.as_str()));
    assert_eq!(sync.joined(&room)["timeline"]["limited"], false);
    assert!(sync.state(&room).is_empty());
    let last = timeline.last().unwrap();
    assert_eq!(last["content"]["body"], "hello");
    assert_eq!(last["sender"], alice.user_id.as_str());
    assert!(last["unsigned"]["transaction_id"].is_string());
    assert!(last["room_id"].is_null());
}

async fn a_long_room_is_limited_and_its_state_is_that_before_the_timeline(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({ "name": "before" })).await;
    alice.say(&room, "one").await;
    alice.set_state(&room, "m.room.name", json!({ "name": "after" })).await;
    alice.say(&room, "two").await;

    let sync = alice.sync().filter(&limit(2)).await;

    assert_eq!(types(sync.timeline(&room)), ["m.room.name", "m.room.message"]);
    assert_eq!(sync.joined(&room)["timeline"]["limited"], true);
    let name = sync.state(&room).iter().find(|event| event["type"] == "m.room.name").unwrap();
    assert_eq!(name["content"]["name"], "before");
    assert!(types(sync.state(&room)).contains(&"m.room.create"));
}

async fn the_gap_before_the_timeline_is_filled_by_pagination(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({})).await;
    let mut sent = Vec::new();
    for number in 0..8 {
        sent.push(alice.say(&room, &number.to_string()).await);
    }
    let sync = alice.sync().filter(&limit(3)).await;
    let prev_batch = sync.joined(&room)["timeline"]["prev_batch"].as_str().unwrap();

    let query = [("dir", "b"), ("from", prev_batch), ("limit", "5")];
    let page = alice.query(["rooms", &room, "messages"], &query).await.ok();

    assert_eq!(sync.timeline_ids(&room), sent[5..]);
    let older: Vec<_> = page["chunk"].as_array().unwrap().iter().rev().map(|event| &event["event_id"]).collect();
    assert_eq!(older, sent[..5].iter().map(|id| json!(id)).collect::<Vec<_>>().iter().collect::<Vec<_>>());
}

async fn full_state_brings_all_state_but_no_old_events(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({ "name": "A room" })).await;
    let quiet = alice.create_room(json!({})).await;
    let since = alice.token_now().await;
    alice.say(&room, "new").await;

    let sync = alice.sync().since(&since).full_state().await;

    assert_eq!(sync.bodies(&room), ["new"]);
    assert_eq!(sync.timeline(&room).len(), 1);
    assert!(types(sync.state(&room)).contains(&"m.room.name"));
    assert!(sync.timeline(&quiet).is_empty());
    assert!(types(sync.state(&quiet)).contains(&"m.room.create"));
}

async fn state_after_holds_the_end_of_the_timeline(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({ "name": "before" })).await;
    let initial = alice.sync().filter(&limit(1)).use_state_after().await;
    let since = initial.next_batch();
    alice.set_state(&room, "m.room.name", json!({ "name": "after" })).await;
    alice.say(&room, "hello").await;

    let sync = alice.sync().since(&since).use_state_after().await;

    let section = sync.joined(&room);
    assert!(section["state"].is_null());
    let state = section["state_after"]["events"].as_array().unwrap();
    assert_eq!(types(state), ["m.room.name"]);
    assert_eq!(state[0]["content"]["name"], "after");
    let initial = initial.joined(&room)["state_after"]["events"].as_array().unwrap();
    assert!(initial.iter().any(|event| event["content"]["name"] == "before"));
}

async fn a_room_without_a_name_has_heroes(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let named = alice.create_room(json!({ "name": "Named", "invite": [bob.user_id] })).await;

    let sync = alice.sync().await;

    let summary = &sync.joined(&room)["summary"];
    assert_eq!(summary["m.heroes"], json!([bob.user_id]));
    assert_eq!(summary["m.joined_member_count"], 2);
    let summary = &sync.joined(&named)["summary"];
    assert!(summary["m.heroes"].is_null());
    assert_eq!((&summary["m.joined_member_count"], &summary["m.invited_member_count"]), (&json!(1), &json!(1)));
}

async fn filters_are_stored_and_applied(server: &TestServer) {
    let alice = server.register("alice").await;
    let (room, other) = (alice.create_room(json!({})).await, alice.create_room(json!({})).await);
    alice.say(&room, "hello").await;
    let filter = json!({
        "account_data": { "not_types": ["*"] },
        "room": { "rooms": [room], "timeline": { "types": ["m.room.mess*"] }, "state": { "types": ["m.room.create"] } },
    });
    let id = alice.post(["user", &alice.user_id, "filter"], filter).await.string("filter_id");

    let sync = alice.query(["sync"], &[("filter", &id)]).await.ok();

    let section = &sync["rooms"]["join"][&room];
    assert_eq!(types(section["timeline"]["events"].as_array().unwrap()), ["m.room.message"]);
    assert_eq!(types(section["state"]["events"].as_array().unwrap()), ["m.room.create"]);
    assert!(sync["rooms"]["join"][&other].is_null());
    assert!(sync["account_data"].is_null());
    assert!(members(section["state"]["events"].as_array().unwrap()).is_empty());
}

async fn a_token_that_is_none_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;

    alice.sync().since("s0_nonsense").answer().await.assert_errcode(400, "M_INVALID_PARAM");
    alice.query(["sync"], &[("filter", "{broken")]).await.assert_errcode(400, "M_INVALID_PARAM");
    alice.query(["sync"], &[("filter", "unknown")]).await.assert_errcode(404, "M_NOT_FOUND");
    server.stranger().sync().answer().await.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn only_the_fields_asked_for_come(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({})).await;
    alice.say(&room, "hello").await;

    let filter = json!({ "event_fields": ["type", "content.body"], "room": { "timeline": { "limit": 1 } } });
    let sync = alice.sync().filter(&filter).await;

    let event = json!({ "type": "m.room.message", "content": { "body": "hello" } });
    assert_eq!(sync.timeline(&room), [event]);
    assert!(sync.state(&room).iter().all(|event| event["sender"].is_null() && event["type"].is_string()));
}

async fn events_come_as_servers_exchange_them_when_asked(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({})).await;
    let sent = alice.say(&room, "hello").await;

    let filter = json!({ "event_format": "federation", "room": { "timeline": { "limit": 1 } } });
    let sync = alice.sync().filter(&filter).await;

    let event = &sync.timeline(&room)[0];
    assert_eq!(event["event_id"], sent.as_str());
    assert!(event["hashes"].is_object() && event["signatures"].is_object() && event["auth_events"].is_array());
    let refused = alice.sync().filter(&json!({ "event_fields": "type" })).answer().await;
    refused.assert_errcode(400, "M_INVALID_PARAM");
}
