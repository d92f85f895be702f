use std::time::Duration;

use ruma::{DeviceId, UserId, presence::PresenceState, user_id};
use tokio::time::Instant;

use super::{ACTIVE, Board, IDLE, LINGERS, News, Presence, SILENT};

fn alice() -> &'static UserId {
    user_id!("@alice:test")
}

fn phone() -> &'static DeviceId {
    "PHONE".into()
}

fn laptop() -> &'static DeviceId {
    "LAPTOP".into()
}

const MOMENT: Duration = Duration::from_millis(1);

/// What is to be said of Alice.
fn said(board: &mut Board, now: Instant) -> Vec<(PresenceState, bool)> {
    let said = board.unsaid(now).into_iter();
    said.map(|news| (news.presence.state, news.presence.currently_active)).collect()
}

/// What another process says of Alice.
fn news(state: PresenceState) -> News {
    let presence = Presence { state, currently_active: false };
    News { user_id: alice().to_owned(), presence, last_active_ago: Some(MOMENT), status_msg: None, says_so: false }
}

const OTHER: Option<i64> = Some(2);

#[test]
fn who_waits_is_online_and_lingers() {
    let (mut board, now) = (Board::default(), Instant::now());
    assert!(board.hold(alice(), phone(), PresenceState::Online, now));
    assert_eq!(board.of(alice(), now).state, PresenceState::Online);

    board.release(alice(), phone(), now);
    board.pass(now + LINGERS - MOMENT);
    assert_eq!(board.of(alice(), now).state, PresenceState::Online);
    board.pass(now + LINGERS);
    assert_eq!(board.of(alice(), now).state, PresenceState::Offline);
    assert_eq!(said(&mut board, now), [(PresenceState::Offline, false)]);
}

#[test]
fn waiting_again_is_no_change() {
    let (mut board, now) = (Board::default(), Instant::now());
    board.hold(alice(), phone(), PresenceState::Online, now);
    assert_eq!(said(&mut board, now), [(PresenceState::Online, true)]);

    board.release(alice(), phone(), now + MOMENT);
    assert!(!board.hold(alice(), phone(), PresenceState::Online, now + MOMENT));

    assert_eq!(said(&mut board, now), []);
}

#[test]
fn the_most_present_device_counts() {
    let (mut board, now) = (Board::default(), Instant::now());
    board.hold(alice(), phone(), PresenceState::Unavailable, now);
    assert_eq!(board.of(alice(), now).state, PresenceState::Unavailable);

    board.hold(alice(), laptop(), PresenceState::Online, now);
    assert_eq!(board.of(alice(), now).state, PresenceState::Online);
}

#[test]
fn who_does_nothing_is_idle_and_back_with_the_first_act() {
    let (mut board, now) = (Board::default(), Instant::now());
    board.hold(alice(), phone(), PresenceState::Online, now);
    assert!(board.of(alice(), now).currently_active);

    board.pass(now + ACTIVE);
    assert!(!board.of(alice(), now).currently_active);
    board.pass(now + IDLE);
    assert_eq!(board.of(alice(), now).state, PresenceState::Unavailable);
    assert!(board.act(alice(), phone(), now + IDLE));
    assert_eq!(board.of(alice(), now + IDLE).state, PresenceState::Online);
}

#[test]
fn nothing_is_left_to_wait_for_when_all_are_gone() {
    let (mut board, now) = (Board::default(), Instant::now());
    board.set(alice(), phone(), PresenceState::Online, Some("here".to_owned()), now);

    board.pass(now + IDLE);

    assert_eq!(board.next_end(), None);
    assert_eq!(board.of(alice(), now + IDLE).status_msg.as_deref(), Some("here"));
}

#[test]
fn who_is_at_two_processes_is_as_present_as_at_one_of_them() {
    let (mut board, now) = (Board::default(), Instant::now());
    board.hear(1, OTHER, news(PresenceState::Unavailable), now);
    assert_eq!(board.of(alice(), now).state, PresenceState::Unavailable);

    board.hold(alice(), phone(), PresenceState::Online, now);
    let own = board.unsaid(now).remove(0);
    board.hear(2, None, own, now);
    board.hear(3, OTHER, news(PresenceState::Offline), now);

    assert_eq!(board.of(alice(), now).state, PresenceState::Online);
    assert_eq!(board.since(1), [(2, alice().to_owned())], "what makes no difference is no change");
}

#[test]
fn what_someone_says_of_themselves_is_the_same_everywhere() {
    let (mut board, now) = (Board::default(), Instant::now());
    board.set(alice(), phone(), PresenceState::Online, Some("here".to_owned()), now);
    let own = board.unsaid(now).remove(0);
    assert_eq!(own.status_msg, Some(Some("here".to_owned())));
    board.hear(1, None, own, now);

    let status_msg = Some(Some("there".to_owned()));
    let other = News { status_msg, says_so: true, ..news(PresenceState::Unavailable) };
    board.hear(2, OTHER, other, now);

    assert_eq!(board.of(alice(), now).status_msg.as_deref(), Some("there"));
    assert_eq!(board.of(alice(), now).state, PresenceState::Unavailable);
    assert_eq!(board.since(1), [(2, alice().to_owned())]);
    board.say_all();
    assert_eq!(board.unsaid(now).remove(0).status_msg, Some(Some("there".to_owned())));
}

#[test]
fn who_was_at_a_process_that_is_no_more_is_gone() {
    let (mut board, now) = (Board::default(), Instant::now());
    board.hear(1, OTHER, news(PresenceState::Online), now);
    board.heard(1, OTHER, now);
    assert!(board.silent(now + SILENT).is_empty());
    assert_eq!(board.silent(now + SILENT + MOMENT), [2]);

    board.forget(2, 2);

    assert_eq!(board.of(alice(), now).state, PresenceState::Offline);
    assert_eq!(board.since(1), [(2, alice().to_owned())]);
}
