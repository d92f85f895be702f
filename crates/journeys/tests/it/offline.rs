//! The network goes and comes back.

use trellis_model::protocol::{SendState, SyncStatus};

use crate::harness::{Person, TIMELINE, journey};

#[test]
fn what_is_written_offline_arrives_in_order_and_once() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let room_id = ann.create_room("Garden", &[&ben]).await;
        ben.accept(&room_id).await;
        ann.show(&room_id).await;
        ben.show(&room_id).await;

        network.cut();
        ann.until("that it is offline", |shown| matches!(shown.status, Some(SyncStatus::Offline { .. }))).await;
        for words in ["one", "two", "three"] {
            ann.say(&room_id, words).await;
        }
        ann.reads(&["one", "two", "three"]).await;
        network.mend();

        ben.reads(&["one", "two", "three"]).await;
        ann.until_timeline(TIMELINE, "that all were sent", |timeline| {
            timeline.events().iter().filter(|event| event.send_state == Some(SendState::Sent)).count() == 3
        })
        .await;
        ann.live().await;
        ben.say(&room_id, "four").await;
        ann.reads(&["one", "two", "three", "four"]).await;
    });
}

#[test]
fn a_message_whose_answer_was_lost_is_not_sent_twice() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let room_id = ann.create_room("Garden", &[&ben]).await;
        ben.accept(&room_id).await;
        ann.show(&room_id).await;
        ben.show(&room_id).await;

        network.lose_answers();
        ann.say(&room_id, "only once").await;
        network.lost_answers(2).await;
        network.mend();
        ann.say(&room_id, "afterwards").await;

        ben.reads(&["only once", "afterwards"]).await;
        ann.reads(&["only once", "afterwards"]).await;
    });
}

#[test]
fn the_homeserver_dies_while_messages_are_sent_and_each_is_there_once() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let room_id = ann.create_room("Garden", &[&ben]).await;
        ben.accept(&room_id).await;
        ann.show(&room_id).await;
        ben.show(&room_id).await;

        let words: Vec<String> = (0..12).map(|number| format!("message {number}")).collect();
        for (number, words) in words.iter().enumerate() {
            ann.say(&room_id, words).await;
            if number % 5 == 2 {
                network.server.kill_and_restart();
            }
        }

        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        ben.reads(&words).await;
        ann.reads(&words).await;
    });
}

#[test]
fn history_is_there_without_a_network() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let room_id = ann.create_room("Garden", &[]).await;
        ann.show(&room_id).await;
        ann.say(&room_id, "before").await;
        ann.until_timeline(TIMELINE, "the message", |timeline| {
            timeline.texts() == ["before"] && timeline.event("before").event_id.is_some()
        })
        .await;
        let device = ann.close().await;

        network.cut();
        let ann = device.open().await;
        ann.until("the room", |shown| shown.tile(&room_id).is_some()).await;
        ann.show(&room_id).await;
        ann.reads(&["before"]).await;
        ann.say(&room_id, "meanwhile").await;
        ann.reads(&["before", "meanwhile"]).await;
        let device = ann.close().await;
        network.mend();

        let ann = device.open().await;
        ann.show(&room_id).await;
        ann.until_timeline(TIMELINE, "that it was sent", |timeline| {
            timeline.texts() == ["before", "meanwhile"] && timeline.event("meanwhile").event_id.is_some()
        })
        .await;
    });
}
