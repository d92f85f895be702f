//! Whether there is something new.

use serde_json::json;
use trellis_model::protocol::PreviewKind;
use trellis_testkit::{SyncBuilder, TestRoom, alice, bob};

fn is_unread(sync: SyncBuilder) -> bool {
    let mut room = TestRoom::new(&alice());
    room.sync(sync);
    room.room().is_unread
}

#[test]
fn a_message_of_another_person_is_new() {
    assert!(is_unread(SyncBuilder::joined().event(bob().text("hi"))));
}

#[test]
fn what_the_person_answered_is_not_new() {
    assert!(!is_unread(SyncBuilder::joined().event(bob().text("hi")).event(alice().text("ho"))));
}

#[test]
fn a_change_of_the_room_is_no_news() {
    assert!(!is_unread(SyncBuilder::joined().event(alice().text("ho")).event(bob().state(
        "m.room.topic",
        "",
        json!({})
    ))));
}

#[test]
fn a_receipt_reads_everything_before_it() {
    let sync = SyncBuilder::joined().event(bob().text("a")).event(bob().text("b"));
    assert!(!is_unread(sync.clone().receipt("@alice:x", "$b", 1)));
    assert!(is_unread(sync.receipt("@alice:x", "$a", 1)));
}

#[test]
fn a_receipt_that_comes_later_reads_the_room() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(bob().text("a")).unread(1, 0));
    room.sync(SyncBuilder::joined().receipt("@alice:x", "$a", 9_000).unread(0, 0));

    assert!(!room.room().is_unread);
    assert_eq!(room.room().unread_count, 0);
}

#[test]
fn a_receipt_on_a_reaction_reads_what_was_before_it() {
    let sync = SyncBuilder::joined().event(bob().text("a")).event(bob().reaction("$a", "+"));
    assert!(!is_unread(sync.receipt("@alice:x", "$+-bob-a", 1)));
}

#[test]
fn counts_are_those_of_the_homeserver() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(bob().text("a")).unread(3, 1));
    room.sync(SyncBuilder::joined().typing(&["@bob:x"]));

    assert_eq!((room.room().unread_count, room.room().highlight_count), (3, 1), "what is not said has not changed");
}

#[test]
fn the_preview_follows_edits_and_redactions() {
    let mut room = TestRoom::new(&alice());
    let kind = |room: &TestRoom| room.room().preview.clone().unwrap().kind;
    room.sync(SyncBuilder::joined().event(bob().text("one")).event(bob().text("two")));
    assert_eq!(kind(&room), PreviewKind::Text("two".into()));
    room.sync(SyncBuilder::joined().from_time(9_000).event(bob().edit("$two", "zwei")));
    assert_eq!(kind(&room), PreviewKind::Text("zwei".into()));
    room.sync(SyncBuilder::joined().from_time(10_000).event(bob().redaction("$two")));
    assert_eq!(kind(&room), PreviewKind::Redacted);
}

#[test]
fn typing_is_told_without_the_person() {
    let mut room = TestRoom::new(&alice());
    let changes = room.sync(SyncBuilder::joined().typing(&["@alice:x", "@bob:x"]));

    assert_eq!(changes.typing.unwrap().into_iter().collect::<Vec<_>>(), [bob().id()]);
}
