use ruma::owned_room_id;
use trellis_model::protocol::{PaginationDirection, TimelineFocus};

use super::*;

type TestLedger = Ledger<&'static str, &'static str>;

fn typing(typing: bool) -> Command {
    Command::SetTyping { room_id: owned_room_id!("!r:x"), typing }
}

fn timeline(subscription: SubscriptionId, limit: u32) -> Command {
    Command::WatchTimeline { subscription, room_id: owned_room_id!("!r:x"), focus: TimelineFocus::Live, limit }
}

fn commands(deliveries: Vec<Delivery<&'static str>>) -> Vec<Command> {
    deliveries.into_iter().map(|delivery| delivery.frame.command).collect()
}

#[test]
fn an_unanswered_command_goes_to_the_next_core_under_the_same_name() {
    let mut ledger = TestLedger::new();
    let first = ledger.ask(typing(true), vec!["file"], "a", true);
    let second = ledger.ask(typing(false), vec![], "b", true);

    assert_eq!(ledger.answered(second.frame.id), Some("b"));
    let (deliveries, given_up) = ledger.resend();

    assert_eq!(deliveries, [first]);
    assert!(given_up.is_empty());
}

#[test]
fn an_answer_is_taken_once() {
    let mut ledger = TestLedger::new();
    let delivery = ledger.ask(typing(true), vec![], "a", true);

    assert_eq!(ledger.answered(delivery.frame.id), Some("a"));
    assert_eq!(ledger.answered(delivery.frame.id), None);
}

#[test]
fn a_command_that_three_cores_did_not_survive_is_given_up() {
    let mut ledger = TestLedger::new();
    ledger.ask(typing(true), vec![], "a", true);

    assert_eq!(ledger.resend().0.len(), 1);
    assert_eq!(ledger.resend().0.len(), 1);
    let (deliveries, given_up) = ledger.resend();

    assert!(deliveries.is_empty());
    assert_eq!(given_up, ["a"]);
}

#[test]
fn what_is_watched_is_watched_again_and_no_more_after_unwatch() {
    let mut ledger = TestLedger::new();
    let (one, two) = (ledger.subscription(), ledger.subscription());
    ledger.stand(timeline(one, 20));
    ledger.stand(timeline(two, 20));
    ledger.stand(Command::Connectivity { online: false, visible: true });
    ledger.stand(Command::Connectivity { online: true, visible: true });
    ledger.stand(Command::Unwatch { subscription: one });

    let (deliveries, _) = ledger.resend();

    assert_eq!(commands(deliveries), [Command::Connectivity { online: true, visible: true }, timeline(two, 20)]);
}

#[test]
fn a_timeline_comes_back_as_long_as_it_was_within_reason() {
    let mut ledger = TestLedger::new();
    let subscription = ledger.subscription();
    let extend = Command::ExtendTimeline { subscription, direction: PaginationDirection::Backward, limit: 50 };
    ledger.stand(timeline(subscription, 30));

    ledger.stand(extend.clone());
    assert_eq!(commands(ledger.resend().0), [timeline(subscription, 80)]);

    for _ in 0..10 {
        ledger.stand(extend.clone());
    }
    assert_eq!(commands(ledger.resend().0), [timeline(subscription, MAX_LIMIT)]);
}

#[test]
fn another_account_begins_with_an_empty_page() {
    let mut ledger = TestLedger::new();
    let subscription = ledger.subscription();
    ledger.stand(timeline(subscription, 30));
    ledger.ask(typing(true), vec![], "a", false);

    assert_eq!(ledger.clear(), ["a"]);
    assert!(ledger.resend().0.is_empty());
}
