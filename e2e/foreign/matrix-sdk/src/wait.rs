//! Waiting for what must come, with an end.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use futures_util::StreamExt as _;
use matrix_sdk::{Client, Room, ruma::RoomId};
use matrix_sdk_ui::{
    Timeline,
    eyeball_im::Vector,
    room_list_service::{RoomListItem, filters::BoxedFilterFn},
    timeline::{EventTimelineItem, TimelineItem},
};
use tokio::{select, sync::broadcast::error::RecvError, time::timeout};

use crate::Person;

/// The longest wait. What comes comes within moments; this is for a machine that has much else to do.
const LONGEST: Duration = Duration::from_secs(60);

/// The most rooms of a list that are looked at.
const ROOMS: usize = 200;

/// Waits for something; its name is told if it does not come.
pub async fn within<T>(what: &str, something: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(LONGEST, something).await.unwrap_or_else(|_| bail!("waited in vain until {what}"))
}

/// Waits until a room of a client is as wished.
pub async fn room<T>(
    client: &Client,
    room_id: &RoomId,
    what: &str,
    mut look: impl FnMut(&Room) -> Option<T>,
) -> Result<T> {
    let mut updates = client.subscribe_to_all_room_updates();
    within(what, async {
        loop {
            let room = client.get_room(room_id);
            let mut info = room.as_ref().map(|room| room.subscribe_info());
            if let Some(found) = room.as_ref().and_then(&mut look) {
                return Ok(found);
            }
            let changed = async {
                match &mut info {
                    Some(info) => info.next().await,
                    None => std::future::pending().await,
                }
            };
            select! {
                update = updates.recv() => if let Err(error @ RecvError::Closed) = update { return Err(error.into()) },
                _ = changed => {}
            }
        }
    })
    .await
}

/// Waits until a person's room list, filtered, is as wished.
pub async fn rooms<T>(
    person: &Person,
    filter: BoxedFilterFn,
    what: &str,
    mut look: impl FnMut(&Vector<RoomListItem>) -> Option<T>,
) -> Result<T> {
    let list = person.rooms().all_rooms().await?;
    let (changes, controller) = list.entries_with_dynamic_adapters(ROOMS);
    let mut changes = pin!(changes);
    controller.set_filter(filter);
    let mut rooms = Vector::new();
    let seen = within(what, async {
        loop {
            for change in changes.next().await.context("the room list has ended")? {
                change.apply(&mut rooms);
            }
            if let Some(found) = look(&rooms) {
                return Ok(found);
            }
        }
    })
    .await;
    seen.with_context(|| format!("the list was {:?}", names(&rooms)))
}

/// The names of rooms, in order.
pub fn names(rooms: &Vector<RoomListItem>) -> Vec<String> {
    rooms.iter().map(|room| room.cached_display_name().map(|name| name.to_string()).unwrap_or_default()).collect()
}

/// Waits until a person's room list, filtered, shows these names in this order.
pub async fn lists(person: &Person, filter: BoxedFilterFn, wanted: &[&str]) -> Result<()> {
    let what = format!("the rooms are {wanted:?}");
    rooms(person, filter, &what, |rooms| (names(rooms) == wanted).then_some(())).await
}

/// Waits until a timeline is as wished.
pub async fn timeline<T>(
    timeline: &Timeline,
    what: &str,
    mut look: impl FnMut(&Vector<Arc<TimelineItem>>) -> Option<T>,
) -> Result<T> {
    let (mut items, changes) = timeline.subscribe().await;
    let mut changes = pin!(changes);
    let seen = within(what, async {
        loop {
            if let Some(found) = look(&items) {
                return Ok(found);
            }
            for change in changes.next().await.context("the timeline has ended")? {
                change.apply(&mut items);
            }
        }
    })
    .await;
    seen.with_context(|| format!("the messages were {:?}", bodies(&items)))
}

/// What the messages of a timeline say, in order.
pub fn bodies(items: &Vector<Arc<TimelineItem>>) -> Vec<String> {
    let messages = items.iter().filter_map(|item| item.as_event()?.content().as_message());
    messages.map(|message| message.body().to_owned()).collect()
}

/// Waits until a message with these words has come to a timeline from the homeserver.
pub async fn reads(of: &Timeline, words: &str) -> Result<EventTimelineItem> {
    item(of, &format!("\"{words}\" is read"), |item| {
        !item.is_local_echo() && item.content().as_message().is_some_and(|message| message.body() == words)
    })
    .await
}

/// Waits until a timeline shows an event as wished.
pub async fn item(
    of: &Timeline,
    what: &str,
    mut look: impl FnMut(&EventTimelineItem) -> bool,
) -> Result<EventTimelineItem> {
    timeline(of, what, |items| {
        let mut events = items.iter().filter_map(|item| item.as_event());
        events.find(|item| look(item)).cloned()
    })
    .await
}
