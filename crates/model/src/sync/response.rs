//! The parts of `GET /sync`, read room by room from its text, so that a large response is never in memory twice.
//!
//! <https://spec.matrix.org/v1.18/client-server-api/#get_matrixclientv3sync>

use std::{borrow::Cow, collections::BTreeMap};

use ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::receipts::ReceiptChange;
use crate::event::{BasicEvent, Event, StrippedEvent};

/// A sync response whose rooms are still text.
#[derive(Debug)]
pub struct SyncResponse<'a> {
    pub next_batch: String,
    pub join: BTreeMap<OwnedRoomId, &'a RawValue>,
    pub invite: BTreeMap<OwnedRoomId, &'a RawValue>,
    pub knock: BTreeMap<OwnedRoomId, &'a RawValue>,
    pub leave: BTreeMap<OwnedRoomId, &'a RawValue>,
    /// Global account data.
    pub account_data: Vec<BasicEvent<'a>>,
    /// To-device events, as they came.
    pub to_device: Vec<&'a RawValue>,
    pub device_lists: Option<&'a RawValue>,
    pub device_one_time_keys_count: Option<&'a RawValue>,
    pub device_unused_fallback_key_types: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawSync<'a> {
    next_batch: String,
    #[serde(borrow, default)]
    rooms: RawRooms<'a>,
    #[serde(borrow, default)]
    account_data: RawEvents<'a>,
    #[serde(borrow, default)]
    to_device: RawEvents<'a>,
    #[serde(borrow)]
    device_lists: Option<&'a RawValue>,
    #[serde(borrow)]
    device_one_time_keys_count: Option<&'a RawValue>,
    #[serde(borrow)]
    device_unused_fallback_key_types: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct RawRooms<'a> {
    #[serde(borrow, default)]
    join: BTreeMap<Cow<'a, str>, &'a RawValue>,
    #[serde(borrow, default)]
    invite: BTreeMap<Cow<'a, str>, &'a RawValue>,
    #[serde(borrow, default)]
    knock: BTreeMap<Cow<'a, str>, &'a RawValue>,
    #[serde(borrow, default)]
    leave: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

#[derive(Deserialize, Default)]
struct RawEvents<'a> {
    #[serde(borrow, default)]
    events: Vec<&'a RawValue>,
}

impl<'a> SyncResponse<'a> {
    /// Reads the outline of a response.
    pub fn parse(json: &'a str) -> Result<Self, serde_json::Error> {
        let raw: RawSync<'a> = serde_json::from_str(json)?;
        let by_id = |rooms: BTreeMap<Cow<'a, str>, &'a RawValue>| {
            rooms.into_iter().filter_map(|(id, room)| Some((RoomId::parse(&*id).ok()?, room))).collect()
        };
        Ok(Self {
            next_batch: raw.next_batch,
            join: by_id(raw.rooms.join),
            invite: by_id(raw.rooms.invite),
            knock: by_id(raw.rooms.knock),
            leave: by_id(raw.rooms.leave),
            account_data: raw.account_data.events.into_iter().filter_map(BasicEvent::parse).collect(),
            to_device: raw.to_device.events,
            device_lists: raw.device_lists,
            device_one_time_keys_count: raw.device_one_time_keys_count,
            device_unused_fallback_key_types: raw.device_unused_fallback_key_types,
        })
    }
}

/// A room of a response is not of the form the specification demands; the others are not affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedRoom;

/// `rooms.join.{roomId}`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JoinedRoom {
    pub timeline: TimelinePart,
    /// The state before the timeline.
    pub state: Vec<Event>,
    pub ephemeral: EphemeralEvents,
    /// Type and content of each event of account data.
    pub account_data: Vec<(String, String)>,
    pub summary: Summary,
    pub unread: Option<UnreadCounts>,
    /// Events that cannot be shown.
    pub unreadable: u32,
}

/// `rooms.leave.{roomId}`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeftRoom {
    pub timeline: TimelinePart,
    pub state: Vec<Event>,
    pub account_data: Vec<(String, String)>,
    pub unreadable: u32,
}

/// `rooms.invite.{roomId}` and `rooms.knock.{roomId}`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StrippedRoom {
    pub state: Vec<StrippedEvent>,
}

/// The timeline of a room in a sync response, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TimelinePart {
    pub events: Vec<Event>,
    pub limited: bool,
    pub prev_batch: Option<String>,
}

/// What passes: typing and receipts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EphemeralEvents {
    pub typing: Option<Vec<OwnedUserId>>,
    pub(crate) receipts: Vec<ReceiptChange>,
}

/// `RoomSummary`; a field that is missing has not changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Summary {
    #[serde(rename = "m.heroes")]
    pub heroes: Option<Vec<OwnedUserId>>,
    #[serde(rename = "m.joined_member_count")]
    pub joined_members: Option<u64>,
    #[serde(rename = "m.invited_member_count")]
    pub invited_members: Option<u64>,
}

/// `unread_notifications`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct UnreadCounts {
    pub notification_count: u64,
    pub highlight_count: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawTimeline<'a> {
    #[serde(borrow)]
    events: Vec<&'a RawValue>,
    limited: bool,
    prev_batch: Option<String>,
}

#[derive(Deserialize)]
struct RawRoom<'a> {
    #[serde(borrow, default)]
    timeline: RawTimeline<'a>,
    #[serde(borrow, default)]
    state: RawEvents<'a>,
    #[serde(borrow, default)]
    ephemeral: RawEvents<'a>,
    #[serde(borrow, default)]
    account_data: RawEvents<'a>,
    #[serde(borrow)]
    summary: Option<&'a RawValue>,
    #[serde(borrow)]
    unread_notifications: Option<&'a RawValue>,
}

impl JoinedRoom {
    /// Reads a room, event by event.
    pub fn parse(raw: &RawValue) -> Result<Self, MalformedRoom> {
        let raw: RawRoom<'_> = serde_json::from_str(raw.get()).map_err(|_| MalformedRoom)?;
        let mut unreadable = 0;
        Ok(Self {
            timeline: TimelinePart {
                events: events(&raw.timeline.events, &mut unreadable),
                limited: raw.timeline.limited,
                prev_batch: raw.timeline.prev_batch,
            },
            state: events(&raw.state.events, &mut unreadable),
            ephemeral: EphemeralEvents::parse(&raw.ephemeral.events),
            account_data: account_data(&raw.account_data.events),
            summary: lenient(raw.summary).unwrap_or_default(),
            unread: lenient(raw.unread_notifications),
            unreadable,
        })
    }
}

impl LeftRoom {
    /// Reads a room, event by event.
    pub fn parse(raw: &RawValue) -> Result<Self, MalformedRoom> {
        let room = JoinedRoom::parse(raw)?;
        Ok(Self {
            timeline: room.timeline,
            state: room.state,
            account_data: room.account_data,
            unreadable: room.unreadable,
        })
    }
}

impl StrippedRoom {
    /// Reads `invite_state` or `knock_state`, event by event.
    pub fn parse(raw: &RawValue) -> Result<Self, MalformedRoom> {
        #[derive(Deserialize)]
        struct Raw<'a> {
            #[serde(borrow, alias = "knock_state", default)]
            invite_state: RawEvents<'a>,
        }
        let raw: Raw<'_> = serde_json::from_str(raw.get()).map_err(|_| MalformedRoom)?;
        Ok(Self { state: raw.invite_state.events.into_iter().filter_map(StrippedEvent::parse).collect() })
    }
}

impl EphemeralEvents {
    fn parse(raw: &[&RawValue]) -> Self {
        #[derive(Deserialize)]
        struct Typing {
            user_ids: Vec<String>,
        }
        let mut ephemeral = Self::default();
        for event in raw.iter().filter_map(|raw| BasicEvent::parse(raw)) {
            match &*event.event_type {
                "m.typing" => {
                    if let Ok(typing) = serde_json::from_str::<Typing>(event.content.get()) {
                        let people = typing.user_ids.into_iter().filter_map(|id| UserId::parse(id).ok());
                        ephemeral.typing = Some(people.collect());
                    }
                }
                "m.receipt" => ephemeral.receipts.extend(ReceiptChange::parse(event.content)),
                _ => {}
            }
        }
        ephemeral
    }
}

/// Reads events one by one and counts those that cannot be named or shown.
pub(crate) fn events(raw: &[&RawValue], unreadable: &mut u32) -> Vec<Event> {
    raw.iter()
        .filter_map(|raw| {
            let event = Event::parse(raw);
            *unreadable += u32::from(event.is_none());
            event
        })
        .collect()
}

fn account_data(raw: &[&RawValue]) -> Vec<(String, String)> {
    raw.iter()
        .filter_map(|raw| BasicEvent::parse(raw))
        .map(|event| (event.event_type.into_owned(), event.content.get().to_owned()))
        .collect()
}

fn lenient<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
}
