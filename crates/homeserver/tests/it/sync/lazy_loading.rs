//! Member events of those who matter.

use serde_json::{Value, json};

use super::members;
use crate::harness::{TestClient, TestServer};

on_both!(
    only_senders_and_oneself_come_at_first,
    who_is_known_does_not_come_again,
    who_is_known_comes_again_when_asked_for,
    members_who_changed_in_a_gap_come,
);

fn lazy(limit: u64, redundant: bool) -> Value {
    json!({ "room": {
        "timeline": { "limit": limit },
        "state": { "lazy_load_members": true, "include_redundant_members": redundant },
    } })
}

/// A room of Alice, Bob, Carol and Dave, who have entered in this order.
async fn room_of_four(server: &TestServer) -> ([TestClient; 4], String) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({ "preset": "public_chat", "name": "Four" })).await;
    let mut others = Vec::new();
    for name in ["bob", "carol", "dave"] {
        let other = server.register(name).await;
        other.join(&room).await;
        others.push(other);
    }
    let [bob, carol, dave] = others.try_into().unwrap();
    ([alice, bob, carol, dave], room)
}

async fn only_senders_and_oneself_come_at_first(server: &TestServer) {
    let ([alice, bob, carol, _], room) = room_of_four(server).await;
    carol.say(&room, "one").await;
    carol.say(&room, "two").await;

    let sync = bob.sync().filter(&lazy(2, false)).await;

    assert_eq!(members(sync.state(&room)), [&*bob.user_id, &*carol.user_id]);
    let everyone = alice.sync().filter(&super::limit(2)).await;
    assert_eq!(members(everyone.state(&room)).len(), 4);
}

async fn who_is_known_does_not_come_again(server: &TestServer) {
    let ([alice, bob, carol, dave], room) = room_of_four(server).await;
    carol.say(&room, "one").await;
    let filter = lazy(1, false);
    let first = bob.sync().filter(&filter).await;
    carol.say(&room, "two").await;
    let second = bob.sync().since(&first.next_batch()).filter(&filter).await;
    dave.say(&room, "three").await;
    let third = bob.sync().since(&second.next_batch()).filter(&filter).await;

    assert_eq!(members(first.state(&room)), [&*bob.user_id, &*carol.user_id]);
    assert!(members(second.state(&room)).is_empty());
    assert_eq!(members(third.state(&room)), [&*dave.user_id]);
    // A client that has seen less of the room is told more.
    let plain = bob.sync().await;
    alice.say(&room, "four").await;
    let lazily = bob.sync().since(&plain.next_batch()).filter(&lazy(10, false)).await;
    assert_eq!(members(lazily.state(&room)), [&*alice.user_id]);
}

async fn who_is_known_comes_again_when_asked_for(server: &TestServer) {
    let ([_, bob, carol, _], room) = room_of_four(server).await;
    carol.say(&room, "one").await;
    let filter = lazy(1, true);
    let first = bob.sync().filter(&filter).await;
    carol.say(&room, "two").await;

    let second = bob.sync().since(&first.next_batch()).filter(&filter).await;

    assert_eq!(members(second.state(&room)), [&*carol.user_id]);
}

async fn members_who_changed_in_a_gap_come(server: &TestServer) {
    let ([alice, bob, _, dave], room) = room_of_four(server).await;
    let filter = lazy(1, false);
    let first = bob.sync().filter(&filter).await;
    dave.leave(&room).await;
    alice.say(&room, "one").await;
    alice.say(&room, "two").await;

    let second = bob.sync().since(&first.next_batch()).filter(&filter).await;

    let gone = second.state(&room).iter().find(|event| event["state_key"] == dave.user_id.as_str()).unwrap();
    assert_eq!(gone["content"]["membership"], "leave");
}
