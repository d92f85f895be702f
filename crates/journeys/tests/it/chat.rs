//! Two people chat.

use trellis_model::protocol::{Command, DraftMode, ItemContent, PreviewKind, Reply, SendState};

use crate::harness::{HEADER, Network, Person, TIMELINE, journey};

use ruma::OwnedRoomId;

/// Ann and Ben in a room both look at.
async fn two_people(network: &Network) -> (Person, Person, OwnedRoomId) {
    let ann = Person::new(network, "ann").await;
    let ben = Person::new(network, "ben").await;
    let room_id = ann.create_room("Garden", &[&ben]).await;
    ben.accept(&room_id).await;
    ann.show(&room_id).await;
    ben.show(&room_id).await;
    (ann, ben, room_id)
}

#[test]
fn both_read_what_the_other_writes_in_the_same_order() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;

        ann.say(&room_id, "Hello Ben").await;
        ben.reads(&["Hello Ben"]).await;
        ben.say(&room_id, "Hello **Ann**").await;
        ann.reads(&["Hello Ben", "Hello Ann"]).await;
        ann.say(&room_id, "How are you?").await;

        let conversation = ["Hello Ben", "Hello Ann", "How are you?"];
        ben.reads(&conversation).await;
        ann.reads(&conversation).await;
        ann.until_timeline(TIMELINE, "that it was sent", |timeline| {
            timeline
                .shows("How are you?", |event| event.send_state == Some(SendState::Sent) && event.event_id.is_some())
        })
        .await;
        ben.until("the preview", |shown| {
            let preview = shown.tile(&room_id).and_then(|tile| tile.preview.clone());
            preview.is_some_and(|preview| preview.kind == PreviewKind::Text("How are you?".to_owned()))
        })
        .await;
    });
}

#[test]
fn a_row_keeps_its_key_from_the_echo_on() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;

        let transaction_id = ann.say(&room_id, "one").await;
        ann.reads(&["one"]).await;
        let key = ann.key_of("one").await;
        ben.reads(&["one"]).await;
        ann.until_timeline(TIMELINE, "the remote echo", |timeline| {
            timeline.shows("one", |event| event.event_id.is_some())
        })
        .await;

        assert_eq!(ann.page.shown().timelines[&TIMELINE].key_of("one"), key);
        assert_eq!(key.0, format!("~{transaction_id}"));
    });
}

#[test]
fn replies_edits_reactions_and_redactions_reach_the_other() {
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
            timeline.shows("Tea at six?", |event| {
                let reactions = &event.reactions;
                reactions.len() == 1 && reactions[0].key == "👍" && reactions[0].count == 1 && !reactions[0].is_own
            })
        })
        .await;
        ben.react(&room_id, "Tea at six?", "👍").await;
        ann.until_timeline(TIMELINE, "that it was taken back", |timeline| {
            timeline.shows("Tea at six?", |event| event.reactions.is_empty())
        })
        .await;

        ann.redact(&room_id, "Tea at six?").await;
        ben.until_timeline(TIMELINE, "the redaction", |timeline| {
            let events = timeline.events();
            timeline.texts() == ["Gladly"]
                && events.iter().any(|event| matches!(event.content, ItemContent::Redacted { .. }))
        })
        .await;
    });
}

#[test]
fn what_refers_to_something_unsent_follows_it() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;

        network.cut();
        ann.say(&room_id, "frist").await;
        ann.reads(&["frist"]).await;
        let key = ann.key_of("frist").await;
        ann.write(&room_id, "first", DraftMode::Edit { of: key }).await;
        ann.reads(&["first"]).await;
        ann.react(&room_id, "first", "🎉").await;
        network.mend();

        ben.until_timeline(TIMELINE, "all of it", |timeline| {
            timeline.texts() == ["first"] && timeline.shows("first", |event| event.reactions.len() == 1)
        })
        .await;
    });
}

#[test]
fn receipts_and_typing_are_seen_and_unread_counts_follow() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;

        assert_eq!(ann.ask(Command::SetTyping { room_id: room_id.clone(), typing: true }).await, Ok(Reply::Done));
        ben.until("who types", |shown| {
            let details = shown.details.get(&HEADER).and_then(Option::as_ref);
            details.is_some_and(|details| details.typing == ["ann"])
                && shown.tile(&room_id).is_some_and(|tile| tile.typing == ["ann"])
        })
        .await;
        assert_eq!(ann.ask(Command::SetTyping { room_id: room_id.clone(), typing: false }).await, Ok(Reply::Done));
        ann.say(&room_id, "There").await;
        ben.until("an unread message", |shown| {
            shown.tile(&room_id).is_some_and(|tile| tile.unread_count == 1 && tile.typing.is_empty())
        })
        .await;

        let read = ben.event_id_of("There").await;
        let mark = Command::MarkRead { room_id: room_id.clone(), up_to: read.clone(), private: false };
        assert_eq!(ben.ask(mark).await, Ok(Reply::Done));

        ann.until_timeline(TIMELINE, "the receipt", |timeline| {
            timeline.shows("There", |event| event.read_by.iter().any(|reader| reader.user_id == ben.user_id()))
        })
        .await;
        ben.until("that it is read", |shown| {
            let details = shown.details.get(&HEADER).and_then(Option::as_ref);
            shown.tile(&room_id).is_some_and(|tile| tile.unread_count == 0 && !tile.is_unread)
                && details.is_some_and(|details| details.fully_read.as_ref() == Some(&read))
        })
        .await;
    });
}
