use std::collections::BTreeSet;

use futures::future::join_all;
use ruma::RoomVersionId;

use super::{World, alice, bob, is_forbidden, own, say, start};

#[tokio::test(flavor = "multi_thread")]
async fn events_sent_at_once_form_one_chain_and_none_is_lost() {
    let world = World::new().await;
    let room_id = world.room(RoomVersionId::V12).await;

    let sent = join_all((0..100).map(|number| {
        let (world, room_id) = (&world, &room_id);
        async move { world.say(room_id, alice(), &number.to_string()).await.unwrap() }
    }))
    .await;

    let timeline = world.timeline(&room_id).await;
    let known: BTreeSet<_> = timeline.iter().map(|event| event.event_id.clone()).collect();
    assert!(sent.iter().all(|event_id| known.contains(event_id)));
    for pair in timeline.windows(2) {
        let object: serde_json::Value = serde_json::from_slice(&pair[1].json).unwrap();
        assert_eq!(object["prev_events"][0], pair[0].event_id.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_twice_makes_one_event() {
    let world = World::new().await;
    let room_id = world.room(RoomVersionId::V12).await;
    let twice = |number: u8| say(&world.rooms, &room_id, alice(), "once", format!("t{}", number / 2));

    let sent = join_all((0..40).map(twice)).await;

    let sent: Vec<_> = sent.into_iter().map(Result::unwrap).collect();
    assert!(sent.chunks(2).all(|pair| pair[0] == pair[1]));
    let messages = world.timeline(&room_id).await;
    assert_eq!(messages.iter().filter(|event| event.event_type == "m.room.message").count(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_share_a_database_extend_the_same_chain() {
    let world = World::new().await;
    let room_id = world.room(RoomVersionId::V12).await;
    let other = start(&world.storage).await;

    for number in 0..6 {
        let rooms = if number % 2 == 0 { &world.rooms } else { &other };
        say(rooms, &room_id, alice(), "ping", format!("p{number}")).await.unwrap();
    }
    world.join(&room_id, bob()).await.unwrap();
    other.leave(own(&room_id, bob())).await.unwrap();

    // The first process believes Bob is there, until the database tells it better.
    assert!(is_forbidden(world.say(&room_id, bob(), "still here?").await));
    assert_eq!(world.timeline(&room_id).await.len(), 6 + 6 + 2);
}
