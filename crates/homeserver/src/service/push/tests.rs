use ruma::{
    OwnedRoomId, UserId,
    api::client::room::create_room::v3::{Request, RoomPreset},
    push::{NewPatternedPushRule, NewPushRule, NewSimplePushRule},
    server_name, user_id,
};

use super::Push;
use crate::{
    Config,
    environment::Environment,
    service::{
        account_data::AccountData,
        push_rules::PushRules,
        rooms::{MembershipRequest, RequestKey, Rooms},
        timeline::tail::Tail,
        unread::Count,
    },
    storage::{Storage, Stream, args, tests::Scratch},
};

fn alice() -> &'static UserId {
    user_id!("@alice:test")
}

/// Those who share Alice's room.
fn others() -> [&'static UserId; 4] {
    [user_id!("@bob:test"), user_id!("@carol:test"), user_id!("@dave:test"), user_id!("@eve:test")]
}

struct World {
    _scratch: Scratch,
    storage: Storage,
    push: Push,
    rooms: Rooms,
    rules: PushRules,
    room: OwnedRoomId,
}

impl World {
    async fn new() -> Self {
        let scratch = Scratch::new();
        let storage = scratch.open().await.unwrap();
        let config = Config::new(server_name!("test").to_owned(), std::env::temp_dir());
        let push = Push::new(storage.clone(), Tail::new(storage.clone()), config.server_name.clone());
        let rooms = Rooms::open(&config, storage.clone(), Environment::system(), push.clone()).await.unwrap();
        let mut request = Request::new();
        request.preset = Some(RoomPreset::PublicChat);
        let room = rooms.create(alice(), &request).await.unwrap();
        for user_id in others() {
            join(&rooms, &room, user_id).await;
        }
        let rules = PushRules::new(AccountData::new(storage.clone()), push.clone());
        Self { _scratch: scratch, storage, push, rooms, rules, room }
    }

    async fn say(&self, body: &str) -> ruma::OwnedEventId {
        let content = serde_json::json!({ "msgtype": "m.text", "body": body }).to_string();
        let request = RequestKey {
            user_id: alice().to_owned(),
            device_id: "DEVICE".into(),
            path: format!("/{body}"),
            txn_id: body.into(),
        };
        self.rooms.send_message(&self.room, "m.room.message".into(), &content, request, None).await.unwrap()
    }

    /// Notifications and highlights of each of the others.
    async fn counts(&self) -> Vec<(i64, i64)> {
        let mut connection = self.storage.read().await.unwrap();
        let now = self.storage.streams().current(Stream::Events);
        let mut counts = Vec::new();
        for user_id in others() {
            let unread = self.push.unread(&mut connection, user_id, &[&self.room], now).await.unwrap();
            let Count { notifications, highlights } =
                unread.get(&self.room).map(|unread| unread.total()).unwrap_or_default();
            counts.push((notifications, highlights));
        }
        counts
    }

    /// Asserts the counts before and after the events were looked at.
    async fn assert_counts(&self, expected: [(i64, i64); 4]) {
        assert_eq!(self.counts().await, expected, "before");
        self.push.catch_up().await.unwrap();
        assert_eq!(self.counts().await, expected, "after");
    }

    async fn rows(&self, table: &'static str) -> i64 {
        let mut connection = self.storage.read().await.unwrap();
        let sql = format!("SELECT COUNT(*) FROM {table}");
        connection.fetch_one(sql, args![]).await.unwrap().get(0).unwrap()
    }
}

async fn join(rooms: &Rooms, room: &ruma::RoomId, user_id: &UserId) {
    let request = MembershipRequest { room_id: room, sender: user_id, target: user_id, reason: None };
    rooms.join(request).await.unwrap();
}

#[tokio::test]
async fn a_count_is_the_same_before_and_after_its_event_was_looked_at() {
    let world = World::new().await;
    world.assert_counts([(0, 0); 4]).await;

    world.say("one").await;
    world.say("two").await;
    world.assert_counts([(2, 0); 4]).await;
    world.say("three").await;
    world.assert_counts([(3, 0); 4]).await;
}

#[tokio::test]
async fn an_event_that_means_the_same_to_all_is_one_row() {
    let world = World::new().await;

    world.say("hello").await;
    world.push.catch_up().await.unwrap();

    assert_eq!(world.rows("notable_events").await, 1);
    assert_eq!(world.rows("notable_exceptions").await, 0);
}

#[tokio::test]
async fn those_with_other_rules_are_exceptions() {
    let world = World::new().await;
    let [_, carol, dave, _] = others();
    let room_rule = NewPushRule::Room(NewSimplePushRule::new(world.room.clone(), Vec::new()));
    world.rules.insert(carol, room_rule, None, None).await.unwrap();
    let highlight = vec![
        ruma::push::Action::Notify,
        ruma::push::Action::SetTweak(ruma::push::Tweak::Highlight(ruma::push::HighlightTweakValue::Yes)),
    ];
    let content_rule = NewPatternedPushRule::new("tea".into(), "tea".into(), highlight);
    world.rules.insert(dave, NewPushRule::Content(content_rule), None, None).await.unwrap();

    world.say("time for tea").await;
    world.say("or coffee").await;

    world.assert_counts([(2, 0), (0, 0), (2, 1), (2, 0)]).await;
    assert_eq!(world.rows("notable_exceptions").await, 3);
}

#[tokio::test]
async fn what_is_redacted_is_not_counted_whenever_that_happens() {
    let world = World::new().await;
    let request = |path: &str| RequestKey {
        user_id: alice().to_owned(),
        device_id: "DEVICE".into(),
        path: path.into(),
        txn_id: path.into(),
    };
    let early = world.say("early").await;
    world.push.catch_up().await.unwrap();
    world.rooms.redact(&world.room, early, None, request("r1")).await.unwrap();
    world.assert_counts([(0, 0); 4]).await;

    let late = world.say("late").await;
    world.rooms.redact(&world.room, late, None, request("r2")).await.unwrap();
    world.assert_counts([(0, 0); 4]).await;
}

#[tokio::test]
async fn following_twice_counts_once() {
    let world = World::new().await;
    world.say("hello").await;

    let (one, other) = (world.push.clone(), world.push.clone());
    tokio::try_join!(one.catch_up(), other.catch_up()).unwrap();

    world.assert_counts([(1, 0); 4]).await;
}
