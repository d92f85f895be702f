//! What the person wrote is one row from the first moment on.

use insta::assert_snapshot;
use trellis_model::{
    protocol::{ItemKey, Refusal, SendState},
    sync::{EchoBody, LocalEcho, RoomInput, SendProgress},
    timeline::Echo,
};
use trellis_testkit::{SyncBuilder, TestRoom, alice, bob};

fn room() -> TestRoom {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(bob().text("one")));
    room
}

fn enqueue(room: &mut TestRoom, transaction_id: &str, body: EchoBody) {
    let echo = LocalEcho { transaction_id: transaction_id.into(), timestamp: 50_000, body };
    room.apply(&RoomInput::Enqueued(echo));
}

fn write(room: &mut TestRoom, transaction_id: &str, text: &str) {
    let content = serde_json::json!({ "msgtype": "m.text", "body": text }).to_string();
    enqueue(room, transaction_id, EchoBody::Event { event_type: "m.room.message".into(), content });
}

fn progress(room: &mut TestRoom, transaction_id: &str, progress: SendProgress) {
    room.apply(&RoomInput::Progress { transaction_id: transaction_id.into(), progress });
}

fn sent(event_id: &str) -> SendProgress {
    SendProgress::Sent(event_id.try_into().unwrap())
}

fn one() -> ItemKey {
    ItemKey("$one".into())
}

#[test]
fn what_is_written_stands_behind_everything() {
    let mut room = room();
    write(&mut room, "t1", "mine");
    room.sync(SyncBuilder::joined().from_time(9_000).event(bob().text("two")));

    assert_snapshot!(room.timeline(), @r"
    bob: one
    bob: two
    alice: mine Queued
    ");
    assert_eq!(room.room().unsent, 1);
}

#[test]
fn a_command_that_is_repeated_writes_once() {
    let mut room = room();
    write(&mut room, "t1", "mine");
    write(&mut room, "t1", "mine");

    assert_snapshot!(room.timeline(), @r"
    bob: one
    alice: mine Queued
    ");
}

#[test]
fn a_remote_echo_merges_into_the_same_row() {
    let mut room = room();
    write(&mut room, "t1", "mine");
    progress(&mut room, "t1", sent("$mine"));
    room.sync(SyncBuilder::joined().from_time(9_000).event(alice().text("mine").transaction("t1")));

    assert_snapshot!(room.timeline(), @r"
    bob: one
    alice: mine
    ");
    assert_eq!(room.item("$mine").key, ItemKey("~t1".into()));
    assert_eq!(room.row("$mine").send_state, Some(SendState::Sent));
    assert_eq!(room.room().unsent, 0);
}

#[test]
fn what_the_homeserver_has_is_no_longer_unsent() {
    let mut room = room();
    write(&mut room, "t1", "mine");
    progress(&mut room, "t1", sent("$mine"));
    assert_eq!((room.room().unsent, room.room().pending), (0, 1));

    room.sync(SyncBuilder::joined().from_time(9_000).event(alice().text("mine").transaction("t1")));
    assert_eq!((room.room().unsent, room.room().pending), (0, 0));
}

#[test]
fn the_preview_keeps_the_name_of_who_is_not_loaded() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(bob().membership("join", Some("Bob"))).event(bob().text("one")));
    enqueue(&mut room, "t1", EchoBody::Reaction { target: one(), key: "+".into() });

    assert_eq!(room.room().preview.clone().unwrap().sender_name.as_deref(), Some("Bob"));
}

#[test]
fn a_remote_echo_merges_by_its_event_id_too() {
    let mut room = room();
    write(&mut room, "t1", "mine");
    progress(&mut room, "t1", sent("$mine"));
    room.sync(SyncBuilder::joined().from_time(9_000).event(alice().text("mine")));

    assert_eq!(room.item("$mine").key, ItemKey("~t1".into()));
    assert_eq!(room.timeline().lines().count(), 2);
}

#[test]
fn a_remote_echo_may_come_before_the_answer_to_the_request() {
    let mut room = room();
    write(&mut room, "t1", "mine");
    room.sync(SyncBuilder::joined().from_time(9_000).event(alice().text("mine").transaction("t1")));
    progress(&mut room, "t1", sent("$mine"));

    assert_snapshot!(room.timeline(), @r"
    bob: one
    alice: mine
    ");
    assert_eq!(room.item("$mine").key, ItemKey("~t1".into()));
    assert_eq!(room.item("$mine").echo, None);
}

#[test]
fn what_failed_says_why_until_it_is_taken_back() {
    let mut room = room();
    write(&mut room, "t1", "mine");
    progress(&mut room, "t1", SendProgress::Now(Echo::Failed(Refusal::NotFound)));
    assert_eq!(room.row("~t1").send_state, Some(SendState::Failed(Refusal::NotFound)));

    progress(&mut room, "t1", SendProgress::Cancelled);
    assert_snapshot!(room.timeline(), @"bob: one");
    assert_eq!(room.room().unsent, 0);
}

#[test]
fn a_reaction_is_counted_at_once_and_once() {
    let mut room = room();
    enqueue(&mut room, "t1", EchoBody::Reaction { target: one(), key: "+".into() });
    assert_snapshot!(room.timeline(), @"bob: one [+ 1]");
    progress(&mut room, "t1", sent("$+-alice-one"));
    room.sync(SyncBuilder::joined().from_time(9_000).event(alice().reaction("$one", "+").transaction("t1")));

    assert_snapshot!(room.timeline(), @"bob: one [+ 1]");
    assert_eq!(room.item("$one").reactions.len(), 1);
}

#[test]
fn a_reaction_taken_away_goes_at_once_and_comes_back_when_that_is_cancelled() {
    let mut room = room();
    room.sync(SyncBuilder::joined().from_time(9_000).event(alice().reaction("$one", "+")));
    enqueue(&mut room, "t1", EchoBody::ReactionRedaction { target: one(), key: "+".into() });
    assert_snapshot!(room.timeline(), @"bob: one");

    progress(&mut room, "t1", SendProgress::Cancelled);
    assert_snapshot!(room.timeline(), @"bob: one [+ 1]");
}

#[test]
fn an_edit_shows_at_once_and_counts_once() {
    let mut room = room();
    room.sync(SyncBuilder::joined().from_time(9_000).event(alice().text("mine")));
    let body = EchoBody::Replacement {
        target: ItemKey("$mine".into()),
        event_type: "m.room.message".into(),
        new_content: serde_json::json!({ "msgtype": "m.text", "body": "better" }).to_string(),
    };
    enqueue(&mut room, "t1", body);
    assert_snapshot!(room.timeline(), @r"
    bob: one
    alice: better (edited 1) Queued
    ");

    progress(&mut room, "t1", sent("$edit-better"));
    room.sync(SyncBuilder::joined().from_time(12_000).event(alice().edit("$mine", "better").transaction("t1")));
    assert_snapshot!(room.timeline(), @r"
    bob: one
    alice: better (edited 1)
    ");
}

#[test]
fn a_redaction_keeps_the_content_until_the_homeserver_agrees() {
    let mut room = room();
    room.sync(SyncBuilder::joined().from_time(9_000).event(alice().text("mine")));
    enqueue(&mut room, "t1", EchoBody::Redaction { target: ItemKey("$mine".into()), reason: None });
    assert_snapshot!(room.timeline(), @r"
    bob: one
    alice: redacted Queued
    ");
    progress(&mut room, "t1", SendProgress::Cancelled);
    assert_snapshot!(room.timeline(), @r"
    bob: one
    alice: mine
    ");
}

#[test]
fn a_redaction_that_comes_back_takes_the_content_away() {
    let mut room = room();
    room.sync(SyncBuilder::joined().from_time(9_000).event(alice().text("mine")));
    enqueue(&mut room, "t1", EchoBody::Redaction { target: ItemKey("$mine".into()), reason: None });
    progress(&mut room, "t1", sent("$redacts-mine"));
    room.sync(SyncBuilder::joined().from_time(12_000).event(alice().redaction("$mine").transaction("t1")));

    assert_snapshot!(room.timeline(), @r"
    bob: one
    alice: redacted
    ");
    assert!(!room.item("$mine").json.contains("body"));
}
