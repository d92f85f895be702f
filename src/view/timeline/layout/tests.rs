use ruma::{event_id, user_id};

use super::*;

const MINUTE: u64 = 60_000;

fn shape(key: &str, minute: u64, kind: ShapeKind) -> Shape {
    Shape {
        key: ItemKey(key.to_owned()),
        event_id: EventId::parse(format!("${key}")).ok(),
        day: Some(LocalDate { year: 2026, month: 5, day: 1 + u8::try_from(minute / 1440).unwrap() }),
        timestamp: minute * MINUTE,
        is_own: false,
        kind,
    }
}

fn ann(key: &str, minute: u64) -> Shape {
    shape(key, minute, ShapeKind::Message(user_id!("@ann:x").to_owned()))
}

fn bob(key: &str, minute: u64) -> Shape {
    shape(key, minute, ShapeKind::Message(user_id!("@bob:x").to_owned()))
}

fn joined(key: &str, minute: u64) -> Shape {
    shape(key, minute, ShapeKind::State { collapses: true })
}

/// One word per slot: `a` a row with its sender, `-a` a continued row, `[a b]` a run.
fn drawn(layout: &Layout) -> String {
    let words = layout.slots.iter().map(|slot| match slot {
        Slot::Day(date, _) => format!("day{}", date.day),
        Slot::New => "new".to_owned(),
        Slot::Row(key) if layout.continued.contains(key) => format!("-{}", key.0),
        Slot::Row(key) => key.0.clone(),
        Slot::Run(key) => {
            format!("[{}]", layout.runs[key].iter().map(|key| key.0.as_str()).collect::<Vec<_>>().join(" "))
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn lay_out(shapes: &[Shape]) -> String {
    drawn(&Layout::of(shapes, Marks::default()))
}

#[test]
fn messages_of_one_sender_within_five_minutes_form_a_group() {
    assert_eq!(lay_out(&[ann("a", 0), ann("b", 4), ann("c", 6), bob("d", 7), ann("e", 8)]), "day1 a -b c d e");
}

#[test]
fn a_new_day_begins_with_a_heading_and_a_new_group() {
    assert_eq!(lay_out(&[ann("a", 1438), ann("b", 1441)]), "day1 a day2 b");
}

#[test]
fn three_state_events_collapse_and_two_do_not() {
    assert_eq!(lay_out(&[joined("a", 0), joined("b", 1), ann("c", 2)]), "day1 a b c");
    assert_eq!(lay_out(&[joined("a", 0), joined("b", 1), joined("c", 2), ann("d", 2)]), "day1 [a b c] d");
}

#[test]
fn a_run_ends_with_its_day() {
    let shapes = [joined("a", 1437), joined("b", 1438), joined("c", 1439), joined("d", 1440)];
    assert_eq!(lay_out(&shapes), "day1 [a b c] day2 d");
}

#[test]
fn a_focused_event_stands_outside_its_run() {
    let shapes = [joined("a", 0), joined("b", 1), joined("c", 2), joined("d", 3)];
    let marks = Marks { focus: Some(event_id!("$d")), ..Marks::default() };
    assert_eq!(drawn(&Layout::of(&shapes, marks)), "day1 [a b c] d");
}

#[test]
fn the_new_line_stands_above_the_first_message_of_another() {
    let mut own = ann("b", 1);
    own.is_own = true;
    let marks = Marks { read_up_to: Some(event_id!("$a")), ..Marks::default() };
    assert_eq!(drawn(&Layout::of(&[ann("a", 0), own.clone(), bob("c", 2)], marks)), "day1 a -b new c");
    assert_eq!(drawn(&Layout::of(&[ann("a", 0), own], marks)), "day1 a -b");
}

#[test]
fn a_gap_has_no_day_and_ends_a_group() {
    let mut gap = shape("g", 0, ShapeKind::Gap);
    gap.day = None;
    assert_eq!(lay_out(&[gap.clone(), ann("a", 0), gap, ann("b", 1)]), "g day1 a g b");
}
