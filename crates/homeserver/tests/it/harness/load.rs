//! People who write at the same time, and try again what was not acknowledged, as clients do; and the proof that all
//! of it is there, and once.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Answer, PATIENCE, SyncAnswer, TestClient, sync::events};

const ROOMS: usize = 3;

/// What is written; each has someone of their own who does nothing else.
const WORK: [Work; 9] = [
    Work::Message(0),
    Work::Message(0),
    Work::Message(1),
    Work::Message(1),
    Work::Message(2),
    Work::ToDevice,
    Work::AccountData,
    Work::State,
    Work::Upload,
];

const COUNT: &str = "org.example.count";

#[derive(Clone, Copy, PartialEq)]
enum Work {
    /// To one of the rooms.
    Message(usize),
    ToDevice,
    /// The last one counts.
    AccountData,
    /// The last one counts.
    State,
    Upload,
}

/// The one who writes, the one who reads, and what they know.
pub(crate) struct Load {
    alice: TestClient,
    bob: TestClient,
    rooms: Vec<String>,
    since: Mutex<String>,
    received: Mutex<Received>,
    /// The answers to each work, in their order.
    acknowledged: Mutex<Vec<Vec<Value>>>,
    refusals: Mutex<Vec<(u16, Value)>>,
    done: AtomicBool,
    count: watch::Sender<usize>,
    recoveries: watch::Sender<usize>,
}

#[derive(Default)]
struct Received {
    /// Transaction and event ID of each message of a room.
    messages: BTreeMap<String, Vec<(String, String)>>,
    to_device: Vec<String>,
}

fn txn(writer: usize, number: usize) -> String {
    format!("{writer}-{number}")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Load {
    /// Makes accounts and rooms on a server whose clients `client` makes.
    pub(crate) async fn prepare(client: impl Fn() -> TestClient) -> Self {
        let (alice, bob) = (client().register("alice").await, client().register("bob").await);
        let mut rooms = Vec::new();
        for _ in 0..ROOMS {
            let room = alice.public_room().await;
            bob.join(&room).await;
            rooms.push(room);
        }
        let since = Mutex::new(bob.token_now().await);
        Self {
            alice,
            bob,
            rooms,
            since,
            received: Mutex::default(),
            acknowledged: Mutex::new(vec![Vec::new(); WORK.len()]),
            refusals: Mutex::default(),
            done: AtomicBool::new(false),
            count: watch::Sender::new(0),
            recoveries: watch::Sender::new(0),
        }
    }

    /// The one who writes.
    pub(crate) fn writer(&self) -> TestClient {
        self.alice.clone()
    }

    /// One of the rooms that are written to.
    pub(crate) fn room(&self) -> &str {
        &self.rooms[0]
    }

    /// Writes and reads until `meanwhile` is over, and everything that was begun is acknowledged.
    pub(crate) async fn run<T>(&self, meanwhile: impl Future<Output = T>) -> T {
        self.done.store(false, Ordering::Relaxed);
        let writing = join_all((0..WORK.len()).map(|writer| self.write(writer)));
        let work = async {
            let meanwhile = async {
                let output = meanwhile.await;
                self.done.store(true, Ordering::Relaxed);
                output
            };
            tokio::join!(writing, meanwhile).1
        };
        tokio::select! {
            output = work => output,
            () = self.read() => unreachable!("there is always more to read"),
        }
    }

    /// Waits until so much more is acknowledged.
    pub(crate) async fn acknowledged(&self, more: usize) {
        let mut count = self.count.subscribe();
        let enough = *count.borrow_and_update() + more;
        let waited = tokio::time::timeout(PATIENCE, count.wait_for(|count| *count >= enough)).await;
        waited.expect("what is sent is acknowledged").unwrap();
    }

    /// Tells those who were refused, or not answered, to try again.
    pub(crate) fn recovered(&self) {
        self.recoveries.send_modify(|recoveries| *recoveries += 1);
    }

    /// Waits until someone is refused.
    pub(crate) async fn refused(&self) {
        let refused = async {
            while self.refusals.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, refused).await.expect("someone is refused");
    }

    /// Status and body of each refusal, since it was asked last.
    pub(crate) fn refusals(&self) -> Vec<(u16, Value)> {
        std::mem::take(&mut self.refusals.lock().unwrap())
    }

    async fn write(&self, writer: usize) {
        while !self.done.load(Ordering::Relaxed) {
            let number = self.acknowledged.lock().unwrap()[writer].len();
            let answer = self.insist(writer, number).await;
            self.acknowledged.lock().unwrap()[writer].push(answer);
            self.count.send_modify(|count| *count += 1);
        }
    }

    /// Tries until it is acknowledged.
    async fn insist(&self, writer: usize, number: usize) -> Value {
        let mut recoveries = self.recoveries.subscribe();
        loop {
            let before = *recoveries.borrow_and_update();
            match self.attempt(writer, number).await {
                Ok(answer) if answer.status.is_success() => return answer.body,
                Ok(answer) => self.refusals.lock().unwrap().push((answer.status.as_u16(), answer.body)),
                Err(_) => {}
            }
            recoveries.wait_for(|now| *now > before).await.unwrap();
        }
    }

    async fn attempt(&self, writer: usize, number: usize) -> Result<Answer, reqwest::Error> {
        let (alice, txn) = (&self.alice, txn(writer, number));
        match WORK[writer] {
            Work::Message(room) => {
                let content = json!({ "msgtype": "m.text", "body": txn });
                let path = ["rooms", &self.rooms[room], "send", "m.room.message", &txn];
                alice.try_request(Method::PUT, path, content).await
            }
            Work::ToDevice => {
                let body = json!({ "messages": { &self.bob.user_id: { "*": { "txn": txn } } } });
                alice.try_request(Method::PUT, ["sendToDevice", COUNT, &txn], body).await
            }
            Work::AccountData => {
                let path = ["user", &alice.user_id, "account_data", COUNT];
                alice.try_request(Method::PUT, path, json!({ "number": number })).await
            }
            Work::State => {
                let path = ["rooms", &self.rooms[0], "state", COUNT, ""];
                alice.try_request(Method::PUT, path, json!({ "number": number })).await
            }
            Work::Upload => alice.try_raw(Method::POST, "/_matrix/media/v3/upload", json!({ "number": number })).await,
        }
    }

    /// Syncs on and on.
    async fn read(&self) {
        let mut recoveries = self.recoveries.subscribe();
        loop {
            let before = *recoveries.borrow_and_update();
            if !self.read_once(Duration::from_secs(20)).await {
                recoveries.wait_for(|now| *now > before).await.unwrap();
            }
        }
    }

    /// Takes in one sync; says whether there was an answer.
    async fn read_once(&self, timeout: Duration) -> bool {
        let filter = json!({ "room": { "timeline": { "limit": 1_000 } } });
        let since = self.since.lock().unwrap().clone();
        let answer = self.bob.sync().since(&since).filter(&filter).timeout(timeout).try_answer().await;
        let Some(answer) = answer.ok().filter(|answer| answer.status.is_success()) else { return false };
        let sync = SyncAnswer(answer.ok());
        *self.since.lock().unwrap() = sync.next_batch();
        let mut received = self.received.lock().unwrap();
        received.to_device.extend(events(&sync["to_device"]).iter().map(|event| text(&event["content"]["txn"])));
        for room in &self.rooms {
            assert_ne!(sync.joined(room)["timeline"]["limited"], true, "a sync has all of what is new");
            let messages = sync.timeline(room).iter().filter(|event| event["type"] == "m.room.message");
            let parts = messages.map(|event| (text(&event["content"]["body"]), text(&event["event_id"])));
            received.messages.entry(room.clone()).or_default().extend(parts);
        }
        true
    }

    /// Asserts that everything that was acknowledged is there once, and nothing else.
    pub(crate) async fn check(&self) {
        let acknowledged = self.acknowledged.lock().unwrap().clone();
        let all: usize =
            WORK.iter().zip(&acknowledged).filter(|(work, _)| is_read(**work)).map(|(_, done)| done.len()).sum();
        let catching_up = async {
            while self.received.lock().unwrap().count() < all {
                assert!(self.read_once(PATIENCE).await, "the server answers");
            }
            // Nothing comes twice later on either.
            assert!(self.read_once(Duration::ZERO).await, "the server answers");
        };
        tokio::time::timeout(PATIENCE, catching_up).await.expect("all that was acknowledged comes with the sync");
        for (writer, (work, answers)) in WORK.iter().zip(&acknowledged).enumerate() {
            self.check_work(writer, *work, answers).await;
        }
    }

    async fn check_work(&self, writer: usize, work: Work, answers: &[Value]) {
        let prefix = format!("{writer}-");
        let expected: Vec<String> = (0..answers.len()).map(|number| txn(writer, number)).collect();
        let last = json!({ "number": answers.len().saturating_sub(1) });
        match work {
            Work::Message(room) => {
                let room = &self.rooms[room];
                let ids: Vec<String> = answers.iter().map(|answer| text(&answer["event_id"])).collect();
                let sent: Vec<(String, String)> = expected.iter().cloned().zip(ids).collect();
                let of_writer = |(txn, _): &(String, String)| txn.starts_with(&prefix);
                let received = self.received.lock().unwrap().messages[room].clone();
                let received: Vec<_> = received.into_iter().filter(of_writer).collect();
                assert_eq!(received, sent, "a sync shows each message once, in the order in which they were sent");
                let history: Vec<_> = self.history(room).await.into_iter().filter(of_writer).collect();
                assert_eq!(history, sent, "the history has each message once");
                for (number, (_, event_id)) in sent.iter().enumerate().rev().take(10) {
                    let repeated = self.attempt(writer, number).await.unwrap().string("event_id");
                    assert_eq!(&repeated, event_id, "a transaction that is repeated has the event it had");
                }
            }
            Work::ToDevice => {
                assert_eq!(self.received.lock().unwrap().to_device, expected, "each message reaches the device once");
            }
            Work::AccountData if !answers.is_empty() => {
                let path = ["user", &self.alice.user_id, "account_data", COUNT];
                assert_eq!(self.alice.get(path).await.ok(), last, "account data is as it was set last");
            }
            Work::State if !answers.is_empty() => {
                let path = ["rooms", &self.rooms[0], "state", COUNT, ""];
                assert_eq!(self.alice.get(path).await.ok(), last, "state is as it was set last");
            }
            Work::Upload => {
                for (number, answer) in answers.iter().enumerate() {
                    let uri = text(&answer["content_uri"]);
                    let path = format!("/_matrix/client/v1/media/download/{}", uri.trim_start_matches("mxc://"));
                    let content = self.bob.raw(Method::GET, &path, None).await.ok();
                    assert_eq!(content, json!({ "number": number }), "a file is what was uploaded");
                }
            }
            Work::AccountData | Work::State => {}
        }
    }

    /// Every message of a room, oldest first, a page at a time.
    async fn history(&self, room: &str) -> Vec<(String, String)> {
        let (mut found, mut from) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("dir", "f"), ("limit", "500")];
            query.extend(from.as_deref().map(|from| ("from", from)));
            let page = self.alice.query(["rooms", room, "messages"], &query).await.ok();
            for event in page["chunk"].as_array().unwrap().iter().filter(|event| event["type"] == "m.room.message") {
                found.push((text(&event["content"]["body"]), text(&event["event_id"])));
            }
            match page["end"].as_str() {
                Some(end) => from = Some(end.to_owned()),
                None => return found,
            }
        }
    }
}

impl Received {
    fn count(&self) -> usize {
        self.messages.values().map(Vec::len).sum::<usize>() + self.to_device.len()
    }
}

/// Whether what is written comes with a sync of its own.
fn is_read(work: Work) -> bool {
    matches!(work, Work::Message(_) | Work::ToDevice)
}
