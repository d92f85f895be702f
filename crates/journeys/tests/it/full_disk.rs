//! A disk that takes nothing more: what is not stored is not shown, and what was begun is done again.

use ruma::OwnedRoomId;
use trellis_model::protocol::{Command, Draft, DraftMode, Refusal, SyncStatus};

use crate::harness::{Device, Person, journey};

#[test]
fn nothing_is_shown_that_could_not_be_stored() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let room_id = ann.create_room("Garden", &[&ben]).await;
        ben.accept(&room_id).await;
        ann.show(&room_id).await;
        ben.show(&room_id).await;
        ann.say(&room_id, "before").await;
        ben.reads(&["before"]).await;

        ben.device.disk.room.for_commits(0);
        let draft = Draft { body: "lost?".to_owned(), mentions: Vec::new(), mode: DraftMode::Message };
        let send = Command::SendMessage { room_id: room_id.clone(), transaction_id: "t1".into(), draft };
        assert_eq!(ben.ask(send.clone()).await, Err(Refusal::StorageFull));
        ann.say(&room_id, "meanwhile").await;
        ben.until("that the disk is full", |shown| shown.status == Some(SyncStatus::Error(Refusal::StorageFull))).await;
        ben.reads(&["before"]).await;

        ben.device.disk.room.enough();
        ben.reads(&["before", "meanwhile"]).await;
        ben.live().await;
        assert_eq!(ben.ask(send).await, Ok(trellis_model::protocol::Reply::Done));
        ann.reads(&["before", "meanwhile", "lost?"]).await;
    });
}

#[test]
fn a_client_that_ended_between_two_slices_of_a_response_has_everything_once() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let mut rooms: Vec<OwnedRoomId> = Vec::new();
        for number in 0..90 {
            rooms.push(ann.create_room(&format!("Garden {number}"), &[]).await);
        }
        for room_id in [&rooms[0], &rooms[89]] {
            ann.show(room_id).await;
            ann.say(room_id, "once").await;
            ann.event_id_of("once").await;
        }

        // That the device has keys and the first of two slices find room, the second does not.
        let device = Device::log_in(network, "ann").await;
        let room = device.disk.room.clone();
        room.for_commits(2);
        let other = device.open().await;
        other
            .until("that the disk is full", |shown| {
                shown.status == Some(SyncStatus::Error(Refusal::StorageFull)) && shown.rooms.rows().count() > 0
            })
            .await;
        let some = other.page.shown().rooms.rows().count();
        let device = other.close().await;
        room.enough();

        let other = device.open().await;
        other.until("every room", |shown| rooms.iter().all(|room_id| shown.tile(room_id).is_some())).await;
        assert!(some > 0 && some < rooms.len(), "{some} rooms were stored at first");
        for room_id in [&rooms[0], &rooms[89]] {
            other.show(room_id).await;
            other.reads(&["once"]).await;
        }
    });
}
