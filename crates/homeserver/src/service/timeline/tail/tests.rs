use ruma::{
    OwnedEventId, OwnedRoomId, UserId,
    api::client::room::create_room::v3::{Request, RoomPreset},
    server_name, user_id,
};
use serde_json::{Value, json};

use super::{BYTES, Kept, Tail};
use crate::{
    Config,
    environment::Environment,
    service::{
        push::Push,
        rooms::{RequestKey, Rooms},
    },
    storage::{Storage, Stream, StreamPosition, tests::Scratch},
};

fn alice() -> &'static UserId {
    user_id!("@alice:test")
}

/// Alice's room, and a tail that begins behind its first events.
struct World {
    _scratch: Scratch,
    storage: Storage,
    rooms: Rooms,
    room: OwnedRoomId,
    tail: Tail,
    start: StreamPosition,
}

impl World {
    async fn new() -> Self {
        let scratch = Scratch::new();
        let storage = scratch.open().await.unwrap();
        let config = Config::new(server_name!("test").to_owned(), std::env::temp_dir());
        let push = Push::new(storage.clone(), Tail::new(storage.clone()), config.server_name.clone());
        let rooms = Rooms::open(&config, storage.clone(), Environment::system(), push).await.unwrap();
        let mut request = Request::new();
        request.preset = Some(RoomPreset::PublicChat);
        let room = rooms.create(alice(), &request).await.unwrap();
        let (tail, start) = (Tail::new(storage.clone()), storage.streams().current(Stream::Events));
        Self { _scratch: scratch, storage, rooms, room, tail, start }
    }

    fn now(&self) -> StreamPosition {
        self.storage.streams().current(Stream::Events)
    }

    async fn say(&self, content: Value) -> OwnedEventId {
        let content = content.to_string();
        let txn = self.request();
        self.rooms.send_message(&self.room, "m.room.message".into(), &content, txn, None).await.unwrap()
    }

    fn request(&self) -> RequestKey {
        let number = self.now().to_string();
        RequestKey {
            user_id: alice().to_owned(),
            device_id: "DEVICE".into(),
            path: format!("/{number}"),
            txn_id: number.into(),
        }
    }
}

#[tokio::test]
async fn a_stretch_is_given_as_far_as_it_was_reached() {
    let world = World::new().await;
    let first = world.say(json!({ "body": "one" })).await;
    let second =
        world.say(json!({ "body": "two", "m.relates_to": { "rel_type": "m.thread", "event_id": first } })).await;

    assert!(world.tail.between(world.start, world.now()).is_none());
    world.tail.reach(world.now()).await.unwrap();

    let stretch = world.tail.between(world.start, world.now()).unwrap();
    let ids: Vec<_> = stretch.events.iter().map(|event| &event.event_id).collect();
    assert_eq!(ids, [&first, &second]);
    assert!(!stretch.is_alone(&stretch.events[0]) && stretch.is_alone(&stretch.events[1]));
    assert_eq!(world.tail.between(world.start + 1, world.now()).unwrap().events.len(), 1);
    assert!(world.tail.between(world.start - 1, world.now()).is_none());
}

#[tokio::test]
async fn what_is_redacted_is_kept_as_it_is_then() {
    let world = World::new().await;
    let event = world.say(json!({ "body": "a slip" })).await;
    world.tail.reach(world.now()).await.unwrap();

    world.rooms.redact(&world.room, event, None, world.request()).await.unwrap();
    world.tail.reach(world.now()).await.unwrap();

    let stretch = world.tail.between(world.start, world.now()).unwrap();
    assert!(stretch.events[0].redacted_by.is_some());
    assert!(!String::from_utf8_lossy(&stretch.events[0].json).contains("slip"));
}

#[tokio::test]
async fn the_senders_of_a_room_are_known_as_far_as_they_are_kept() {
    let world = World::new().await;
    world.say(json!({ "body": "one" })).await;
    world.tail.reach(world.now()).await.unwrap();

    assert!(world.tail.senders(&world.room, world.now(), 1).all);
    let some = world.tail.senders(&world.room, world.now(), 2);
    assert!(!some.all && some.users.contains(alice()));
}

#[tokio::test]
async fn what_is_kept_is_bounded() {
    let world = World::new().await;
    world.say(json!({ "body": "x".repeat(20_000) })).await;
    world.tail.reach(world.now()).await.unwrap();
    let event = world.tail.between(world.start, world.now()).unwrap().events[0].clone();
    let mut kept = Kept::empty(0);

    for position in 1..=1_000 {
        let event = super::StoredEvent { position, ..(*event).clone() };
        kept.extend(Vec::new(), vec![event], position);
    }

    assert!(kept.bytes <= BYTES && kept.after > 0);
    assert!(kept.stretch(kept.after - 1, 1_000).is_none() && kept.stretch(kept.after, 1_000).is_some());
}
