//! What is told besides the rooms: messages to the device, keys, account data, receipts, typing.
//!
//! Of rooms only those the client has, or gets with this answer; of the latter everything.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ruma::{OwnedRoomId, OwnedUserId, RoomId};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{
    super::{SyncToken, key_changes::KeyChanges},
    Context, Request, Response, WatchedRooms,
    connection::Known,
    request::Extension,
    response::{AccountData, DeviceLists, E2ee, Rooms, ToDevice},
    room::Timelines,
};
use crate::{
    MatrixError, Result,
    api::Sender,
    service::{Services, keys::KeysLeft, receipts, to_device::ToDevice as Messages},
    storage::{Connection, StreamPosition},
};

/// The most messages to the device in one answer.
const TO_DEVICE: u32 = 100;

/// What happened in the rooms the client has, and all of those it gets.
type Events = BTreeMap<OwnedRoomId, Arc<RawValue>>;

/// Forgets the messages to the device that it has.
pub(super) async fn acknowledge(services: &Services, sender: &Sender, request: &Request) -> Result<()> {
    let extension = &request.extensions.to_device;
    if let Some(since) = to_device_since(request)?.filter(|_| extension.enabled) {
        services.to_device.acknowledge(&sender.user_id, &sender.device_id, since).await?;
    }
    Ok(())
}

fn to_device_since(request: &Request) -> Result<Option<StreamPosition>> {
    let since = request.extensions.to_device.since.as_deref().filter(|since| !since.is_empty());
    since.map(|since| since.parse().map_err(|_| MatrixError::invalid_param("`since` is no token of ours"))).transpose()
}

/// Adds what has happened.
pub(super) async fn add(
    context: &Context<'_>,
    connection: &mut Connection,
    watched: &WatchedRooms,
    (known, timelines): (&Known, &Timelines),
    response: &mut Response,
) -> Result<()> {
    let extensions = &context.request.extensions;
    to_device(connection, context.sender, context.request, context.now, response).await?;
    let rooms = WantedRooms::new(context, watched, known, response);
    if extensions.e2ee.enabled {
        e2ee(context, connection, response).await?;
    }
    if extensions.account_data.enabled {
        account_data(context, connection, &rooms, response).await?;
    }
    if extensions.receipts.enabled {
        let events = receipts(context, connection, &rooms, timelines).await?;
        response.extensions.receipts = Some(Rooms { rooms: events }).filter(|it| !it.rooms.is_empty());
    }
    if extensions.typing.enabled {
        let events = typing(context, &rooms)?;
        response.extensions.typing = Some(Rooms { rooms: events }).filter(|it| !it.rooms.is_empty());
    }
    Ok(())
}

/// Adds what every answer has, even one that nobody looked for.
pub(super) async fn always(
    services: &Services,
    sender: &Sender,
    request: &Request,
    now: SyncToken,
    response: &mut Response,
) -> Result<()> {
    let wants_messages = request.extensions.to_device.enabled && response.extensions.to_device.is_none();
    let wants_keys = request.extensions.e2ee.enabled && response.extensions.e2ee.is_none();
    if !(wants_messages || wants_keys) {
        return Ok(());
    }
    let mut connection = services.storage.read().await?;
    if wants_messages {
        to_device(&mut connection, sender, request, now, response).await?;
    }
    if wants_keys {
        response.extensions.e2ee = Some(keys(&mut connection, sender).await?);
    }
    Ok(())
}

async fn to_device(
    connection: &mut Connection,
    sender: &Sender,
    request: &Request,
    now: SyncToken,
    response: &mut Response,
) -> Result<()> {
    let extension = &request.extensions.to_device;
    if !extension.enabled {
        return Ok(());
    }
    let after = to_device_since(request)?.unwrap_or_default();
    let limit = extension.limit.unwrap_or(TO_DEVICE).clamp(1, TO_DEVICE);
    let (user_id, device_id) = sender.ids();
    let up_to = now.to_device.max(after);
    let waiting = Messages::waiting(connection, user_id, device_id, after, up_to, limit).await?;
    let next_batch = waiting.position.to_string();
    response.extensions.to_device = Some(ToDevice { next_batch, events: waiting.events });
    Ok(())
}

async fn keys(connection: &mut Connection, sender: &Sender) -> Result<E2ee> {
    let (user_id, device_id) = sender.ids();
    let KeysLeft { one_time, fallback } = KeysLeft::of(connection, user_id, device_id).await?;
    Ok(E2ee { device_lists: None, device_one_time_keys_count: one_time, device_unused_fallback_key_types: fallback })
}

async fn e2ee(context: &Context<'_>, connection: &mut Connection, response: &mut Response) -> Result<()> {
    let mut e2ee = keys(connection, context.sender).await?;
    if let Some(since) = context.since {
        let changes = KeyChanges::between(connection, &context.sender.user_id, since, context.now).await?;
        if !(changes.changed.is_empty() && changes.left.is_empty()) {
            e2ee.device_lists = Some(DeviceLists { changed: changes.changed, left: changes.left });
        }
    }
    response.extensions.e2ee = Some(e2ee);
    Ok(())
}

/// The rooms that extensions tell of.
struct WantedRooms<'r> {
    watched: &'r WatchedRooms,
    /// Of which the client has everything up to where it was.
    known: BTreeSet<&'r RoomId>,
    /// Which it gets with this answer.
    new: BTreeSet<OwnedRoomId>,
}

impl<'r> WantedRooms<'r> {
    fn new(context: &Context<'_>, watched: &'r WatchedRooms, known: &'r Known, response: &Response) -> Self {
        let new: BTreeSet<OwnedRoomId> =
            response.rooms.iter().filter(|(_, room)| room.initial).map(|(room_id, _)| room_id.clone()).collect();
        let known = known.rooms.iter().filter(|(room_id, sent)| !sent.stripped && !new.contains(*room_id));
        let known =
            if context.since.is_some() { known.map(|(room_id, _)| &**room_id).collect() } else { BTreeSet::new() };
        Self { watched, known, new }
    }

    fn admits(&self, extension: &Extension, room_id: &RoomId) -> bool {
        let (lists, subscribed) =
            self.watched.get(room_id).map_or((BTreeSet::new(), false), |room| (room.lists.clone(), room.subscribed));
        extension.admits(room_id.as_str(), &lists, subscribed)
    }

    fn known(&self, extension: &Extension) -> Vec<&'r RoomId> {
        self.known.iter().copied().filter(|room_id| self.admits(extension, room_id)).collect()
    }

    fn new_to(&self, extension: &Extension) -> Vec<&RoomId> {
        self.new.iter().map(|room_id| &**room_id).filter(|room_id| self.admits(extension, room_id)).collect()
    }
}

async fn account_data(
    context: &Context<'_>,
    connection: &mut Connection,
    rooms: &WantedRooms<'_>,
    response: &mut Response,
) -> Result<()> {
    let (service, own) = (&context.services.account_data, &context.sender.user_id);
    let extension = &context.request.extensions.account_data;
    let (since, now) = (context.since.map_or(0, |since| since.account_data), context.now.account_data);
    let mut data = AccountData { global: Vec::new(), rooms: BTreeMap::new() };
    if since < now {
        for (room_id, _, event) in service.changed(connection, own, since, now).await? {
            match room_id {
                None => data.global.push(event),
                Some(room_id) if rooms.known.contains(&*room_id) && rooms.admits(extension, &room_id) => {
                    data.rooms.entry(room_id).or_default().push(event);
                }
                Some(_) => {}
            }
        }
    }
    for (room_id, _, event) in service.of_rooms(connection, own, &rooms.new_to(extension), now).await? {
        data.rooms.entry(room_id).or_default().push(event);
    }
    let is_empty = data.global.is_empty() && data.rooms.is_empty();
    response.extensions.account_data = Some(data).filter(|_| !is_empty);
    Ok(())
}

async fn receipts(
    context: &Context<'_>,
    connection: &mut Connection,
    rooms: &WantedRooms<'_>,
    timelines: &Timelines,
) -> Result<Events> {
    let (own, now) = (&context.sender.user_id, context.now.receipts);
    let extension = &context.request.extensions.receipts;
    let mut events = Events::new();
    if let Some(since) = context.since.filter(|since| since.receipts < now) {
        let known = rooms.known(extension);
        for (room_id, content) in receipts::in_rooms(connection, own, &known, since.receipts, now).await? {
            events.insert(room_id, event("m.receipt", content)?);
        }
    }
    for (room_id, mut content) in receipts::in_rooms(connection, own, &rooms.new_to(extension), 0, now).await? {
        // Of who has read what lies further back, only the user themselves matters.
        let timeline: BTreeSet<_> =
            timelines.get(&room_id).into_iter().flatten().map(|event| &event.event_id).collect();
        content.retain(|event_id, kinds| {
            if !timeline.contains(event_id) {
                kinds.values_mut().for_each(|users| users.retain(|user_id, _| user_id == own));
                kinds.retain(|_, users| !users.is_empty());
            }
            !kinds.is_empty()
        });
        if !content.is_empty() {
            events.insert(room_id, event("m.receipt", content)?);
        }
    }
    Ok(events)
}

fn typing(context: &Context<'_>, rooms: &WantedRooms<'_>) -> Result<Events> {
    #[derive(Serialize)]
    struct Content {
        user_ids: Vec<OwnedUserId>,
    }
    let extension = &context.request.extensions.typing;
    let board = &context.services.typing;
    let mut events = Events::new();
    let mut tell = |room_id: &RoomId, mut user_ids: Vec<OwnedUserId>| -> Result<()> {
        user_ids.retain(|user_id| !context.preferences.ignored.contains(user_id));
        events.insert(room_id.to_owned(), event("m.typing", Content { user_ids })?);
        Ok(())
    };
    match context.since.map(|since| since.typing) {
        Some(seen) if seen.epoch == context.now.typing.epoch => {
            for (room_id, user_ids) in board.since(seen.serial) {
                if rooms.known.contains(&*room_id) && rooms.admits(extension, &room_id) {
                    tell(&room_id, user_ids)?;
                }
            }
        }
        // Seen in another run: whoever typed then may not do so any longer.
        _ => {
            for room_id in rooms.known(extension) {
                tell(room_id, board.in_room(room_id))?;
            }
        }
    }
    for room_id in rooms.new_to(extension) {
        let user_ids = board.in_room(room_id);
        if !user_ids.is_empty() {
            tell(room_id, user_ids)?;
        }
    }
    Ok(events)
}

fn event(kind: &str, content: impl Serialize) -> Result<Arc<RawValue>> {
    #[derive(Serialize)]
    struct Event<'e, C> {
        content: C,
        #[serde(rename = "type")]
        kind: &'e str,
    }
    to_raw_value(&Event { content, kind }).map(Arc::from).map_err(MatrixError::internal)
}
