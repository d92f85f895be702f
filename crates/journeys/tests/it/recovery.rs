//! Restarts, gaps, damage.

use ruma::RoomId;
use trellis_client::port::{Accounts, Batch, Record, Table};
use trellis_model::protocol::{Command, Edge, PaginationDirection, SubscriptionId, TimelineFocus};

use crate::harness::{Device, Person, TIMELINE, journey};

/// Sends without looking, and waits until the last message is there.
async fn talk(person: &Person, room_id: &RoomId, words: impl Iterator<Item = String>) {
    let mut last = String::new();
    for words in words {
        person.say(room_id, &words).await;
        last = words;
    }
    person
        .until_timeline(TIMELINE, "the last message", |timeline| {
            timeline.texts().last() == Some(&last) && timeline.shows(&last, |event| event.event_id.is_some())
        })
        .await;
}

/// Scrolls back until nothing is left.
async fn read_everything(person: &Person, subscription: SubscriptionId) {
    loop {
        person
            .until_timeline(subscription, "an edge at rest", |timeline| {
                timeline.edges.as_ref().is_some_and(|(start, _)| *start != Edge::Loading)
            })
            .await;
        let before = {
            let shown = person.page.shown();
            let timeline = &shown.timelines[&subscription];
            match &timeline.edges {
                Some((Edge::More, _)) => timeline.list.total,
                Some((Edge::End, _)) => return,
                other => panic!("cannot go on at {other:?}"),
            }
        };
        person.tell(Command::ExtendTimeline { subscription, direction: PaginationDirection::Backward, limit: 20 });
        person
            .until_timeline(subscription, "older messages", |timeline| {
                timeline.list.total > before || matches!(timeline.edges, Some((Edge::End | Edge::Failed(_), _)))
            })
            .await;
    }
}

#[test]
fn a_restarted_client_continues_where_it_was() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let room_id = ann.create_room("Garden", &[&ben]).await;
        ben.accept(&room_id).await;
        ann.show(&room_id).await;
        ben.show(&room_id).await;
        ann.say(&room_id, "before").await;
        ben.reads(&["before"]).await;

        let device = ben.close().await;
        ann.say(&room_id, "meanwhile").await;
        let ben = device.open().await;
        ben.show(&room_id).await;

        ben.reads(&["before", "meanwhile"]).await;
        ben.say(&room_id, "after").await;
        ann.reads(&["before", "meanwhile", "after"]).await;
    });
}

#[test]
fn a_limited_sync_leaves_a_gap_that_is_filled_completely() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let room_id = ann.create_room("Garden", &[&ben]).await;
        ben.accept(&room_id).await;
        ann.show(&room_id).await;
        ben.show(&room_id).await;
        talk(&ann, &room_id, (0..5).map(|number| format!("early {number}"))).await;
        ben.until_timeline(TIMELINE, "early messages", |timeline| timeline.texts().len() == 5).await;

        let device = ben.close().await;
        talk(&ann, &room_id, (0..130).map(|number| format!("late {number}"))).await;
        let ben = device.open().await;
        ben.show(&room_id).await;
        ben.until_timeline(TIMELINE, "the newest", |timeline| {
            timeline.texts().last().is_some_and(|last| last == "late 129")
        })
        .await;
        read_everything(&ben, TIMELINE).await;

        let all: Vec<String> = (0..5)
            .map(|number| format!("early {number}"))
            .chain((0..130).map(|number| format!("late {number}")))
            .collect();
        ben.until_timeline(TIMELINE, "everything in order", |timeline| timeline.texts() == all && timeline.gaps() == 0)
            .await;
        assert!(ben.page.shown().largest <= 64 * 1024);
    });
}

#[test]
fn a_gap_in_an_open_window_is_filled_by_itself() {
    journey(async |network| {
        let elsewhere = network.another().await;
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(&elsewhere, "ben").await;
        let room_id = ann.create_room("Garden", &[&ben]).await;
        ben.accept(&room_id).await;
        ann.show(&room_id).await;
        ben.show(&room_id).await;
        talk(&ann, &room_id, (0..3).map(|number| format!("early {number}"))).await;
        ben.until_timeline(TIMELINE, "early messages", |timeline| timeline.texts().len() == 3).await;

        elsewhere.cut();
        talk(&ann, &room_id, (0..70).map(|number| format!("late {number}"))).await;
        elsewhere.mend();

        let all: Vec<String> = (0..3)
            .map(|number| format!("early {number}"))
            .chain((0..70).map(|number| format!("late {number}")))
            .collect();
        ben.until_timeline(TIMELINE, "everything in order", |timeline| timeline.texts() == all && timeline.gaps() == 0)
            .await;
    });
}

#[test]
fn the_last_list_and_room_are_kept_for_the_next_start() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let room_id = ann.create_room("Garden", &[]).await;
        ann.show(&room_id).await;
        talk(&ann, &room_id, (0..3).map(|number| format!("message {number}"))).await;

        let boot = ann.device.disk.boot.clone();
        let mut changes = ann.device.disk.saved.subscribe();
        let kept = changes.wait_for(|_| {
            let records = boot.borrow();
            records.values().any(|record| {
                let is_last = |row: &trellis_model::protocol::TimelineRow| format!("{row:?}").contains("message 2");
                record.rooms.len() == 1 && record.room.is_some() && record.timeline.last().is_some_and(is_last)
            })
        });

        tokio::time::timeout(crate::harness::PATIENCE, kept).await.expect("a record with the room is kept").unwrap();
    });
}

#[test]
fn every_tab_sees_everything_and_any_may_close() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let (second, third) = (ann.open_tab("second"), ann.open_tab("third"));
        let room_id = ann.create_room("Garden", &[]).await;
        for page in [&second, &third] {
            page.until("the room", |shown| shown.tile(&room_id).is_some()).await;
        }

        ann.close_tab("tab");
        ann.close_tab("third");
        let fourth = ann.open_tab("fourth");
        let ben = Device::log_in(network, "ann").await.open().await;
        ben.live().await;
        let other = ben.create_room("Orchard", &[]).await;

        for page in [&second, &fourth] {
            page.until("both rooms", |shown| shown.tile(&room_id).is_some() && shown.tile(&other).is_some()).await;
        }
        assert!(third.shown().tile(&other).is_none());
    });
}

#[test]
fn a_window_around_an_event_grows_both_ways() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let room_id = ann.create_room("Garden", &[]).await;
        ann.show(&room_id).await;
        talk(&ann, &room_id, (0..120).map(|number| format!("message {number}"))).await;
        read_everything(&ann, TIMELINE).await;
        let middle = ann.event_id_of("message 40").await;

        // A device that never saw it.
        let other = Device::log_in(network, "ann").await.open().await;
        other.live().await;
        let subscription = SubscriptionId(9);
        let focus = TimelineFocus::Event(middle);
        other.tell(Command::WatchTimeline { subscription, room_id: room_id.clone(), focus, limit: 20 });
        other
            .until_timeline(subscription, "the event", |timeline| timeline.texts().contains(&"message 40".to_owned()))
            .await;
        for _ in 0..20 {
            let edge = other.page.shown().timelines[&subscription].edges.clone();
            if matches!(edge, Some((_, Edge::End))) {
                break;
            }
            let before = other.page.shown().timelines[&subscription].list.total;
            other.tell(Command::ExtendTimeline { subscription, direction: PaginationDirection::Forward, limit: 30 });
            other
                .until_timeline(subscription, "newer messages", |timeline| {
                    timeline.list.total > before || matches!(timeline.edges, Some((_, Edge::End | Edge::Failed(_))))
                })
                .await;
        }
        read_everything(&other, subscription).await;

        let all: Vec<String> = (0..120).map(|number| format!("message {number}")).collect();
        other.until_timeline(subscription, "everything in order", |timeline| timeline.texts() == all).await;
    });
}

#[test]
fn a_position_the_homeserver_does_not_know_is_synchronised_anew() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let room_id = ann.create_room("Garden", &[]).await;
        ann.show(&room_id).await;
        ann.say(&room_id, "kept").await;
        ann.until_timeline(TIMELINE, "the message", |timeline| {
            timeline.texts() == ["kept"] && timeline.shows("kept", |event| event.event_id.is_some())
        })
        .await;
        let device = ann.close().await;
        damage(&device, Table::Position).await;

        network.cut();
        let ann = device.open().await;
        ann.live_or_offline().await;
        network.mend();
        ann.live().await;
        ann.show(&room_id).await;

        ann.reads(&["kept"]).await;
    });
}

#[test]
fn a_damaged_cache_is_synchronised_anew_and_what_waits_is_sent() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let room_id = ann.create_room("Garden", &[]).await;
        ann.show(&room_id).await;
        network.cut();
        ann.say(&room_id, "waiting").await;
        ann.reads(&["waiting"]).await;
        let device = ann.close().await;
        damage(&device, Table::Rooms).await;

        network.mend();
        let ann = device.open().await;
        ann.live().await;
        ann.until("the room", |shown| shown.tile(&room_id).is_some()).await;
        ann.show(&room_id).await;

        ann.until_timeline(TIMELINE, "what waited", |timeline| {
            timeline.texts() == ["waiting"] && timeline.shows("waiting", |event| event.event_id.is_some())
        })
        .await;
    });
}

/// Overwrites every value of a table.
async fn damage(device: &Device, table: Table) {
    let store = device.disk.open(&device.account).await.unwrap().store;
    let range = trellis_client::port::KeyRange::all();
    let records = store.range(table, range, trellis_client::port::Direction::Ascending, usize::MAX).await.unwrap();
    assert!(!records.is_empty());
    let mut batch = Batch::default();
    for record in records {
        batch.put(table, Record { value: b"damaged".to_vec(), ..record });
    }
    store.commit(batch).await.unwrap();
}
