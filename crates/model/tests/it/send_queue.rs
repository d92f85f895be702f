//! What is sent when, and what becomes of failures.

use insta::assert_compact_debug_snapshot;
use ruma::{OwnedTransactionId, TransactionId};
use trellis_model::{
    protocol::ItemKey,
    send_queue::{
        Effect, EntryState, Failure, Media, Next, OutboxEntry, Outcome, Outgoing, Redacts, Relation, SendQueue, Target,
        Task,
    },
    sync::SendProgress,
};

fn entry(room: &str, transaction_id: &str, order: u64, outgoing: Outgoing) -> OutboxEntry {
    OutboxEntry {
        room_id: format!("!{room}:x").try_into().unwrap(),
        transaction_id: transaction_id.into(),
        order,
        timestamp: order,
        outgoing,
        state: EntryState::Waiting,
    }
}

fn text(room: &str, transaction_id: &str, order: u64) -> OutboxEntry {
    let content = r#"{"body":"hi"}"#.to_owned();
    entry(room, transaction_id, order, Outgoing::Event { event_type: "m.room.message".into(), content, relation: None })
}

fn unsent(transaction_id: &str) -> Target {
    Target { item: ItemKey(format!("~{transaction_id}")), event_id: None, transaction_id: Some(transaction_id.into()) }
}

fn reply(transaction_id: &str, order: u64, to: &str) -> OutboxEntry {
    let relation = Some(Relation::Reply(unsent(to)));
    let outgoing = Outgoing::Event { event_type: "m.room.message".into(), content: "{}".into(), relation };
    entry("a", transaction_id, order, outgoing)
}

fn next(queue: &mut SendQueue, now: u64) -> String {
    match queue.next(now) {
        Next::Run { transaction_id, .. } => transaction_id.to_string(),
        other => format!("{other:?}"),
    }
}

fn id(transaction_id: &str) -> OwnedTransactionId {
    <&TransactionId>::from(transaction_id).to_owned()
}

fn sent(queue: &mut SendQueue, transaction_id: &str, event_id: &str) -> Vec<Effect> {
    queue.outcome(&id(transaction_id), Outcome::Sent(event_id.try_into().unwrap()), 0, 0.5)
}

fn refuse(status: u16, errcode: Option<&str>, retry_after: Option<u64>) -> Outcome {
    let errcode = errcode.map(ToOwned::to_owned);
    Outcome::Failed(Failure::Response { status, errcode, error: "no".into(), retry_after })
}

#[test]
fn a_room_sends_in_order_and_one_at_a_time() {
    let mut queue = SendQueue::new([text("a", "t2", 2), text("a", "t1", 1)]);

    assert_eq!(next(&mut queue, 0), "t1");
    assert_eq!(next(&mut queue, 0), "Idle");
    sent(&mut queue, "t1", "$1");
    assert_eq!(next(&mut queue, 0), "t2");
}

#[test]
fn rooms_do_not_wait_for_each_other() {
    let mut queue = SendQueue::new([text("a", "t1", 1), text("b", "t2", 2)]);

    assert_eq!([next(&mut queue, 0), next(&mut queue, 0)], ["t1", "t2"]);
}

#[test]
fn a_transaction_is_queued_once() {
    let mut queue = SendQueue::default();

    assert_eq!(queue.push(text("a", "t1", 1)).len(), 1);
    assert_eq!(queue.push(text("a", "t1", 2)).len(), 0);
}

#[test]
fn what_refers_to_an_unsent_message_gets_its_id() {
    let mut queue = SendQueue::new([text("a", "t1", 1), reply("t2", 2, "t1")]);
    next(&mut queue, 0);
    sent(&mut queue, "t1", "$1");

    let Next::Run { task: Task::Send { content, .. }, .. } = queue.next(0) else { panic!() };
    assert_eq!(content, r#"{"m.relates_to":{"m.in_reply_to":{"event_id":"$1"}}}"#);
}

#[test]
fn what_refers_to_a_failed_message_waits_and_the_rest_goes_on() {
    let mut queue = SendQueue::new([text("a", "t1", 1), reply("t2", 2, "t1"), text("a", "t3", 3)]);
    next(&mut queue, 0);
    queue.outcome(&id("t1"), refuse(403, Some("M_FORBIDDEN"), None), 0, 0.5);

    assert_eq!(next(&mut queue, 0), "t3");
    sent(&mut queue, "t3", "$3");
    assert_eq!(next(&mut queue, 0), "Idle");
    queue.retry(&id("t1"));
    assert_eq!(next(&mut queue, 0), "t1");
    sent(&mut queue, "t1", "$1");
    assert_eq!(next(&mut queue, 0), "t2");
}

#[test]
fn taking_a_message_back_takes_what_refers_to_it() {
    let mut queue =
        SendQueue::new([text("a", "t1", 1), reply("t2", 2, "t1"), reply("t3", 3, "t2"), text("a", "t4", 4)]);
    let effects = queue.cancel(&id("t1"));

    let cancelled: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Progress { transaction_id, progress: SendProgress::Cancelled, .. } => Some(transaction_id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(cancelled, ["t1", "t2", "t3"]);
    assert_eq!(next(&mut queue, 0), "t4");
}

#[test]
fn what_is_on_its_way_cannot_be_taken_back() {
    let mut queue = SendQueue::new([text("a", "t1", 1)]);
    next(&mut queue, 0);

    assert_eq!(queue.cancel(&id("t1")), []);
}

#[test]
fn an_ended_session_pauses_everything() {
    let mut queue = SendQueue::new([text("a", "t1", 1), text("b", "t2", 2)]);
    next(&mut queue, 0);
    queue.outcome(&id("t1"), refuse(401, Some("M_UNKNOWN_TOKEN"), None), 0, 0.5);

    assert_eq!(next(&mut queue, 0), "Idle");
    queue.resume();
    assert_eq!(next(&mut queue, 0), "t1");
}

#[test]
fn a_rate_limit_is_waited_for() {
    let mut queue = SendQueue::new([text("a", "t1", 1)]);
    next(&mut queue, 0);
    queue.outcome(&id("t1"), refuse(429, Some("M_LIMIT_EXCEEDED"), Some(2_500)), 1_000, 0.5);

    assert_eq!(next(&mut queue, 3_499), "WaitUntil(3500)");
    assert_eq!(next(&mut queue, 3_500), "t1");
}

#[test]
fn failures_that_may_pass_are_tried_again_ever_later() {
    for outcome in [
        refuse(502, None, None),
        refuse(500, Some("M_UNKNOWN"), None),
        refuse(403, None, None),
        Outcome::Failed(Failure::Unreachable),
    ] {
        let mut queue = SendQueue::new([text("a", "t1", 1)]);
        let (mut now, mut waits) = (0, Vec::new());
        for _ in 0..9 {
            next(&mut queue, now);
            queue.outcome(&id("t1"), outcome.clone(), now, 1.0);
            let Next::WaitUntil(until) = queue.next(now) else { panic!("{outcome:?}") };
            waits.push(until - now);
            now = until;
        }
        assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000], "{outcome:?}");
    }
}

#[test]
fn chance_shortens_a_wait_by_half_at_most() {
    let mut queue = SendQueue::new([text("a", "t1", 1)]);
    next(&mut queue, 0);
    queue.outcome(&id("t1"), Outcome::Failed(Failure::Unreachable), 0, 0.0);

    assert_eq!(next(&mut queue, 0), "WaitUntil(500)");
    queue.online();
    assert_eq!(next(&mut queue, 0), "t1");
}

#[test]
fn one_room_in_trouble_does_not_hold_up_the_others() {
    let mut queue = SendQueue::new([text("a", "t1", 1), text("b", "t2", 2)]);
    next(&mut queue, 0);
    queue.outcome(&id("t1"), refuse(500, None, None), 0, 0.5);

    assert_eq!(next(&mut queue, 0), "t2");
}

#[test]
fn a_refusal_is_left_to_the_person() {
    let mut queue = SendQueue::new([text("a", "t1", 1)]);
    next(&mut queue, 0);
    let effects = queue.outcome(&id("t1"), refuse(403, Some("M_FORBIDDEN"), None), 0, 0.5);

    assert_compact_debug_snapshot!(effects[1], @r#"Progress { room_id: "!a:x", transaction_id: "t1", progress: Now(Failed(Forbidden { reason: Some("no") })) }"#);
    assert_eq!(next(&mut queue, 0), "Idle");
}

fn cat() -> Media {
    Media {
        file_name: "cat.png".into(),
        mimetype: "image/png".into(),
        size: 7,
        width: Some(2),
        height: None,
        duration: None,
        caption: None,
        uri: None,
        uploaded: false,
    }
}

#[test]
fn a_file_is_named_then_uploaded_then_sent() {
    let mut queue = SendQueue::new([entry("a", "t1", 1, Outgoing::Media(cat()))]);
    let task = |queue: &mut SendQueue| match queue.next(0) {
        Next::Run { task, .. } => task,
        other => panic!("{other:?}"),
    };
    assert_eq!(task(&mut queue), Task::CreateUri);
    queue.outcome(&id("t1"), Outcome::UriCreated("mxc://x/1".into()), 0, 0.5);
    assert_eq!(task(&mut queue), Task::Upload { uri: "mxc://x/1".into() });
    queue.outcome(&id("t1"), Outcome::Failed(Failure::Unreachable), 0, 0.5);
    queue.online();
    assert_eq!(task(&mut queue), Task::Upload { uri: "mxc://x/1".into() }, "the same URI again");
    queue.outcome(&id("t1"), Outcome::Uploaded("mxc://x/1".into()), 0, 0.5);
    let Task::Send { content, .. } = task(&mut queue) else { panic!() };
    insta::assert_snapshot!(content, @r#"{"body":"cat.png","filename":"cat.png","info":{"mimetype":"image/png","size":7,"w":2},"m.mentions":{},"msgtype":"m.image","url":"mxc://x/1"}"#);
}

#[test]
fn a_file_that_is_encrypted_is_named_anew_and_sent_with_its_key() {
    let mut queue = SendQueue::new([entry("a", "t1", 1, Outgoing::Media(cat()))]);
    next(&mut queue, 0);
    queue.outcome(&id("t1"), Outcome::UriCreated("mxc://x/plain".into()), 0, 0.5);
    next(&mut queue, 0);
    let key = r#"{"v":"v2","iv":"i"}"#.to_owned();
    let effects = queue.outcome(&id("t1"), Outcome::Encrypted { key }, 0, 0.5);
    assert!(matches!(&effects[..], [Effect::Put(_)]), "{effects:?}");

    let task = |queue: &mut SendQueue| match queue.next(0) {
        Next::Run { task, .. } => task,
        other => panic!("{other:?}"),
    };
    assert_eq!(task(&mut queue), Task::CreateUri, "what was uploaded in the clear is left alone");
    queue.outcome(&id("t1"), Outcome::UriCreated("mxc://x/1".into()), 0, 0.5);
    assert_eq!(task(&mut queue), Task::Upload { uri: "mxc://x/1".into() });
    queue.outcome(&id("t1"), Outcome::Uploaded("mxc://x/1".into()), 0, 0.5);
    let Task::Send { content, .. } = task(&mut queue) else { panic!() };
    insta::assert_snapshot!(content, @r#"{"body":"cat.png","file":{"iv":"i","url":"mxc://x/1","v":"v2"},"filename":"cat.png","info":{"mimetype":"image/png","size":7,"w":2},"m.mentions":{},"msgtype":"m.image"}"#);
}

#[test]
fn a_redaction_waits_for_what_it_takes_away() {
    let redaction = Outgoing::Redaction { target: unsent("t1"), of: Redacts::Item, reason: None };
    let mut queue = SendQueue::new([text("a", "t1", 1), entry("a", "t2", 2, redaction)]);
    next(&mut queue, 0);
    sent(&mut queue, "t1", "$1");

    let Next::Run { task, .. } = queue.next(0) else { panic!() };
    assert_eq!(task, Task::Redact { event_id: "$1".try_into().unwrap(), reason: None });
}

#[test]
fn what_is_stored_is_read_back() {
    let entry = reply("t2", 2, "t1");
    assert_eq!(postcard::from_bytes(&postcard::to_stdvec(&entry).unwrap()), Ok(entry));
}
