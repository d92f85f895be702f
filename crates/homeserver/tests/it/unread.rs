//! Counts of what is unread, whenever one asks.

use serde_json::json;

use crate::harness::{TestClient, TestServer};

on_both!(
    a_sync_that_shows_an_event_shows_its_count,
    counts_outlive_a_restart,
    one_who_differs_from_the_others_has_counts_of_their_own,
    who_joins_has_nothing_to_read,
    who_comes_back_has_nothing_to_read,
);

async fn unread(client: &TestClient, room: &str) -> (u64, u64) {
    let (notifications, highlights) = client.sync().await.unread(room);
    (notifications.unwrap(), highlights.unwrap())
}

async fn a_sync_that_shows_an_event_shows_its_count(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let mut since = bob.token_now().await;

    for number in 1..=40 {
        let event = alice.say(&room, "hello").await;
        let sync = bob.sync().since(&since).await;
        assert_eq!(sync.timeline_ids(&room), [event.as_str()]);
        assert_eq!(sync.unread(&room), (Some(number), Some(0)));
        since = sync.next_batch();
    }
}

async fn counts_outlive_a_restart(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    for _ in 0..3 {
        alice.say(&room, "hello").await;
    }

    server.restart().await;
    let (alice, bob) = (server.log_in("alice").await, server.log_in("bob").await);

    assert_eq!(unread(&bob, &room).await, (3, 0));
    alice.say(&room, "again").await;
    assert_eq!(unread(&bob, &room).await, (4, 0));
}

async fn one_who_differs_from_the_others_has_counts_of_their_own(server: &TestServer) {
    let alice = server.register("alice").await;
    let (bob, carol, dave) =
        (server.register("bob").await, server.register("carol").await, server.register("dave").await);
    let room = alice.public_room().await;
    for client in [&bob, &carol, &dave] {
        client.join(&room).await;
    }
    carol.put(["pushrules", "global", "room", &room], json!({ "actions": [] })).await.ok();
    let ignored = json!({ "ignored_users": { alice.user_id.as_str(): {} } });
    dave.put(["user", &dave.user_id, "account_data", "m.ignored_user_list"], ignored).await.ok();

    let mention = json!({ "msgtype": "m.text", "body": "Carol?", "m.mentions": { "user_ids": [carol.user_id] } });
    alice.send_event(&room, "m.room.message", mention).await;
    alice.say(&room, "everyone?").await;

    assert_eq!(unread(&bob, &room).await, (2, 0));
    // A mention comes before the rule of the room.
    assert_eq!(unread(&carol, &room).await, (1, 1));
    assert_eq!(unread(&dave, &room).await, (0, 0));
}

async fn who_joins_has_nothing_to_read(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let carol = server.register("carol").await;
    let room = alice.public_room().await;
    carol.join(&room).await;
    alice.say(&room, "before").await;

    bob.join(&room).await;
    assert_eq!(unread(&bob, &room).await, (0, 0));

    alice.say(&room, "after").await;
    assert_eq!(unread(&bob, &room).await, (1, 0));
}

async fn who_comes_back_has_nothing_to_read(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    alice.say(&room, "seen").await;
    bob.leave(&room).await;
    alice.say(&room, "not seen").await;

    bob.join(&room).await;

    assert_eq!(unread(&bob, &room).await, (0, 0));
    alice.say(&room, "welcome back").await;
    assert_eq!(unread(&bob, &room).await, (1, 0));
}
