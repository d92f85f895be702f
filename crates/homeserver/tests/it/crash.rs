//! The real binary, killed in the middle of its work: what it acknowledged is there, once.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Binary, Engine, PATIENCE, TestClient};

/// Messages that are on their way when the server is killed.
const SENDS: usize = 200;

#[test]
fn sqlite_loses_nothing_that_was_acknowledged() {
    run(Engine::Sqlite, 20);
}

#[test]
fn postgres_loses_nothing_that_was_acknowledged() {
    run(Engine::Postgres, 3);
}

fn run(engine: Engine, kills: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut server = Binary::start(engine).await;
        let alice = server.client().register("alice").await;
        let bob = server.client().register("bob").await;
        let room = alice.public_room().await;
        bob.join(&room).await;
        let mut since = bob.token_now().await;
        for round in 0..kills {
            // Sooner and later, from before the first answer to well into them.
            let acknowledged = kill_in_the_middle(&mut server, &alice, &room, round, round * SENDS / kills / 2).await;
            check(&alice, &bob, &room, round, &acknowledged, &mut since).await;
        }
        server.end().await;
    });
}

fn txn(round: usize, number: usize) -> String {
    format!("{round}-{number}")
}

async fn send(alice: &TestClient, room: &str, txn: &str) -> Option<String> {
    let content = json!({ "msgtype": "m.text", "body": txn });
    let answer = alice.try_put(["rooms", room, "send", "m.room.message", txn], content).await.ok()?;
    Some(answer.string("event_id"))
}

/// Kills the server once this many of the sends were acknowledged; answers what was, by transaction
/// ID.
async fn kill_in_the_middle(
    server: &mut Binary,
    alice: &TestClient,
    room: &str,
    round: usize,
    after: usize,
) -> BTreeMap<String, String> {
    let (acknowledge, mut acknowledgments) = tokio::sync::mpsc::unbounded_channel();
    let sends: Vec<_> = (0..SENDS)
        .map(|number| {
            let (txn, acknowledge) = (txn(round, number), acknowledge.clone());
            async move {
                let event_id = send(alice, room, &txn).await?;
                acknowledge.send(()).ok();
                Some((txn, event_id))
            }
        })
        .collect();
    drop(acknowledge);
    let kill = async {
        for _ in 0..after {
            if acknowledgments.recv().await.is_none() {
                break;
            }
        }
        server.kill();
    };
    let (sent, ()) = tokio::join!(join_all(sends), kill);
    server.restart().await;
    sent.into_iter().flatten().collect()
}

async fn check(
    alice: &TestClient,
    bob: &TestClient,
    room: &str,
    round: usize,
    acknowledged: &BTreeMap<String, String>,
    since: &mut String,
) {
    let sent = join_all((0..SENDS).map(|number| async move {
        let txn = txn(round, number);
        let event_id = send(alice, room, &txn).await.unwrap();
        (txn, event_id)
    }));
    let sent: BTreeMap<String, String> = sent.await.into_iter().collect();
    for (txn, event_id) in acknowledged {
        assert_eq!(sent.get(txn), Some(event_id), "{txn} has the event it had");
    }

    // From the token of before the crash on, every message comes exactly once.
    let mut received: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let filter = json!({ "room": { "timeline": { "limit": 500 } } });
    let sync = async {
        while received.len() < SENDS {
            let sync = bob.sync().since(since).filter(&filter).timeout(PATIENCE).await;
            *since = sync.next_batch();
            for event in sync.timeline(room) {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                received.entry(text(&event["content"]["body"])).or_default().push(text(&event["event_id"]));
            }
        }
    };
    tokio::time::timeout(PATIENCE, sync).await.expect("all messages come");
    let expected: BTreeMap<_, _> = sent.into_iter().map(|(txn, event_id)| (txn, vec![event_id])).collect();
    assert_eq!(received, expected);
}
