//! The specification's example events: whatever this client makes of one, it makes something of it.

#[path = "../../../testkit/fixtures/examples.rs"]
#[expect(clippy::disallowed_methods, reason = "the examples are files")]
mod examples;

use serde_json::{Value, json};
use trellis_model::sync::SyncResponse;
use trellis_testkit::{EventBuilder, SyncBuilder, TestRoom, alice};

use examples::{Example, examples};

/// What changes another row instead of having one.
const FOLDED: [&str; 2] = ["m.reaction", "m.room.redaction"];

/// Events of rooms; the others are of the account, of devices or pass by.
fn of_rooms() -> Vec<Example> {
    examples().into_iter().filter(|example| example.event["event_id"].is_string()).collect()
}

fn kind(example: &Example) -> &str {
    example.event["type"].as_str().unwrap()
}

fn builder(example: &Example) -> EventBuilder {
    let fields = example.event.as_object().unwrap();
    fields.iter().fold(alice().event(kind(example), json!({})), |event, (name, value)| event.field(name, value.clone()))
}

#[test]
fn every_example_of_a_room_event_has_a_row() {
    for example in of_rooms() {
        let mut room = TestRoom::new(&alice());

        room.sync(SyncBuilder::joined().event(builder(&example)));

        let row = room.timeline();
        assert_eq!(row.is_empty(), FOLDED.contains(&kind(&example)), "{}: {row}", example.name);
        assert!(!row.contains("malformed"), "{}: {row}", example.name);
    }
}

#[test]
fn every_example_of_state_is_worked_in() {
    for example in of_rooms().into_iter().filter(|example| example.event["state_key"].is_string()) {
        let mut room = TestRoom::new(&alice());

        let changes = room.sync(SyncBuilder::joined().state(builder(&example)));

        assert!(changes.room.is_some(), "{}", example.name);
        assert_eq!(room.timeline(), "", "{}", example.name);
    }
}

#[test]
fn all_examples_may_come_in_one_room() {
    let numbered = of_rooms().into_iter().zip(1..).map(|(example, number)| builder(&example).id(&format!("${number}")));
    let numbered: Vec<_> = numbered.collect();
    let mut room = TestRoom::new(&alice());

    room.sync(SyncBuilder::joined().events(numbered.clone()));
    let rows = room.timeline();
    room.sync(SyncBuilder::joined().events(numbered));

    let folded = of_rooms().iter().filter(|example| FOLDED.contains(&kind(example))).count();
    assert_eq!(rows.lines().count(), of_rooms().len() - folded, "{rows}");
    assert_eq!(room.timeline(), rows, "what comes twice changes nothing");
}

#[test]
fn every_example_that_is_of_no_room_is_kept_or_passes_by() {
    let others: Vec<Value> = examples()
        .into_iter()
        .filter(|example| !example.event["event_id"].is_string())
        .map(|example| example.event)
        .collect();
    assert!(others.len() > 20, "{others:?}");
    let list = json!({ "events": others });

    let response = json!({ "next_batch": "s1", "account_data": list, "to_device": list }).to_string();
    let response = SyncResponse::parse(&response).unwrap();
    assert_eq!((response.account_data.len(), response.to_device.len()), (others.len(), others.len()));
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(alice().text("hello")));
    let before = room.timeline();
    room.sync(SyncBuilder::joined().field("account_data", list.clone()).field("ephemeral", list));
    assert_eq!(room.timeline(), before);
}
