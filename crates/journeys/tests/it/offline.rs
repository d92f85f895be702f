//! The network goes and comes back.

use trellis_model::protocol::{Command, Refusal, Reply, SendState, SessionEnd, SyncStatus};

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
fn what_the_homeserver_refuses_waits_for_the_person() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let room_id = ann.create_room("Garden", &[]).await;
        ann.show(&room_id).await;
        let refused = r#"{"errcode":"M_FORBIDDEN","error":"no"}"#;

        ann.device.interference.answer("/send/m.room.message/", 2, 403, refused);
        let first = ann.say(&room_id, "first").await;
        let second = ann.say(&room_id, "second").await;
        ann.until_timeline(TIMELINE, "that both failed", |timeline| {
            timeline.events().iter().filter(|event| matches!(event.send_state, Some(SendState::Failed(_)))).count() == 2
        })
        .await;
        ann.say(&room_id, "third").await;

        let cancel = Command::CancelSend { room_id: room_id.clone(), transaction_id: first };
        assert_eq!(ann.ask(cancel).await, Ok(Reply::Done));
        let retry = Command::Retry { room_id: room_id.clone(), transaction_id: second };
        assert_eq!(ann.ask(retry).await, Ok(Reply::Done));
        ann.until_timeline(TIMELINE, "that the others were sent", |timeline| {
            timeline.texts() == ["third", "second"] && timeline.events().iter().all(|event| event.event_id.is_some())
        })
        .await;
    });
}

#[test]
fn who_is_logged_out_softly_continues_after_logging_in() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let room_id = ann.create_room("Garden", &[]).await;
        ann.show(&room_id).await;

        let ended = r#"{"errcode":"M_UNKNOWN_TOKEN","error":"log in again","soft_logout":true}"#;
        ann.device.interference.answer("/rooms/", u32::MAX, 401, ended);
        ann.say(&room_id, "kept").await;
        ann.until("that it must log in", |shown| shown.signed_out == Some(SessionEnd::Softly)).await;
        ann.reads(&["kept"]).await;
        ann.device.interference.end();
        let wrong = Command::LogInAgain { password: "wrong".to_owned() };
        assert_eq!(ann.ask(wrong).await, Err(Refusal::WrongPassword));
        let right = Command::LogInAgain { password: "correct horse battery staple".to_owned() };
        assert_eq!(ann.ask(right).await, Ok(Reply::Done));

        ann.until_timeline(TIMELINE, "that it was sent", |timeline| {
            timeline.texts() == ["kept"] && timeline.shows("kept", |event| event.event_id.is_some())
        })
        .await;
        ann.live().await;
    });
}

#[test]
fn a_homeserver_that_is_too_busy_is_asked_again_when_it_says() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let room_id = ann.create_room("Garden", &[]).await;
        ann.show(&room_id).await;

        let busy = r#"{"errcode":"M_LIMIT_EXCEEDED","error":"busy","retry_after_ms":20}"#;
        ann.device.interference.answer("/send/", 2, 429, busy);
        ann.say(&room_id, "patient").await;

        ann.until_timeline(TIMELINE, "that it was sent", |timeline| {
            timeline.texts() == ["patient"] && timeline.shows("patient", |event| event.event_id.is_some())
        })
        .await;
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
            timeline.texts() == ["before"] && timeline.shows("before", |event| event.event_id.is_some())
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
            timeline.texts() == ["before", "meanwhile"] && timeline.shows("meanwhile", |event| event.event_id.is_some())
        })
        .await;
    });
}
