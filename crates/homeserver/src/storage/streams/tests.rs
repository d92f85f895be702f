use super::{Stream, Streams};

fn streams() -> Streams {
    Streams::new(1, [10; Stream::ALL.len()])
}

#[test]
fn a_position_in_flight_holds_back_the_later_ones() {
    let streams = streams();
    let (eleven, first) = streams.take(Stream::Events);
    let (twelve, second) = streams.take(Stream::Events);
    assert_eq!((eleven, twelve), (11, 12));

    streams.settle(&[second]);
    assert_eq!(streams.current(Stream::Events), 10);

    streams.settle(&[first]);
    assert_eq!(streams.current(Stream::Events), 12);
}

#[test]
fn an_expected_position_holds_back_those_taken_meanwhile() {
    let streams = streams();
    let slow = streams.expect(Stream::Events);
    let quick = streams.expect(Stream::Events);
    let quick = streams.taken(quick, 12);

    streams.settle(&[quick]);
    assert_eq!(streams.current(Stream::Events), 10);

    let slow = streams.taken(slow, 11);
    assert_eq!(streams.current(Stream::Events), 10);
    streams.settle(&[slow]);
    assert_eq!(streams.current(Stream::Events), 12);
}

#[test]
fn streams_do_not_hold_each_other_back() {
    let streams = streams();
    let (_, _in_flight) = streams.take(Stream::Events);
    let (position, ticket) = streams.take(Stream::Receipts);
    streams.settle(&[ticket]);
    assert_eq!(streams.current(Stream::Receipts), position);
    assert_eq!(streams.current(Stream::Events), 10);
}

#[test]
fn what_another_process_has_in_hand_holds_back_readers() {
    let streams = Streams::new(1, [0; Stream::ALL.len()]);
    let ticket = streams.expect(Stream::Events);
    // The sequence gave 1 and 2 to others.
    let ticket = streams.taken(ticket, 3);
    streams.settle(&[ticket]);
    assert_eq!(streams.current(Stream::Events), 0);
    assert_eq!(streams.missing(), [(Stream::Events, 1), (Stream::Events, 2)]);

    streams.hear(&[(Stream::Events, 2)]);
    assert_eq!(streams.current(Stream::Events), 0);
    streams.hear(&[(Stream::Events, 1), (Stream::Events, 4)]);
    assert_eq!(streams.current(Stream::Events), 4);
}

#[test]
fn a_position_that_was_given_up_holds_nobody_back() {
    let streams = Streams::new(1, [0; Stream::ALL.len()]);
    streams.hear(&[(Stream::Receipts, 5)]);
    assert_eq!(streams.current(Stream::Receipts), 0);

    streams.give_up(&streams.missing());

    assert_eq!(streams.current(Stream::Receipts), 5);
}

#[test]
fn own_positions_that_are_told_late_are_not_missing_for_ever() {
    let streams = Streams::new(1, [0; Stream::ALL.len()]);
    let (first, second) = (streams.expect(Stream::Events), streams.expect(Stream::Events));
    let second = streams.taken(second, 2);
    let first = streams.taken(first, 1);
    streams.settle(&[second]);
    assert_eq!(streams.current(Stream::Events), 0);

    streams.settle(&[first]);

    assert_eq!(streams.current(Stream::Events), 2);
    assert!(streams.missing().is_empty());
}

#[test]
fn what_was_said_while_nobody_listened_is_missing_first() {
    let streams = Streams::new(1, [0; Stream::ALL.len()]);
    streams.reach(Stream::Events, 2);
    streams.reach(Stream::Events, 2);

    assert_eq!(streams.current(Stream::Events), 0);
    streams.give_up(&streams.missing());
    assert_eq!(streams.current(Stream::Events), 2);
}
