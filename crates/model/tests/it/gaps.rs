//! Where history is missing, and how it is filled.

use insta::assert_snapshot;
use trellis_testkit::{EventBuilder, MessagesBuilder, SyncBuilder, TestRoom, alice, bob};

fn room_with_gap() -> TestRoom {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().limited("p1").event(bob().text("one")).event(bob().text("two")));
    room
}

fn numbered(from: usize, count: usize) -> Vec<EventBuilder> {
    (from..from + count).map(|number| bob().text(&format!("n{number}"))).collect()
}

#[test]
fn a_limited_timeline_leaves_a_gap_before_the_new_events() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().limited("p1").event(alice().text("hi")));

    assert_snapshot!(room.timeline(), @r"
    --- gap ---
    alice: hi
    ");
    assert_eq!(room.gap().unwrap().1.prev_batch.as_deref(), Some("p1"));
}

#[test]
fn a_room_from_its_creation_on_has_no_gap() {
    let mut room = TestRoom::new(&alice());
    let create = alice().state("m.room.create", "", serde_json::json!({ "room_version": "12" }));
    room.sync(SyncBuilder::joined().prev_batch("p0").event(create).event(alice().text("hi")));

    assert_eq!(room.gap(), None);
}

#[test]
fn events_that_follow_without_a_limit_leave_no_gap() {
    let mut room = room_with_gap();
    room.sync(SyncBuilder::joined().from_time(9_000).prev_batch("p2").event(bob().text("three")));

    assert_snapshot!(room.timeline(), @r"
    --- gap ---
    bob: one
    bob: two
    bob: three
    ");
}

#[test]
fn a_second_limited_timeline_leaves_a_second_gap() {
    let mut room = room_with_gap();
    room.sync(SyncBuilder::joined().from_time(90_000).limited("p2").event(bob().text("ninety")));

    assert_snapshot!(room.timeline(), @r"
    --- gap ---
    bob: one
    bob: two
    --- gap ---
    bob: ninety
    ");
}

#[test]
fn a_page_of_history_moves_the_gap_before_it() {
    let mut room = room_with_gap();
    let (position, gap) = room.gap().unwrap();
    room.apply(&MessagesBuilder::new(1, [bob().text("minus"), bob().text("zero")]).end("p0").backward(position, "p1"));

    assert_snapshot!(room.timeline(), @r"
    --- gap ---
    bob: minus
    bob: zero
    bob: one
    bob: two
    ");
    assert_eq!(room.gap().unwrap().1.key, gap.key, "its row stays");
    assert_eq!(room.gap().unwrap().1.prev_batch.as_deref(), Some("p0"));
}

#[test]
fn a_page_without_an_end_reaches_the_beginning_of_the_room() {
    let mut room = room_with_gap();
    let (position, _) = room.gap().unwrap();
    room.apply(&MessagesBuilder::new(1, [bob().text("zero")]).backward(position, "p1"));

    assert_snapshot!(room.timeline(), @r"
    bob: zero
    bob: one
    bob: two
    ");
}

#[test]
fn an_empty_page_with_an_end_only_moves_the_token() {
    let mut room = room_with_gap();
    let (position, _) = room.gap().unwrap();
    room.apply(&MessagesBuilder::new(1, []).end("p0").backward(position, "p1"));

    assert_eq!(room.gap().unwrap().1.prev_batch.as_deref(), Some("p0"));
}

#[test]
fn a_page_that_reaches_what_is_known_closes_the_gap() {
    let mut room = room_with_gap();
    room.sync(SyncBuilder::joined().from_time(90_000).limited("p2").event(bob().text("five")));
    let (position, _) = room.gap().unwrap();
    let page = [bob().text("one"), bob().text("two"), bob().text("three"), bob().text("four")];
    room.apply(&MessagesBuilder::new(1_000, page).end("p1").backward(position, "p2"));

    assert_snapshot!(room.timeline(), @r"
    --- gap ---
    bob: one
    bob: two
    bob: three
    bob: four
    bob: five
    ");
}

#[test]
fn history_is_kept_in_order_over_many_pages() {
    let mut room = room_with_gap();
    for page in (0..10).rev() {
        let (position, gap) = room.gap().unwrap();
        let events = MessagesBuilder::new(page, numbered(page as usize * 30, 30)).end(&format!("p-{page}"));
        room.apply(&events.backward(position, gap.prev_batch.as_deref().unwrap()));
    }

    let expected: Vec<String> =
        (0..300).map(|number| format!("bob: n{number}")).chain(["bob: one".into(), "bob: two".into()]).collect();
    let timeline = room.timeline();
    assert_eq!(timeline.lines().skip(1).collect::<Vec<_>>(), expected);
    assert!(room.stored().chunks.len() >= 7);
}

#[test]
fn many_events_fill_many_chunks() {
    let mut room = TestRoom::new(&alice());
    for start in [0, 20, 40, 60, 80, 100] {
        room.sync(SyncBuilder::joined().from_time(start as u64 * 1_000).events(numbered(start, 20)));
    }

    let sizes: Vec<usize> = room.stored().chunks.values().map(|chunk| chunk.items.len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
    assert_eq!(room.timeline().lines().count(), 120);
    assert_eq!(room.room().latest_chunks.len(), 3);
}

#[test]
fn a_gap_wider_than_the_places_between_two_chunks_is_filled_whole() {
    let mut room = room_with_gap();
    room.sync(SyncBuilder::joined().from_time(900_000).limited("p2").event(bob().text("last")));
    for page in (0..40).rev() {
        let (position, gap) = room.gap().unwrap();
        let events = MessagesBuilder::new(3_000, numbered(page * 50, 50)).end(&format!("q{page}"));
        room.apply(&events.backward(position, gap.prev_batch.as_deref().unwrap()));
    }

    let rows: Vec<String> = room.timeline().lines().map(ToOwned::to_owned).collect();
    assert_eq!(rows.len(), 1 + 2 + 1 + 2_000 + 1);
    assert_eq!(rows[4], "bob: n0");
    assert_eq!(rows[2_003], "bob: n1999");
}

#[test]
fn what_surrounds_an_old_event_stands_between_two_gaps() {
    let mut room = room_with_gap();
    let around = MessagesBuilder::new(10, [bob().text("a"), bob().text("b"), bob().text("c")]).start("s").end("e");
    room.apply(&around.context(1));

    assert_snapshot!(room.timeline(), @r"
    --- gap ---
    bob: a
    bob: b
    bob: c
    --- gap ---
    bob: one
    bob: two
    ");
}

#[test]
fn a_gap_is_filled_from_its_older_side_as_well() {
    let mut room = room_with_gap();
    room.apply(&MessagesBuilder::new(10, [bob().text("a")]).start("s").end("e").context(0));
    let (position, gap) = room.gap().unwrap();
    assert_eq!(gap.next_batch.as_deref(), Some("e"));
    room.apply(&MessagesBuilder::new(20, [bob().text("b")]).end("f").forward(position, "e"));
    assert_eq!(room.gap().unwrap().1.next_batch.as_deref(), Some("f"));
    room.apply(&MessagesBuilder::new(30, [bob().text("c"), bob().text("one")]).end("g").forward(position, "f"));

    assert_snapshot!(room.timeline(), @r"
    --- gap ---
    bob: a
    bob: b
    bob: c
    bob: one
    bob: two
    ");
}

#[test]
fn the_surroundings_of_an_event_that_meet_the_newer_side_close_its_gap() {
    let mut room = room_with_gap();
    room.apply(&MessagesBuilder::new(10, [bob().text("zero"), bob().text("one")]).start("s").end("e").context(0));

    assert_snapshot!(room.timeline(), @r"
    --- gap ---
    bob: zero
    bob: one
    bob: two
    ");
    assert_eq!(room.gap().unwrap().1.prev_batch.as_deref(), Some("s"));
}

#[test]
fn coming_back_to_a_room_leaves_a_gap_for_what_was_missed() {
    let mut room = room_with_gap();
    room.sync(SyncBuilder::left().from_time(5_000).event(alice().membership("leave", None)));
    room.sync(SyncBuilder::joined().from_time(50_000).prev_batch("p9").event(alice().membership("join", None)));

    assert_eq!(room.gap().unwrap().1.prev_batch.as_deref(), Some("p9"));
}

#[test]
fn an_event_stored_in_the_wrong_place_moves_where_a_sync_says_it_is() {
    let mut room = room_with_gap();
    room.apply(&MessagesBuilder::new(10, [bob().text("a"), bob().text("new")]).start("s").end("e").context(0));
    room.sync(SyncBuilder::joined().from_time(9_000).event(bob().text("new")));

    assert_snapshot!(room.timeline(), @r"
    --- gap ---
    bob: a
    --- gap ---
    bob: one
    bob: two
    bob: new
    ");
}
