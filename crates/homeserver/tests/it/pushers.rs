//! Users are told of what they are notified of, by push gateways and in a list.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, extract::State, http::StatusCode, routing::post};
use serde_json::{Value, json};
use tokio::sync::Notify;
use trellis_homeserver::Config;

use crate::harness::{PATIENCE, TestClient, TestServer};

on_both!(
    private: a_pusher_is_set_listed_and_removed,
    a_pusher_that_cannot_be_is_refused,
    a_gateway_is_told_of_an_event,
    a_gateway_may_be_told_the_id_only,
    events_arrive_in_order,
    what_is_read_clears_the_badge,
    a_badge_that_is_not_taken_is_told_again,
    no_event_waits_for_a_badge,
    events_overtake_a_badge_that_failed,
    a_gateway_that_fails_is_asked_again,
    pushes_survive_a_restart,
    a_rejected_pusher_is_removed,
    a_pusher_belongs_to_one_user_unless_it_is_appended,
    a_pusher_goes_with_its_device,
    an_invitation_is_told,
    nobody_is_told_of_what_they_muted,
    notifications_are_listed,
);

fn private(config: &mut Config) {
    config.allow_private_push_gateways = true;
}

/// A push gateway that notes what it is told.
#[derive(Clone)]
struct Gateway {
    url: String,
    told: Arc<Told>,
}

#[derive(Default)]
struct Told {
    calls: Mutex<VecDeque<Value>>,
    called: Notify,
    /// What to answer; 200 and nothing rejected where there is none.
    answers: Mutex<VecDeque<(u16, Value)>>,
    /// What tells of no event is not answered.
    silent_on_badges: AtomicBool,
}

impl Gateway {
    async fn start() -> Self {
        let told = Arc::new(Told::default());
        let app = Router::new().route("/_matrix/push/v1/notify", post(Self::notify)).with_state(told.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/_matrix/push/v1/notify", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, told }
    }

    async fn notify(State(told): State<Arc<Told>>, body: String) -> (StatusCode, String) {
        let body: Value = serde_json::from_str(&body).unwrap();
        let is_silent = told.silent_on_badges.load(Ordering::Relaxed) && body["notification"]["event_id"].is_null();
        if is_silent {
            told.calls.lock().unwrap().push_back(body["notification"].clone());
            told.called.notify_one();
            return std::future::pending().await;
        }
        let answer = told.answers.lock().unwrap().pop_front();
        let (status, answer) = answer.unwrap_or_else(|| (200, json!({ "rejected": [] })));
        told.calls.lock().unwrap().push_back(body["notification"].clone());
        told.called.notify_one();
        (StatusCode::from_u16(status).unwrap(), answer.to_string())
    }

    fn answer(&self, status: u16, body: Value) {
        self.told.answers.lock().unwrap().push_back((status, body));
    }

    /// The next thing it is told.
    async fn next(&self) -> Value {
        let call = async {
            loop {
                let called = self.told.called.notified();
                if let Some(call) = self.told.calls.lock().unwrap().pop_front() {
                    return call;
                }
                called.await;
            }
        };
        tokio::time::timeout(PATIENCE, call).await.expect("the gateway is told")
    }

    /// The next event it is told of.
    async fn next_event(&self) -> Value {
        loop {
            let call = self.next().await;
            if call["event_id"].is_string() {
                return call;
            }
        }
    }
}

fn pusher(gateway: &Gateway, key: &str) -> Value {
    json!({
        "app_id": "org.example.app",
        "pushkey": key,
        "kind": "http",
        "app_display_name": "App",
        "device_display_name": "Phone",
        "lang": "en",
        "data": { "url": gateway.url, "brand": "x" },
    })
}

async fn set(client: &TestClient, body: Value) {
    client.post(["pushers", "set"], body).await.ok();
}

/// Bob with a pusher, in a room with Alice.
async fn meet(server: &TestServer) -> (TestClient, TestClient, String, Gateway) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let room = alice.create_room(json!({ "preset": "public_chat", "name": "A room" })).await;
    bob.join(&room).await;
    let gateway = Gateway::start().await;
    set(&bob, pusher(&gateway, "key")).await;
    (alice, bob, room, gateway)
}

async fn a_pusher_is_set_listed_and_removed(server: &TestServer) {
    let alice = server.register("alice").await;
    let gateway = Gateway::start().await;
    assert_eq!(alice.get(["pushers"]).await.ok(), json!({ "pushers": [] }));

    set(&alice, pusher(&gateway, "one")).await;
    set(&alice, pusher(&gateway, "two")).await;
    let mut changed = pusher(&gateway, "one");
    changed["lang"] = "de".into();
    set(&alice, changed.clone()).await;

    let listed = alice.get(["pushers"]).await.ok();
    assert_eq!(listed["pushers"], json!([changed, pusher(&gateway, "two")]));
    set(&alice, json!({ "app_id": "org.example.app", "pushkey": "one", "kind": null })).await;
    assert_eq!(alice.get(["pushers"]).await.ok()["pushers"].as_array().unwrap().len(), 1);
    server.stranger().get(["pushers"]).await.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn a_pusher_that_cannot_be_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let gateway = Gateway::start().await;
    let good = pusher(&gateway, "key");
    let with = |path: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(path).unwrap() = value;
        body
    };

    for body in [
        with("/data/url", "https://example.org/elsewhere".into()),
        with("/data/url", "ftp://example.org/_matrix/push/v1/notify".into()),
        with("/data/url", "nonsense".into()),
        with("/app_id", "x".repeat(65).into()),
        with("/pushkey", "x".repeat(513).into()),
        with("/pushkey", "a\u{0}b".into()),
        json!({ "app_id": "m.email", "pushkey": "a@b.c", "kind": "email", "app_display_name": "", "lang": "",
            "device_display_name": "", "data": {} }),
    ] {
        alice.post(["pushers", "set"], body).await.assert_errcode(400, "M_INVALID_PARAM");
    }
    let answer = alice.post(["pushers", "set"], json!({ "app_id": "a", "pushkey": "b", "kind": "http" })).await;
    answer.assert_errcode(400, "M_BAD_JSON");
}

async fn a_gateway_is_told_of_an_event(server: &TestServer) {
    let (alice, bob, room, gateway) = meet(server).await;

    let event_id = alice.say(&room, "hello bob").await;
    let told = gateway.next().await;

    assert_eq!(told["event_id"], event_id);
    assert_eq!((&told["id"], &told["membership"]), (&told["event_id"], &Value::Null));
    assert_eq!(told["room_id"], room);
    assert_eq!(told["type"], "m.room.message");
    assert_eq!(told["sender"], alice.user_id);
    assert_eq!(told["sender_display_name"], "alice");
    assert_eq!(told["room_name"], "A room");
    assert_eq!(told["content"]["body"], "hello bob");
    assert_eq!(told["counts"], json!({ "unread": 1 }));
    let device = &told["devices"][0];
    assert_eq!((&device["app_id"], &device["pushkey"]), (&json!("org.example.app"), &json!("key")));
    assert_eq!(device["data"], json!({ "brand": "x" }));
    assert!(device["pushkey_ts"].is_u64());

    let mention = json!({ "msgtype": "m.text", "body": "bob", "m.mentions": { "user_ids": [bob.user_id] } });
    alice.send_event(&room, "m.room.message", mention).await;
    let told = gateway.next_event().await;
    assert_eq!(told["devices"][0]["tweaks"], json!({ "highlight": true, "sound": "default" }));
    assert_eq!(told["counts"], json!({ "unread": 2 }));
    assert_eq!(told["prio"], Value::Null);
}

async fn a_gateway_may_be_told_the_id_only(server: &TestServer) {
    let (alice, bob, room, gateway) = meet(server).await;
    let mut short = pusher(&gateway, "key");
    short["data"]["format"] = "event_id_only".into();
    set(&bob, short).await;

    let event_id = alice.say(&room, "secret").await;
    let mut told = gateway.next_event().await;

    told["devices"][0].as_object_mut().unwrap().remove("pushkey_ts");
    told["devices"][0].as_object_mut().unwrap().remove("tweaks");
    told.as_object_mut().unwrap().remove("prio");
    let device = json!({
        "app_id": "org.example.app",
        "pushkey": "key",
        "data": { "brand": "x", "format": "event_id_only" },
    });
    let expected = json!({ "event_id": event_id, "room_id": room, "counts": { "unread": 1 }, "devices": [device] });
    assert_eq!(told, expected);
}

async fn events_arrive_in_order(server: &TestServer) {
    let (alice, _, room, gateway) = meet(server).await;

    let mut sent = Vec::new();
    for number in 0..10 {
        sent.push(alice.say(&room, &number.to_string()).await);
    }

    for event_id in sent {
        assert_eq!(gateway.next_event().await["event_id"], event_id);
    }
}

async fn what_is_read_clears_the_badge(server: &TestServer) {
    let (alice, bob, room, gateway) = meet(server).await;
    let event_id = alice.say(&room, "read me").await;
    gateway.next_event().await;

    bob.post(["rooms", &room, "receipt", "m.read", &event_id], json!({})).await.ok();
    let told = gateway.next().await;

    assert_eq!(told["event_id"], Value::Null);
    assert_eq!(told["counts"], json!({ "unread": 0 }));
    assert_eq!(told["devices"][0]["pushkey"], "key");
}

async fn a_badge_that_is_not_taken_is_told_again(server: &TestServer) {
    let (alice, bob, room, gateway) = meet(server).await;
    let event_id = alice.say(&room, "read me").await;
    gateway.next_event().await;
    gateway.answer(500, json!({}));

    bob.post(["rooms", &room, "receipt", "m.read", &event_id], json!({})).await.ok();

    for _ in 0..2 {
        let told = gateway.next().await;
        assert_eq!((&told["event_id"], &told["counts"]), (&Value::Null, &json!({ "unread": 0 })));
    }
}

/// Less than a gateway may take to answer.
const SOON: Duration = Duration::from_secs(20);

async fn no_event_waits_for_a_badge(server: &TestServer) {
    let (alice, bob, room, gateway) = meet(server).await;
    gateway.told.silent_on_badges.store(true, Ordering::Relaxed);
    let mut last = alice.say(&room, "first").await;
    gateway.next_event().await;

    for text in ["second", "third"] {
        bob.post(["rooms", &room, "receipt", "m.read", &last], json!({})).await.ok();
        assert_eq!(gateway.next().await["counts"], json!({ "unread": 0 }));
        let asked = Instant::now();
        last = alice.say(&room, text).await;
        let told = gateway.next_event().await;

        assert_eq!((&told["event_id"], &told["counts"]), (&json!(last), &json!({ "unread": 1 })));
        assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    }
}

async fn events_overtake_a_badge_that_failed(server: &TestServer) {
    let (alice, bob, room, gateway) = meet(server).await;
    let mut last = alice.say(&room, "first").await;
    gateway.next_event().await;
    // After so many failures in a row it waits for longer than the test.
    for _ in 0..4 {
        gateway.answer(500, json!({}));
    }
    bob.post(["rooms", &room, "receipt", "m.read", &last], json!({})).await.ok();
    for _ in 0..4 {
        assert_eq!(gateway.next().await["event_id"], Value::Null);
    }

    let asked = Instant::now();
    last = alice.say(&room, "second").await;

    assert_eq!(gateway.next_event().await["event_id"], last);
    assert!(asked.elapsed() < Duration::from_secs(7), "{:?}", asked.elapsed());
}

async fn a_gateway_that_fails_is_asked_again(server: &TestServer) {
    let (alice, _, room, gateway) = meet(server).await;
    gateway.answer(502, json!({}));

    let first = alice.say(&room, "first").await;
    assert_eq!(gateway.next_event().await["event_id"], first);
    let second = alice.say(&room, "second").await;

    // Nothing overtakes what was not taken.
    assert_eq!(gateway.next_event().await["event_id"], first);
    assert_eq!(gateway.next_event().await["event_id"], second);
}

async fn pushes_survive_a_restart(server: &TestServer) {
    let (alice, _, room, gateway) = meet(server).await;
    gateway.answer(500, json!({}));
    let first = alice.say(&room, "first").await;
    gateway.next_event().await;

    server.restart().await;
    assert_eq!(gateway.next_event().await["event_id"], first);
    let second = alice.say(&room, "second").await;
    // A call whose answer the restart cut off is repeated.
    let mut next = gateway.next_event().await;
    while next["event_id"] == first {
        next = gateway.next_event().await;
    }
    assert_eq!(next["event_id"], second);
}

async fn a_rejected_pusher_is_removed(server: &TestServer) {
    let (alice, bob, room, gateway) = meet(server).await;
    set(&bob, pusher(&gateway, "another")).await;
    gateway.answer(200, json!({ "rejected": ["key", "another"] }));

    alice.say(&room, "one").await;

    let gone = async {
        while bob.get(["pushers"]).await.ok()["pushers"].as_array().unwrap().len() != 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("the pusher is removed");
}

async fn a_pusher_belongs_to_one_user_unless_it_is_appended(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let gateway = Gateway::start().await;
    let count = async |client: &TestClient| client.get(["pushers"]).await.ok()["pushers"].as_array().unwrap().len();
    set(&alice, pusher(&gateway, "key")).await;

    let mut appended = pusher(&gateway, "key");
    appended["append"] = true.into();
    set(&bob, appended).await;
    assert_eq!((count(&alice).await, count(&bob).await), (1, 1));
    set(&bob, pusher(&gateway, "key")).await;
    assert_eq!((count(&alice).await, count(&bob).await), (0, 1));
}

async fn a_pusher_goes_with_its_device(server: &TestServer) {
    let phone = server.register("alice").await;
    let laptop = server.log_in("alice").await;
    set(&phone, pusher(&Gateway::start().await, "key")).await;

    phone.post(["logout"], json!({})).await.ok();

    assert_eq!(laptop.get(["pushers"]).await.ok(), json!({ "pushers": [] }));
}

async fn an_invitation_is_told(server: &TestServer) {
    let (alice, bob, _, gateway) = meet(server).await;
    let room = alice.create_room(json!({ "preset": "private_chat" })).await;

    alice.invite(&room, &bob.user_id).await;
    let told = gateway.next_event().await;

    assert_eq!((&told["type"], &told["room_id"]), (&json!("m.room.member"), &json!(room)));
    assert_eq!(told["user_is_target"], true);
}

async fn nobody_is_told_of_what_they_muted(server: &TestServer) {
    let (alice, bob, room, gateway) = meet(server).await;
    let other = alice.public_room().await;
    bob.join(&other).await;
    bob.put(["pushrules", "global", "room", &room], json!({ "actions": [] })).await.ok();

    alice.say(&room, "muted").await;
    let heard = alice.say(&other, "heard").await;

    assert_eq!(gateway.next_event().await["event_id"], heard);
}

async fn notifications_are_listed(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let room = alice.public_room().await;
    alice.say(&room, "before bob").await;
    bob.join(&room).await;
    let mut sent = Vec::new();
    for number in 0..4 {
        sent.push(alice.say(&room, &number.to_string()).await);
    }
    let mention = json!({ "msgtype": "m.text", "body": "bob", "m.mentions": { "user_ids": [bob.user_id] } });
    sent.push(alice.send_event(&room, "m.room.message", mention).await);
    bob.post(["rooms", &room, "receipt", "m.read", &sent[1]], json!({})).await.ok();
    let ids = |page: &Value| -> Vec<String> {
        let list = page["notifications"].as_array().unwrap();
        list.iter().map(|one| one["event"]["event_id"].as_str().unwrap().to_owned()).collect()
    };

    let first = bob.query(["notifications"], &[("limit", "3")]).await.ok();
    assert_eq!(ids(&first), [&sent[4], &sent[3], &sent[2]].map(String::as_str));
    let newest = &first["notifications"][0];
    assert_eq!((&newest["read"], &newest["room_id"]), (&json!(false), &json!(room)));
    assert!(newest["actions"].as_array().unwrap().contains(&json!("notify")));
    let token = first["next_token"].as_str().unwrap();
    let second = bob.query(["notifications"], &[("from", token)]).await.ok();
    assert_eq!(ids(&second), [&sent[1], &sent[0]].map(String::as_str));
    assert_eq!(second["notifications"][0]["read"], true);
    let highlights = bob.query(["notifications"], &[("only", "highlight")]).await.ok();
    assert_eq!(ids(&highlights), [sent[4].as_str()]);

    bob.query(["notifications"], &[("from", "x")]).await.assert_errcode(400, "M_INVALID_PARAM");
    server.stranger().get(["notifications"]).await.assert_errcode(401, "M_MISSING_TOKEN");
}
