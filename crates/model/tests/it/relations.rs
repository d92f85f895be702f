//! Replies, edits, reactions and redactions.

use insta::assert_snapshot;
use serde_json::json;
use trellis_model::protocol::ItemContent;
use trellis_testkit::{MessagesBuilder, SyncBuilder, TestRoom, alice, bob, carol};

fn room(sync: SyncBuilder) -> TestRoom {
    let mut room = TestRoom::new(&alice());
    room.sync(sync);
    room
}

#[test]
fn an_edit_shows_the_new_text_in_the_old_place() {
    let room =
        room(SyncBuilder::joined().event(bob().text("one")).event(bob().text("two")).event(bob().edit("$one", "uno")));

    assert_snapshot!(room.timeline(), @r"
    bob: uno (edited 1)
    bob: two
    ");
}

#[test]
fn of_several_edits_the_latest_is_shown_in_whatever_order_they_come() {
    let room = room(
        SyncBuilder::joined()
            .event(bob().text("one"))
            .event(bob().edit("$one", "third").at(30_000))
            .event(bob().edit("$one", "second").at(20_000)),
    );

    assert_snapshot!(room.timeline(), @"bob: third (edited 2)");
}

#[test]
fn only_the_sender_edits_a_message() {
    let room = room(SyncBuilder::joined().event(bob().text("one")).event(carol().edit("$one", "stolen")));

    assert_snapshot!(room.timeline(), @"bob: one");
}

#[test]
fn redacting_an_edit_brings_back_the_text_before_it() {
    let room = room(
        SyncBuilder::joined()
            .event(bob().text("one"))
            .event(bob().edit("$one", "uno"))
            .event(bob().edit("$one", "eins"))
            .event(bob().redaction("$edit-eins")),
    );

    assert_snapshot!(room.timeline(), @"bob: uno (edited 1)");
}

#[test]
fn an_edit_the_homeserver_sends_along_is_shown() {
    let edit = bob().edit("$one", "uno").json();
    let room =
        room(SyncBuilder::joined().event(bob().text("one").unsigned("m.relations", json!({ "m.replace": edit }))));

    assert_snapshot!(room.timeline(), @"bob: uno (edited 1)");
}

#[test]
fn reactions_are_counted_by_key_and_person() {
    let room = room(
        SyncBuilder::joined()
            .event(bob().text("one"))
            .event(bob().reaction("$one", "+"))
            .event(carol().reaction("$one", "-"))
            .event(alice().reaction("$one", "+"))
            .event(bob().reaction("$one", "+").id("$again")),
    );

    assert_snapshot!(room.timeline(), @"bob: one [+ 2] [- 1]");
    let own: Vec<bool> = room.row("$one").reactions.iter().map(|reaction| reaction.is_own).collect();
    assert_eq!(own, [true, false]);
}

#[test]
fn a_redacted_reaction_disappears_from_the_tally() {
    let room = room(
        SyncBuilder::joined()
            .event(bob().text("one"))
            .event(bob().reaction("$one", "+"))
            .event(carol().reaction("$one", "+"))
            .event(bob().redaction("$+-bob-one")),
    );

    assert_snapshot!(room.timeline(), @"bob: one [+ 1]");
}

#[test]
fn a_redacted_message_keeps_its_row_and_loses_everything_else() {
    let room = room(
        SyncBuilder::joined()
            .event(bob().text("secret"))
            .event(bob().edit("$secret", "worse"))
            .event(carol().reaction("$secret", "+"))
            .event(bob().redaction("$secret").with("reason", json!("oops"))),
    );

    assert_snapshot!(room.timeline(), @"bob: redacted");
    assert!(!room.item("$secret").json.contains("body"));
    let ItemContent::Redacted { by, reason, .. } = room.row("$secret").content else { panic!() };
    assert_eq!((by, reason.as_deref()), (Some(bob().id()), Some("oops")));
}

#[test]
fn an_old_redaction_names_its_target_outside_the_content() {
    let redaction = bob().event("m.room.redaction", json!({})).id("$r").field("redacts", json!("$one"));
    let room = room(SyncBuilder::joined().event(bob().text("one")).event(redaction));

    assert_snapshot!(room.timeline(), @"bob: redacted");
}

#[test]
fn an_event_that_comes_redacted_is_shown_so() {
    let redaction = carol().redaction("$one").json();
    let event = bob().event("m.room.message", json!({})).id("$one").unsigned("redacted_because", redaction);
    let room = room(SyncBuilder::joined().event(event));

    assert_snapshot!(room.timeline(), @"bob: redacted");
    let ItemContent::Redacted { by, .. } = room.row("$one").content else { panic!() };
    assert_eq!(by, Some(carol().id()));
}

#[test]
fn relations_wait_for_an_event_that_is_not_there_yet() {
    let mut room = room(
        SyncBuilder::joined()
            .limited("p1")
            .event(bob().text("new"))
            .event(bob().reaction("$old", "+"))
            .event(bob().edit("$old", "renewed"))
            .event(carol().reaction("$old", "-"))
            .event(carol().redaction("$--carol-old")),
    );
    let (position, _) = room.gap().unwrap();
    room.apply(&MessagesBuilder::new(10, [bob().text("old")]).backward(position, "p1"));

    assert_snapshot!(room.timeline(), @r"
    bob: renewed (edited 1) [+ 1]
    bob: new
    ");
}

#[test]
fn a_relation_finds_its_target_in_an_old_chunk() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(bob().text("old")));
    for start in 0..5 {
        let events = (0..50).map(|number| bob().text(&format!("m{start}-{number}")));
        room.sync(SyncBuilder::joined().from_time(5_000 + start * 50_000).events(events));
    }
    room.sync(SyncBuilder::joined().from_time(900_000).event(carol().reaction("$old", "+")));

    assert_eq!(room.row("$old").reactions[0].count, 1);
}

#[test]
fn a_reply_shows_what_it_answers() {
    let room = room(SyncBuilder::joined().event(bob().text("question")).event(carol().reply("$question", "answer")));

    assert_snapshot!(room.timeline(), @r"
    bob: question
    carol: answer <- question
    ");
}

#[test]
fn a_reply_to_an_event_that_is_not_stored_says_so() {
    let room = room(SyncBuilder::joined().event(carol().reply("$elsewhere", "answer")));

    assert_snapshot!(room.timeline(), @"carol: answer <- not loaded");
}

#[test]
fn the_fallback_of_an_old_reply_is_not_shown() {
    let reply = carol().reply("$q", "> <@bob:x> question\n> more\n\nanswer").id("$a");
    let room = room(SyncBuilder::joined().event(reply));

    assert_snapshot!(room.timeline(), @"carol: answer <- not loaded");
}

#[test]
fn an_edited_reply_is_still_a_reply() {
    let room = room(
        SyncBuilder::joined()
            .event(bob().text("question"))
            .event(carol().reply("$question", "answer"))
            .event(carol().edit("$answer", "better")),
    );

    assert_snapshot!(room.timeline(), @r"
    bob: question
    carol: better (edited 1) <- question
    ");
}

#[test]
fn readers_of_a_reaction_stand_at_the_row_before_it() {
    let room = room(SyncBuilder::joined().event(alice().text("one")).event(bob().reaction("$one", "+")).receipt(
        "@bob:x",
        "$+-bob-one",
        9_000,
    ));

    assert_snapshot!(room.timeline(), @"alice: one [+ 1] read by bob");
}

#[test]
fn whoever_is_mentioned_on_purpose_is_told() {
    let room = room(
        SyncBuilder::joined()
            .event(bob().text("alice").with("m.mentions", json!({})))
            .event(bob().text("you").with("m.mentions", json!({ "user_ids": ["@alice:x"] })))
            .event(bob().text("all").with("m.mentions", json!({ "room": true }))),
    );

    let highlights = ["$alice", "$you", "$all"].map(|event_id| room.row(event_id).highlight);
    assert_eq!(highlights, [false, true, false], "bob may not mention everyone");
}
