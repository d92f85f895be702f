//! What comes twice changes nothing.

use serde_json::json;
use trellis_model::sync::RoomInput;
use trellis_testkit::{MessagesBuilder, SyncBuilder, TestRoom, alice, bob};

fn lively() -> SyncBuilder {
    SyncBuilder::joined()
        .limited("p1")
        .state(bob().membership("join", Some("Bob")))
        .event(bob().text("one"))
        .event(bob().edit("$one", "uno"))
        .event(alice().reaction("$one", "+"))
        .event(bob().reaction("$one", "-"))
        .event(bob().redaction("$--bob-one"))
        .event(bob().text("gone"))
        .event(bob().redaction("$gone"))
        .event(bob().reaction("$elsewhere", "?"))
        .event(bob().state("m.room.name", "", json!({ "name": "Garden" })))
        .event(alice().text("mine").transaction("t1"))
        .receipt("@bob:x", "$mine", 90_000)
        .account_data("m.tag", json!({ "tags": { "m.favourite": {} } }))
        .unread(2, 1)
        .summary(&["@bob:x"], 2, 0)
}

#[test]
fn a_response_that_is_replayed_changes_nothing() {
    let mut room = TestRoom::new(&alice());
    room.sync(lively());
    let before = room.stored().clone();

    let changes = room.sync(lively());

    assert_eq!(*room.stored(), before);
    assert!(changes.room.is_none() && changes.chunks.is_empty() && changes.receipts.is_empty(), "{changes:#?}");
}

#[test]
fn a_response_that_is_replayed_after_later_ones_keeps_them() {
    let mut room = TestRoom::new(&alice());
    room.sync(lively());
    room.sync(SyncBuilder::joined().from_time(60_000).event(bob().text("later")));
    let before = room.timeline();

    room.sync(lively());

    assert_eq!(room.timeline(), before);
}

#[test]
fn a_longer_response_from_the_same_point_adds_only_what_is_new() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().limited("p1").event(bob().text("one")).event(bob().text("two")));
    room.sync(SyncBuilder::joined().limited("p2").from_time(2_000).event(bob().text("two")).event(bob().text("three")));

    assert_eq!(room.timeline(), "--- gap ---\nbob: one\nbob: two\nbob: three\n");
}

#[test]
fn a_page_that_is_replayed_changes_nothing() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().limited("p1").event(bob().text("one")));
    let (position, _) = room.gap().unwrap();
    let page = MessagesBuilder::new(1, [bob().text("zero"), bob().reaction("$zero", "+")]).end("p0");
    room.apply(&page.backward(position, "p1"));
    let before = room.stored().clone();

    let changes = room.apply(&page.backward(position, "p1"));

    assert_eq!(*room.stored(), before);
    assert!(changes.is_empty());
}

#[test]
fn the_surroundings_of_an_event_may_come_twice() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().limited("p1").event(bob().text("one")));
    let around = MessagesBuilder::new(10, [bob().text("a"), bob().text("b")]).start("s").end("e").context(1);
    room.apply(&around);
    let before = room.stored().clone();

    room.apply(&around);

    assert_eq!(*room.stored(), before);
}

#[test]
fn stored_values_survive_their_binary_form() {
    let mut room = TestRoom::new(&alice());
    room.sync(lively());

    let stored = room.stored();
    let chunk = stored.chunks.values().next().unwrap();
    assert_eq!(postcard::from_bytes(&postcard::to_stdvec(chunk).unwrap()), Ok(chunk.clone()));
    assert_eq!(postcard::from_bytes(&postcard::to_stdvec(room.room()).unwrap()), Ok(room.room().clone()));
    let member = stored.members.values().next().unwrap();
    assert_eq!(postcard::from_bytes(&postcard::to_stdvec(member).unwrap()), Ok(member.clone()));
}

#[test]
fn an_event_that_is_malformed_does_not_stop_the_others() {
    let mut room = TestRoom::new(&alice());
    let changes = room.sync(
        SyncBuilder::joined()
            .event(bob().text("one"))
            .event(bob().text("no-id").field("event_id", json!(7)))
            .event(bob().text("no-content").field("content", json!("?")))
            .event(bob().event("m.room.message", json!({ "msgtype": "m.text" })).id("$no-body"))
            .event(bob().event("org.example.unknown", json!({})))
            .event(bob().text("two")),
    );

    insta::assert_snapshot!(room.timeline(), @r"
    bob: one
    bob: malformed m.room.message
    bob: malformed m.room.message
    bob: unsupported org.example.unknown
    bob: two
    ");
    assert_eq!(changes.unreadable, 1);
}

#[test]
fn a_forgotten_room_goes_whole() {
    let mut room = TestRoom::new(&alice());
    room.sync(lively());
    let changes = room.apply(&RoomInput::Forgotten);

    assert!(changes.evict);
    assert_eq!(room.stored().room, None);
}
