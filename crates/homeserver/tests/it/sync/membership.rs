//! Rooms that come and go: invitations, joins, leaves, knocks, and who may see what of them.

use serde_json::json;

use super::types;
use crate::harness::{TestServer, sync::events};

on_both!(
    an_invitation_shows_what_outsiders_may_see,
    a_room_that_was_joined_comes_whole,
    a_room_that_was_left_ends_with_the_leaving,
    declining_an_invitation_shows_nothing_of_the_room,
    rooms_that_were_left_come_when_asked_for,
    a_knock_comes_alone,
    who_comes_back_gets_the_room_anew,
    history_before_the_join_stays_hidden,
    a_room_that_was_joined_and_left_meanwhile_comes_with_its_state,
    state_that_was_set_meanwhile_comes_with_who_comes_back,
    nothing_after_a_kick_is_seen,
    the_summary_comes_when_members_change,
    invitations_of_ignored_users_do_not_come,
);

async fn an_invitation_shows_what_outsiders_may_see(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let mut since = bob.token_now().await;
    let room = alice.create_room(json!({ "name": "Club", "topic": "For two" })).await;
    alice.say(&room, "secret").await;
    alice.invite(&room, &bob.user_id).await;

    let sync = bob.sync_until(&mut since, |sync| !sync.invited(&room).is_null()).await;

    let state = sync.invited(&room).as_array().unwrap();
    let mut found = types(state);
    found.sort_unstable();
    assert_eq!(found, ["m.room.create", "m.room.join_rules", "m.room.member", "m.room.name", "m.room.topic"],);
    let own = state.iter().find(|event| event["state_key"] == bob.user_id.as_str()).unwrap();
    assert_eq!((&own["content"]["membership"], &own["sender"]), (&json!("invite"), &json!(alice.user_id)));
    assert!(sync.joined(&room).is_null());
    assert!(!sync.invited(&room).to_string().contains("secret"));
    assert!(!bob.sync().await.invited(&room).is_null());
}

async fn a_room_that_was_joined_and_left_meanwhile_comes_with_its_state(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({ "preset": "public_chat", "name": "Club" })).await;
    let since = bob.token_now().await;
    bob.join(&room).await;
    bob.leave(&room).await;

    let filter = json!({ "room": { "timeline": { "limit": 2 } } });
    let sync = bob.sync().since(&since).filter(&filter).await;

    assert!(types(sync.left(&room)["state"]["events"].as_array().unwrap()).contains(&"m.room.name"));
}

async fn state_that_was_set_meanwhile_comes_with_who_comes_back(server: &TestServer) {
    let (alice, bob, carol) =
        (server.register("alice").await, server.register("bob").await, server.register("carol").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    alice.set_state(&room, "m.room.history_visibility", json!({ "history_visibility": "joined" })).await;
    let since = bob.token_now().await;
    bob.leave(&room).await;
    carol.join(&room).await;
    alice.say(&room, "secret").await;
    bob.join(&room).await;

    let sync = bob.sync().since(&since).await;

    let joins = |event: &&serde_json::Value| event["state_key"] == carol.user_id.as_str();
    let told = sync.timeline(&room).iter().chain(sync.state(&room)).filter(joins).count();
    assert_eq!(told, 1);
    assert!(!sync.joined(&room).to_string().contains("secret"));
}

async fn a_room_that_was_joined_comes_whole(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    for number in 0..20 {
        alice.say(&room, &number.to_string()).await;
    }
    let since = bob.token_now().await;
    bob.join(&room).await;

    let sync = bob.sync().since(&since).await;

    assert_eq!(sync.timeline(&room).len(), 10);
    assert_eq!(sync.joined(&room)["timeline"]["limited"], true);
    assert!(types(sync.state(&room)).contains(&"m.room.create"));
    assert_eq!(sync.joined(&room)["summary"]["m.joined_member_count"], 2);
    assert_eq!(sync.unread(&room), (Some(0), Some(0)));
}

async fn a_room_that_was_left_ends_with_the_leaving(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let since = bob.token_now().await;
    alice.say(&room, "last words").await;
    bob.leave(&room).await;
    alice.say(&room, "he is gone").await;

    let sync = bob.sync().since(&since).await;

    assert!(sync.joined(&room).is_null());
    assert_eq!(sync.left(&room)["state"], json!({ "events": [] }));
    let timeline = sync.timeline(&room);
    assert_eq!(sync.bodies(&room), ["last words"]);
    assert_eq!(timeline.last().unwrap()["content"]["membership"], "leave");
    let again = bob.sync().since(&sync.next_batch()).await;
    assert!(again.left(&room).is_null());
}

async fn declining_an_invitation_shows_nothing_of_the_room(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.create_room(json!({ "invite": [bob.user_id] })).await;
    alice.say(&room, "secret").await;
    let since = bob.token_now().await;
    bob.leave(&room).await;

    let sync = bob.sync().since(&since).await;

    let timeline = sync.timeline(&room);
    assert_eq!(types(timeline), ["m.room.member"]);
    assert_eq!(timeline[0]["state_key"], bob.user_id.as_str());
    assert!(events(&sync.left(&room)["state"]).iter().all(|event| event["state_key"] == bob.user_id.as_str()));
    assert!(sync.invited(&room).is_null());
}

async fn rooms_that_were_left_come_when_asked_for(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    alice.say(&room, "seen").await;
    bob.leave(&room).await;
    alice.say(&room, "unseen").await;
    let filter = json!({ "room": { "include_leave": true, "timeline": { "limit": 50 } } });

    let (without, with) = (bob.sync().await, bob.sync().filter(&filter).await);

    assert!(without.left(&room).is_null());
    assert_eq!(with.bodies(&room), ["seen"]);
    bob.post(["rooms", &room, "forget"], json!({})).await.ok();
    assert!(bob.sync().filter(&filter).await.left(&room).is_null());
}

async fn a_knock_comes_alone(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let rules = json!({ "type": "m.room.join_rules", "content": { "join_rule": "knock" } });
    let room = alice.create_room(json!({ "name": "Door", "initial_state": [rules] })).await;
    let since = bob.token_now().await;
    bob.post(["knock", &room], json!({ "reason": "please" })).await.ok();

    let sync = bob.sync().since(&since).await;

    let state = events(&sync["rooms"]["knock"][&room]["knock_state"]);
    assert!(types(state).contains(&"m.room.name"));
    let own = state.iter().find(|event| event["state_key"] == bob.user_id.as_str()).unwrap();
    assert_eq!(own["content"]["membership"], "knock");
}

async fn who_comes_back_gets_the_room_anew(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let since = bob.token_now().await;
    bob.leave(&room).await;
    alice.set_state(&room, "m.room.topic", json!({ "topic": "meanwhile" })).await;
    bob.join(&room).await;

    let sync = bob.sync().since(&since).filter(&super::limit(1)).await;

    assert!(types(sync.state(&room)).contains(&"m.room.create"));
    assert!(sync.state(&room).iter().any(|event| event["content"]["topic"] == "meanwhile"));
    assert!(sync.left(&room).is_null());
}

async fn history_before_the_join_stays_hidden(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let visibility =
        |setting| json!({ "type": "m.room.history_visibility", "content": { "history_visibility": setting } });
    for (setting, visible) in [("joined", vec!["after"]), ("invited", vec!["invited", "after"])] {
        let room = alice.create_room(json!({ "initial_state": [visibility(setting)] })).await;
        alice.say(&room, "before").await;
        alice.invite(&room, &bob.user_id).await;
        alice.say(&room, "invited").await;
        bob.join(&room).await;
        alice.say(&room, "after").await;

        let sync = bob.sync().filter(&super::limit(50)).await;

        assert_eq!(sync.bodies(&room), visible, "{setting}");
    }
}

async fn nothing_after_a_kick_is_seen(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let since = bob.token_now().await;
    alice.post(["rooms", &room, "kick"], json!({ "user_id": bob.user_id, "reason": "noise" })).await.ok();
    alice.say(&room, "unseen").await;
    alice.set_state(&room, "m.room.topic", json!({ "topic": "unseen" })).await;

    let sync = bob.sync().since(&since).await;

    assert_eq!(types(sync.timeline(&room)), ["m.room.member"]);
    assert!(!sync.to_string().contains("unseen"));
}

async fn the_summary_comes_when_members_change(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let since = alice.token_now().await;
    bob.join(&room).await;

    let sync = alice.sync().since(&since).await;
    alice.say(&room, "hello").await;
    let next = alice.sync().since(&sync.next_batch()).await;

    let summary = &sync.joined(&room)["summary"];
    assert_eq!((&summary["m.joined_member_count"], &summary["m.heroes"]), (&json!(2), &json!([bob.user_id])));
    assert!(next.joined(&room)["summary"].is_null());
}

async fn invitations_of_ignored_users_do_not_come(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let ignored = json!({ "ignored_users": { alice.user_id.as_str(): {} } });
    bob.put(["user", &bob.user_id, "account_data", "m.ignored_user_list"], ignored).await.ok();
    let room = alice.create_room(json!({ "invite": [bob.user_id] })).await;

    assert!(bob.sync().await.invited(&room).is_null());
}
