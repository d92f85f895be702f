//! Encrypted rooms: what is said in them is read by those who may, by nobody else, and whatever happens on the way.

use std::{cell::RefCell, rc::Rc};

use ruma::{OwnedRoomId, RoomId};
use serde_json::Value;
use trellis_client::port::{Accounts, Batch, Direction, KeyRange, Record, Table};
use trellis_model::protocol::{Command, DraftMode, ItemContent, Reply, SessionEnd, Undecryptable};

use crate::harness::{Device, Interference, Network, PASSWORD, Person, TIMELINE, journey};

/// Ann and Ben in an encrypted room both look at.
pub(crate) async fn two_people(network: &Network) -> (Person, Person, OwnedRoomId) {
    let ann = Person::new(network, "ann").await;
    let ben = Person::new(network, "ben").await;
    let room_id = ann.create_encrypted_room("Garden", &[&ben]).await;
    ben.accept(&room_id).await;
    ann.show(&room_id).await;
    ben.show(&room_id).await;
    (ann, ben, room_id)
}

/// The sessions with which somebody encrypted what they sent, one for each request.
fn sessions(interference: &Interference) -> Vec<String> {
    let session = |body: String| -> String {
        let content: Value = serde_json::from_str(&body).unwrap();
        content["session_id"].as_str().unwrap().to_owned()
    };
    interference.sent("/send/m.room.encrypted/").into_iter().map(session).collect()
}

/// Nothing of what was said went over the network, or lies on the homeserver, in the clear.
pub(crate) fn is_secret(network: &Network, people: &[&Person], words: &[&str]) {
    let sent: Vec<String> = people.iter().flat_map(|person| person.device.interference.sent("")).collect();
    assert!(!sent.is_empty());
    let stored = network.server.files();
    assert!(stored.windows(16).any(|bytes| bytes == b"m.room.encrypted"), "the homeserver's files are read");
    for words in words {
        assert!(!sent.iter().any(|body| body.contains(words)), "'{words}' was sent in the clear");
        assert!(!stored.windows(words.len()).any(|bytes| bytes == words.as_bytes()), "'{words}' lies in the clear");
    }
}

#[test]
fn two_people_chat_and_nobody_else_can_read_it() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;

        ann.say(&room_id, "Tea at five?").await;
        ben.reads(&["Tea at five?"]).await;
        let question = ben.key_of("Tea at five?").await;
        ben.write(&room_id, "Gladly", DraftMode::Reply { to: question }).await;
        ann.until_timeline(TIMELINE, "the reply", |timeline| {
            timeline.texts() == ["Tea at five?", "Gladly"]
                && timeline.shows("Gladly", |event| {
                    let quoted = event.in_reply_to.as_ref().and_then(|reply| reply.excerpt.as_deref());
                    quoted == Some("Tea at five?")
                })
        })
        .await;
        let question = ann.key_of("Tea at five?").await;
        ann.write(&room_id, "Tea at six?", DraftMode::Edit { of: question }).await;
        ben.until_timeline(TIMELINE, "the edit", |timeline| {
            timeline.texts() == ["Tea at six?", "Gladly"] && timeline.shows("Tea at six?", |event| event.edits == 1)
        })
        .await;
        ben.react(&room_id, "Tea at six?", "👍").await;
        ann.until_timeline(TIMELINE, "the reaction", |timeline| {
            timeline.shows("Tea at six?", |event| event.reactions.len() == 1)
        })
        .await;
        ann.redact(&room_id, "Tea at six?").await;
        ben.until_timeline(TIMELINE, "the redaction", |timeline| {
            let redacted = |event: &&_| matches!(event_content(event), ItemContent::Redacted { .. });
            timeline.texts() == ["Gladly"] && timeline.events().iter().any(redacted)
        })
        .await;

        is_secret(network, &[&ann, &ben], &["Tea at five", "Tea at six", "Gladly"]);
    });
}

fn event_content<'a>(event: &&'a trellis_model::protocol::EventItem) -> &'a ItemContent {
    &event.content
}

#[test]
fn who_joins_later_learns_why_they_cannot_read_what_was_before() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        let carol = Person::new(network, "carol").await;
        ann.say(&room_id, "Between us").await;
        ben.reads(&["Between us"]).await;

        let invite = Command::Invite { room_id: room_id.clone(), user_id: carol.user_id(), reason: None };
        assert_eq!(ann.ask(invite).await, Ok(Reply::Done));
        carol.accept(&room_id).await;
        carol.show(&room_id).await;
        ben.until("that Carol is there", |shown| {
            let details = shown.details.get(&crate::harness::HEADER).and_then(Option::as_ref);
            details.is_some_and(|details| details.joined_members == 3)
        })
        .await;
        ben.say(&room_id, "Welcome Carol").await;

        carol
            .until_timeline(TIMELINE, "what is for her", |timeline| {
                timeline.texts() == ["Welcome Carol"] && timeline.undecryptable() == [Undecryptable::BeforeJoining]
            })
            .await;
    });
}

#[test]
fn who_closes_the_application_in_between_reads_on() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        ann.say(&room_id, "one").await;
        ben.reads(&["one"]).await;

        let device = ben.close().await;
        ann.say(&room_id, "two").await;
        ann.until_timeline(TIMELINE, "that it was sent", |timeline| {
            timeline.shows("two", |event| event.event_id.is_some())
        })
        .await;
        let device_of_ann = ann.close().await;
        let ben = device.open().await;
        ben.show(&room_id).await;
        ben.reads(&["one", "two"]).await;
        let ann = device_of_ann.open().await;
        ann.show(&room_id).await;
        ann.say(&room_id, "three").await;
        ben.say(&room_id, "four").await;

        ben.until_timeline(TIMELINE, "all of it", |timeline| {
            timeline.texts().len() == 4 && timeline.undecryptable().is_empty()
        })
        .await;
        ann.until_timeline(TIMELINE, "all of it", |timeline| {
            timeline.texts().len() == 4 && timeline.undecryptable().is_empty()
        })
        .await;
        // The same key is used on: nobody came or went.
        let sessions = sessions(&ann.device.interference);
        assert!(sessions.iter().all(|session| *session == sessions[0]), "{sessions:?}");
    });
}

#[test]
fn a_device_that_is_signed_out_gets_no_further_keys() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        let other = Device::log_in(network, "ben").await.open().await;
        other.live().await;
        other.show(&room_id).await;
        ann.say(&room_id, "to all").await;
        other.reads(&["to all"]).await;
        ben.reads(&["to all"]).await;

        let devices = ben.ask(Command::Devices).await;
        let Ok(Reply::Devices(devices)) = devices else { panic!("{devices:?}") };
        let gone = devices.into_iter().filter(|device| !device.is_current).map(|device| device.device_id).collect();
        let sign_out = Command::SignOutDevices { device_ids: gone, password: PASSWORD.to_owned() };
        assert_eq!(ben.ask(sign_out).await, Ok(Reply::Done));
        other.until("that it is signed out", |shown| shown.signed_out == Some(SessionEnd::Fully)).await;
        // What Ben says now comes behind the news of his devices.
        ben.say(&room_id, "only us now").await;
        ann.reads(&["to all", "only us now"]).await;
        ann.say(&room_id, "good").await;
        ben.reads(&["to all", "only us now", "good"]).await;

        let sessions = sessions(&ann.device.interference);
        assert_eq!(sessions.len(), 2);
        assert_ne!(sessions[0], sessions[1]);
    });
}

#[test]
fn who_leaves_gets_no_further_keys() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        let carol = Person::new(network, "carol").await;
        let invite = Command::Invite { room_id: room_id.clone(), user_id: carol.user_id(), reason: None };
        assert_eq!(ann.ask(invite).await, Ok(Reply::Done));
        carol.accept(&room_id).await;
        carol.show(&room_id).await;
        ann.until("that Carol is there", |shown| {
            let details = shown.details.get(&crate::harness::HEADER).and_then(Option::as_ref);
            details.is_some_and(|details| details.joined_members == 3)
        })
        .await;
        ann.say(&room_id, "to all").await;
        carol.reads(&["to all"]).await;

        assert_eq!(carol.ask(Command::Leave { room_id: room_id.clone() }).await, Ok(Reply::Done));
        ann.until("that Carol is gone", |shown| {
            let details = shown.details.get(&crate::harness::HEADER).and_then(Option::as_ref);
            details.is_some_and(|details| details.joined_members == 2)
        })
        .await;
        ann.say(&room_id, "only us now").await;
        ben.reads(&["to all", "only us now"]).await;

        let sessions = sessions(&ann.device.interference);
        assert_ne!(sessions[0], sessions[1]);
    });
}

#[test]
fn a_message_whose_answer_was_lost_is_there_once() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        ann.say(&room_id, "before").await;
        ben.reads(&["before"]).await;

        network.lose_answers();
        ann.say(&room_id, "only once").await;
        network.lost_answers(2).await;
        network.mend();
        ann.say(&room_id, "afterwards").await;

        ben.reads(&["before", "only once", "afterwards"]).await;
        ann.reads(&["before", "only once", "afterwards"]).await;
        is_secret(network, &[&ann, &ben], &["only once", "afterwards"]);
    });
}

#[test]
fn what_was_written_offline_is_encrypted_when_it_is_sent() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        let elsewhere = network.another().await;
        let carol = Person::new(&elsewhere, "carol").await;
        ann.say(&room_id, "one").await;
        ben.reads(&["one"]).await;

        network.cut();
        ann.say(&room_id, "two").await;
        ann.say(&room_id, "three").await;
        let device = ann.close().await;
        network.mend();
        // Whoever came meanwhile can read it: it is encrypted for those who are there when it goes.
        let invite = Command::Invite { room_id: room_id.clone(), user_id: carol.user_id(), reason: None };
        assert_eq!(ben.ask(invite).await, Ok(Reply::Done));
        carol.accept(&room_id).await;
        carol.show(&room_id).await;
        // Ann's application learns that Carol is there before it sends.
        let held = hold(&device.interference, "/send");
        let ann = device.open().await;
        ann.live().await;
        held.replace(false);
        ann.show(&room_id).await;

        carol.until_timeline(TIMELINE, "what is for her", |timeline| timeline.texts() == ["two", "three"]).await;
        ben.reads(&["one", "two", "three"]).await;
        is_secret(network, &[&ann, &ben, &carol], &["three"]);
    });
}

/// Requests to a path fail as long as the answer is `true`.
fn hold(interference: &Interference, path: &'static str) -> Rc<RefCell<bool>> {
    let held = Rc::new(RefCell::new(true));
    let is_held = held.clone();
    interference.refuse_while(path, 503, move || *is_held.borrow());
    held
}

#[test]
fn what_comes_before_its_key_opens_when_the_key_comes() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        let held: Rc<RefCell<Vec<Value>>> = Rc::default();
        ben.device.interference.rewrite({
            let held = held.clone();
            move |path, body| {
                if path.ends_with("/sync")
                    && let Some(events) = body.pointer_mut("/to_device/events").and_then(Value::as_array_mut)
                {
                    held.borrow_mut().append(events);
                }
            }
        });

        ann.say(&room_id, "Tea?").await;
        ben.until_timeline(TIMELINE, "that there is something", |timeline| {
            timeline.undecryptable() == [Undecryptable::MissingKey]
        })
        .await;
        let tea = ann.key_of("Tea?").await;
        ann.write(&room_id, "Coffee?", DraftMode::Edit { of: tea }).await;
        ben.until_timeline(TIMELINE, "that there is more", |timeline| timeline.undecryptable().len() == 2).await;

        // The keys come with a later answer than what they open.
        let keys = held.take();
        assert!(!keys.is_empty());
        ben.device.interference.rewrite(move |path, body| {
            if path.ends_with("/sync") {
                let events = body.pointer("/to_device/events").and_then(Value::as_array).cloned().unwrap_or_default();
                let all: Vec<Value> = keys.iter().cloned().chain(events).collect();
                body["to_device"] = serde_json::json!({ "events": all });
            }
        });
        ann.say(&room_id, "And cake").await;

        ben.until_timeline(TIMELINE, "all of it", |timeline| {
            timeline.undecryptable().is_empty()
                && timeline.texts() == ["Coffee?", "And cake"]
                && timeline.shows("Coffee?", |event| event.edits == 1)
        })
        .await;
    });
}

#[test]
fn a_room_stays_encrypted_whatever_the_homeserver_says_later() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        ann.say(&room_id, "secret one").await;
        ben.reads(&["secret one"]).await;

        // Its cache is gone, and the homeserver does not say any more that the room is encrypted.
        let device = ann.close().await;
        damage(&device, Table::Rooms).await;
        device.interference.rewrite(|path, body| {
            if path.ends_with("/sync") {
                forget_encryption(body);
            }
        });
        let ann = device.open().await;
        ann.live().await;
        ann.show(&room_id).await;
        ann.until("that it is encrypted", |shown| shown.tile(&room_id).is_some_and(|tile| tile.is_encrypted)).await;
        ann.say(&room_id, "secret two").await;

        ben.reads(&["secret one", "secret two"]).await;
        is_secret(network, &[&ann, &ben], &["secret one", "secret two"]);
    });
}

/// Takes every event that says that a room is encrypted out of a response.
fn forget_encryption(body: &mut Value) {
    match body {
        Value::Array(values) => {
            values.retain(|value| value.get("type").and_then(Value::as_str) != Some("m.room.encryption"));
            values.iter_mut().for_each(forget_encryption);
        }
        Value::Object(fields) => fields.values_mut().for_each(forget_encryption),
        _ => {}
    }
}

/// Overwrites every value of a table.
async fn damage(device: &Device, table: Table) {
    let store = device.disk.open(&device.account).await.unwrap().store;
    let records = store.range(table, KeyRange::all(), Direction::Ascending, usize::MAX).await.unwrap();
    assert!(!records.is_empty());
    let mut batch = Batch::default();
    for record in records {
        batch.put(table, Record { value: b"damaged".to_vec(), ..record });
    }
    store.commit(batch).await.unwrap();
}

#[test]
fn a_device_whose_keys_are_gone_goes_on_as_another() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        ann.say(&room_id, "before").await;
        ben.reads(&["before"]).await;
        let old = ben.page.shown().profile.clone().unwrap().device_id;

        let device = ben.close().await;
        device.disk.lose_keys(&device.account);
        let ben = device.open().await;
        ben.until("that its keys are gone", |shown| shown.signed_out == Some(SessionEnd::DeviceLost)).await;
        ben.show(&room_id).await;
        ben.reads(&["before"]).await;
        let again = Command::LogInAgain { password: PASSWORD.to_owned() };
        assert_eq!(ben.ask(again).await, Ok(Reply::Done));
        // What Ben says now comes behind the news of his devices.
        ben.say(&room_id, "back again").await;
        ann.reads(&["before", "back again"]).await;
        ann.say(&room_id, "after").await;

        ben.reads(&["before", "back again", "after"]).await;
        let devices = ben.ask(Command::Devices).await;
        let Ok(Reply::Devices(devices)) = devices else { panic!("{devices:?}") };
        assert!(devices.iter().all(|device| device.device_id != old), "nobody writes to the lost device any more");
    });
}

#[test]
fn direct_chats_are_encrypted() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;

        let Ok(Reply::Room { room_id }) = ann.ask(Command::StartDirectChat { user_id: ben.user_id() }).await else {
            panic!("the chat was not created")
        };
        ann.until("the chat", |shown| shown.tile(&room_id).is_some_and(|tile| tile.is_encrypted)).await;
        ben.accept(&room_id).await;
        ann.show(&room_id).await;
        ben.show(&room_id).await;
        ann.say(&room_id, "Just you").await;

        ben.reads(&["Just you"]).await;
        is_secret(network, &[&ann, &ben], &["Just you"]);
    });
}

#[test]
fn nothing_of_an_encrypted_conversation_lies_open_in_the_store() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        ann.say(&room_id, "Tea at five?").await;
        ben.reads(&["Tea at five?"]).await;
        save_draft(&ben, &room_id, "Only a thought").await;
        let device = ben.close().await;

        let store = device.disk.open(&device.account).await.unwrap().store;
        for table in Table::ALL {
            let records = store.range(table, KeyRange::all(), Direction::Ascending, usize::MAX).await.unwrap();
            for record in records {
                for words in ["Tea at five", "Only a thought"] {
                    let lies_open = record.value.windows(words.len()).any(|bytes| bytes == words.as_bytes());
                    assert!(!lies_open, "'{words}' lies open in {}", table.name());
                }
            }
        }
    });
}

async fn save_draft(person: &Person, room_id: &RoomId, words: &str) {
    let draft =
        trellis_model::protocol::Draft { body: words.to_owned(), mentions: Vec::new(), mode: DraftMode::Message };
    let save = Command::SaveDraft { room_id: room_id.to_owned(), draft: Some(draft) };
    assert_eq!(person.ask(save).await, Ok(Reply::Done));
}
