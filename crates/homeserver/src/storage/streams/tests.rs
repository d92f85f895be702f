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
