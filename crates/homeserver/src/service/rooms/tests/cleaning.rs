use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use ruma::{MilliSecondsSinceUnixEpoch, RoomVersionId, UInt, events::StateEventType};

use super::{World, alice, bob, own, say, start_in};
use crate::{
    environment::{Clock, Environment, Randomness},
    service::rooms::Rooms,
    storage::{Storage, args},
};

/// A clock that a test moves.
#[derive(Debug)]
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> MilliSecondsSinceUnixEpoch {
        MilliSecondsSinceUnixEpoch(UInt::try_from(self.0.load(Ordering::Relaxed)).unwrap())
    }
}

#[derive(Debug)]
struct Counted(AtomicI64);

impl Randomness for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(u8::try_from(self.0.fetch_add(1, Ordering::Relaxed) % 200).unwrap());
    }
}

async fn number(storage: &Storage, sql: &'static str) -> i64 {
    storage.read().await.unwrap().fetch_one(sql, args![]).await.unwrap().get(0).unwrap()
}

/// Every group is counted as often as something stands on it, and there is none that nothing stands on.
async fn references_are_right(storage: &Storage) {
    let wrong = "SELECT COUNT(*) FROM state_groups own WHERE refs <= 0 OR refs <> \
                 (SELECT COUNT(*) FROM events WHERE state_after = own.state_group) + \
                 (SELECT COUNT(*) FROM state_groups above WHERE above.base = own.state_group)";
    assert_eq!(number(storage, wrong).await, 0);
    let missing = "SELECT COUNT(*) FROM events WHERE state_after NOT IN (SELECT state_group FROM state_groups)";
    assert_eq!(number(storage, missing).await, 0);
    let left = "SELECT COUNT(*) FROM state_group_entries \
                WHERE state_group NOT IN (SELECT state_group FROM state_groups)";
    assert_eq!(number(storage, left).await, 0);
}

async fn busy_room(rooms: &Rooms, world: &World) -> ruma::OwnedRoomId {
    let room_id = world.room(RoomVersionId::V12).await;
    rooms.join(own(&room_id, bob())).await.unwrap();
    for number in 0..70 {
        let place = (StateEventType::from("org.test"), (number % 7).to_string());
        let content = format!(r#"{{"number":{number}}}"#);
        rooms.send_state(&room_id, alice(), place, &content, None).await.unwrap();
        say(rooms, &room_id, bob(), "hello", format!("b{number}{room_id}")).await.unwrap();
    }
    room_id
}

#[tokio::test]
async fn nothing_is_left_of_a_room_that_all_have_forgotten() {
    let world = World::new().await;
    let rooms = &world.rooms;
    let (gone, kept) = (busy_room(rooms, &world).await, busy_room(rooms, &world).await);
    for user_id in [bob(), alice()] {
        rooms.leave(own(&gone, user_id)).await.unwrap();
        rooms.forget(&gone, user_id).await.unwrap();
    }

    rooms.purge_forgotten().await.unwrap();

    references_are_right(&world.storage).await;
    for table in [
        "rooms",
        "events",
        "state_groups",
        "current_state",
        "state_changes",
        "memberships",
        "membership_changes",
        "room_purges",
        "threads",
        "receipts",
        "notable_events",
        "notable_exceptions",
    ] {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE room_id = $1");
        let mut connection = world.storage.read().await.unwrap();
        let left: i64 = connection.fetch_one(sql, args![&gone]).await.unwrap().get(0).unwrap();
        assert_eq!(left, 0, "{table}");
    }
    assert_eq!(world.timeline(&kept).await.len(), 147);
    assert!(rooms.join(own(&gone, bob())).await.is_err());
}

#[tokio::test]
async fn a_room_that_someone_returns_to_stays() {
    let world = World::new().await;
    let rooms = &world.rooms;
    let room_id = busy_room(rooms, &world).await;
    for user_id in [bob(), alice()] {
        rooms.leave(own(&room_id, user_id)).await.unwrap();
        rooms.forget(&room_id, user_id).await.unwrap();
    }
    rooms.join(own(&room_id, alice())).await.unwrap();

    rooms.purge_forgotten().await.unwrap();

    assert_eq!(number(&world.storage, "SELECT COUNT(*) FROM room_purges").await, 0);
    say(rooms, &room_id, alice(), "back", "back".to_owned()).await.unwrap();
}

#[tokio::test]
async fn messages_expire_and_state_does_not() {
    let mut world = World::new().await;
    let day = 24 * 60 * 60 * 1000;
    let clock = Arc::new(Moved(AtomicI64::new(100 * day)));
    let environment = Environment::new(clock.clone(), Arc::new(Counted(AtomicI64::new(0))));
    world.rooms = start_in(&world.storage, environment).await;
    let rooms = &world.rooms;
    let (short, long) = (busy_room(rooms, &world).await, busy_room(rooms, &world).await);
    for (room_id, lifetime) in [(&short, 1_000), (&long, 100 * day)] {
        let place = (StateEventType::from("m.room.retention"), String::new());
        let content = format!(r#"{{"max_lifetime":{lifetime}}}"#);
        rooms.send_state(room_id, alice(), place, &content, None).await.unwrap();
    }

    // Whatever a room says, nothing goes within a day.
    clock.0.fetch_add(day / 2, Ordering::Relaxed);
    rooms.expire_messages().await.unwrap();
    assert_eq!(world.timeline(&short).await.len(), 148);

    clock.0.fetch_add(day, Ordering::Relaxed);
    let last = say(rooms, &short, bob(), "new", "new".to_owned()).await.unwrap();
    rooms.expire_messages().await.unwrap();

    references_are_right(&world.storage).await;
    let left = world.timeline(&short).await;
    assert!(left.iter().all(|event| event.state_key.is_some() || event.event_id == last));
    assert_eq!(left.len(), 79);
    assert_eq!(world.timeline(&long).await.len(), 148);
    // The room goes on.
    say(rooms, &short, bob(), "newer", "newer".to_owned()).await.unwrap();
}
