//! Events that were encrypted on their way: read, not read, read later.

use serde_json::{Value, json};
use trellis_model::{
    event::Event,
    protocol::{Membership, Undecryptable},
    room::RoomEncryption,
    sync::RoomInput,
    timeline::IndexKey,
};
use trellis_testkit::{EventBuilder, Person, SyncBuilder, TestRoom, alice, bob};

fn encrypted(by: &Person, event_id: &str) -> EventBuilder {
    by.event("m.room.encrypted", json!({ "ciphertext": "x", "session_id": format!("session of {event_id}") }))
        .id(event_id)
}

/// The same event as it came before `inner` was encrypted.
fn decrypted(outer: &EventBuilder, inner: &EventBuilder) -> Event {
    let mut event = undecrypted(outer);
    let mut json = outer.json();
    for field in ["type", "content"] {
        json[field] = inner.json()[field].clone();
    }
    event.decrypt(json.to_string());
    event
}

fn undecrypted(outer: &EventBuilder) -> Event {
    Event::parse(&outer.raw()).unwrap()
}

/// A sync in which these events were decrypted, or said why not.
fn sync(room: &mut TestRoom, events: Vec<Event>) {
    let mut input = SyncBuilder::joined().build();
    let RoomInput::Joined(joined) = &mut input else { panic!("a joined room") };
    joined.timeline.events = events;
    room.apply(&input);
}

fn missing(outer: &EventBuilder) -> Event {
    let mut event = undecrypted(outer);
    event.undecryptable = Some(Undecryptable::MissingKey);
    event
}

#[test]
fn what_was_decrypted_is_shown_and_its_original_is_kept() {
    let mut room = TestRoom::new(&alice());
    let outer = encrypted(&bob(), "$a");

    sync(&mut room, vec![decrypted(&outer, &bob().text("words"))]);

    insta::assert_snapshot!(room.timeline(), @"bob: words");
    assert!(room.item("$a").encrypted.as_ref().is_some_and(|json| json.contains("ciphertext")));
}

#[test]
fn what_cannot_be_read_is_found_by_its_session_and_read_later_in_its_place() {
    let mut room = TestRoom::new(&alice());
    let outer = encrypted(&bob(), "$a");
    sync(&mut room, vec![missing(&outer)]);
    let key = room.item("$a").key.clone();
    let entry = IndexKey::Session("session of $a".to_owned());
    let is_indexed = |room: &TestRoom| room.stored().chunks.values().any(|chunk| chunk.index().contains(&entry));
    assert!(is_indexed(&room));
    insta::assert_snapshot!(room.timeline(), @"bob: undecryptable MissingKey");

    let again = room.item("$a").encrypted_event().unwrap();
    assert_eq!(again.json, undecrypted(&outer).json);
    room.apply(&RoomInput::Decrypted(vec![decrypted(&outer, &bob().text("words"))]));

    insta::assert_snapshot!(room.timeline(), @"bob: words");
    assert_eq!(room.item("$a").key, key);
    assert!(!is_indexed(&room));
}

#[test]
fn a_row_that_turns_out_to_be_an_edit_becomes_one() {
    let mut room = TestRoom::new(&alice());
    let (first, edit) = (encrypted(&bob(), "$a"), encrypted(&bob(), "$b"));
    sync(&mut room, vec![missing(&first), missing(&edit), undecrypted(&bob().text("after"))]);

    // The edit can be read first: it waits for what it edits.
    room.apply(&RoomInput::Decrypted(vec![decrypted(&edit, &bob().edit("$a", "newer"))]));
    room.apply(&RoomInput::Decrypted(vec![decrypted(&first, &bob().text("older"))]));

    insta::assert_snapshot!(room.timeline(), @r"
    bob: newer (edited 1)
    bob: after
    ");
}

#[test]
fn what_was_read_once_stays_readable() {
    let mut room = TestRoom::new(&alice());
    let outer = encrypted(&bob(), "$a");
    sync(&mut room, vec![decrypted(&outer, &bob().text("words"))]);

    sync(&mut room, vec![missing(&outer)]);

    insta::assert_snapshot!(room.timeline(), @"bob: words");
}

#[test]
fn a_homeserver_can_put_no_words_into_what_was_encrypted() {
    let mut room = TestRoom::new(&alice());
    let outer = encrypted(&bob(), "$a");
    sync(&mut room, vec![decrypted(&outer, &bob().text("words"))]);

    sync(&mut room, vec![undecrypted(&bob().edit("$a", "forged"))]);

    insta::assert_snapshot!(room.timeline(), @"bob: words");
}

#[test]
fn nobody_redacts_in_secret() {
    let mut room = TestRoom::new(&alice());
    sync(&mut room, vec![undecrypted(&bob().text("words").id("$a"))]);
    let outer = encrypted(&bob(), "$b");

    sync(&mut room, vec![decrypted(&outer, &bob().redaction("$a"))]);

    insta::assert_snapshot!(room.timeline(), @r"
    bob: words
    bob: unsupported m.room.redaction
    ");
}

#[test]
fn a_redaction_takes_the_original_with_it() {
    let mut room = TestRoom::new(&alice());
    let outer = encrypted(&bob(), "$a");
    sync(&mut room, vec![decrypted(&outer, &bob().text("words")), undecrypted(&bob().redaction("$a"))]);

    insta::assert_snapshot!(room.timeline(), @"bob: redacted");
    assert_eq!(room.item("$a").encrypted, None);
}

#[test]
fn what_is_inside_cannot_say_who_sent_it() {
    let outer = encrypted(&bob(), "$a");
    let mut event = undecrypted(&outer);
    let json = json!({ "type": "m.room.name", "state_key": "", "sender": "@alice:x", "content": { "name": "n" } });

    event.decrypt(json.to_string());

    assert_eq!((event.sender, event.state_key), (bob().id(), None));
}

fn encryption(content: Value) -> EventBuilder {
    alice().state("m.room.encryption", "", content)
}

fn megolm(rotation_period_msgs: Option<u64>) -> RoomEncryption {
    RoomEncryption { algorithm: "m.megolm.v1.aes-sha2".to_owned(), rotation_period_ms: None, rotation_period_msgs }
}

#[test]
fn a_room_that_is_encrypted_stays_so() {
    let mut room = TestRoom::new(&alice());
    let content = json!({ "algorithm": "m.megolm.v1.aes-sha2", "rotation_period_msgs": 5 });
    room.sync(SyncBuilder::joined().event(encryption(content)));
    assert_eq!(room.room().encryption, Some(megolm(Some(5))));

    room.sync(SyncBuilder::joined().event(encryption(json!({}))));
    room.sync(SyncBuilder::joined().event(encryption(json!({ "algorithm": "plain" }))));

    assert_eq!(room.room().encryption, Some(megolm(Some(5))));
}

#[test]
fn a_room_that_was_encrypted_when_it_was_stored_last_is_encrypted() {
    for (input, membership) in [
        (SyncBuilder::joined().build(), Membership::Join),
        (SyncBuilder::invited().build(), Membership::Invite),
        (SyncBuilder::left().build(), Membership::Leave),
    ] {
        let mut room = TestRoom::new(&alice());
        room.remember(megolm(None));

        room.apply(&input);

        assert_eq!((room.room().membership, room.room().encryption.clone()), (membership, Some(megolm(None))));
    }
}

#[test]
fn after_a_gap_the_members_are_loaded_again() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(alice().membership("join", None)));
    room.apply(&RoomInput::Members(trellis_model::sync::MembersResponse::default()));
    assert!(room.room().members_complete && room.room().members_current);

    room.sync(SyncBuilder::joined().limited("p").event(bob().text("later")));

    assert!(room.room().members_complete && !room.room().members_current);
}

#[test]
fn what_stands_before_the_own_joining_says_so() {
    let mut room = TestRoom::new(&alice());
    let outer = encrypted(&bob(), "$a");
    let mut input = SyncBuilder::joined().event(outer.clone()).event(alice().membership("join", None)).build();
    for event in input.encrypted_events() {
        event.undecryptable = Some(Undecryptable::MissingKey);
    }

    input.note_joining(&alice().id());
    room.apply(&input);
    room.apply(&RoomInput::Decrypted(vec![missing(&outer)]));

    assert_eq!(room.item("$a").undecryptable, Some(Undecryptable::BeforeJoining));
}
