//! The answer of `/sync`, in the shape it has on the wire.
//!
//! Not ruma's types: those own every event, while here an event that goes to many is serialized once
//! and shared, and theirs leave `rooms` out when it holds nothing but knocks.

use std::{collections::BTreeMap, sync::Arc};

use ruma::{
    OneTimeKeyAlgorithm, OwnedEventId, OwnedRoomId, OwnedUserId, UInt,
    events::{AnyStrippedStateEvent, AnyToDeviceEvent},
    serde::Raw,
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::service::{keys::KeysLeft, unread::Count};

/// The answer of `/sync`.
#[derive(Debug, Default, Serialize)]
pub struct SyncResponse {
    /// Where to go on.
    pub next_batch: String,
    #[serde(skip_serializing_if = "Rooms::is_empty")]
    pub(super) rooms: Rooms,
    #[serde(skip_serializing_if = "Events::is_empty")]
    pub(super) account_data: Events,
    #[serde(skip_serializing_if = "Events::is_empty")]
    pub(super) presence: Events,
    #[serde(skip_serializing_if = "ToDevice::is_empty")]
    pub(super) to_device: ToDevice,
    #[serde(skip_serializing_if = "DeviceLists::is_empty")]
    pub(super) device_lists: DeviceLists,
    pub(super) device_one_time_keys_count: BTreeMap<OneTimeKeyAlgorithm, UInt>,
    pub(super) device_unused_fallback_key_types: Vec<OneTimeKeyAlgorithm>,
}

impl SyncResponse {
    /// Whether there is nothing in it that one would want to be woken for.
    pub(super) fn is_empty(&self) -> bool {
        self.rooms.is_empty()
            && self.account_data.is_empty()
            && self.presence.is_empty()
            && self.to_device.is_empty()
            && self.device_lists.is_empty()
    }

    /// Says what the device has left to give out.
    pub(super) fn note_keys(&mut self, left: KeysLeft) {
        self.device_one_time_keys_count = left.one_time;
        self.device_unused_fallback_key_types = left.fallback;
    }
}

/// An event as clients see it, serialized.
pub(super) type Shown = Arc<RawValue>;

#[derive(Debug, Default, Serialize)]
pub(super) struct Events {
    pub(super) events: Vec<Shown>,
}

impl Events {
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

impl From<Vec<Shown>> for Events {
    fn from(events: Vec<Shown>) -> Self {
        Self { events }
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct ToDevice {
    pub(super) events: Vec<Raw<AnyToDeviceEvent>>,
}

impl ToDevice {
    fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct DeviceLists {
    pub(super) changed: Vec<OwnedUserId>,
    pub(super) left: Vec<OwnedUserId>,
}

impl DeviceLists {
    fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.left.is_empty()
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Rooms {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) join: BTreeMap<OwnedRoomId, JoinedRoom>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) invite: BTreeMap<OwnedRoomId, InvitedRoom>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) knock: BTreeMap<OwnedRoomId, KnockedRoom>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) leave: BTreeMap<OwnedRoomId, LeftRoom>,
}

impl Rooms {
    fn is_empty(&self) -> bool {
        self.join.is_empty() && self.invite.is_empty() && self.knock.is_empty() && self.leave.is_empty()
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Stripped {
    pub(super) events: Vec<Raw<AnyStrippedStateEvent>>,
}

#[derive(Debug, Serialize)]
pub(super) struct InvitedRoom {
    pub(super) invite_state: Stripped,
}

#[derive(Debug, Serialize)]
pub(super) struct KnockedRoom {
    pub(super) knock_state: Stripped,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct JoinedRoom {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary: Option<Summary>,
    pub(super) unread_notifications: UnreadCounts,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) unread_thread_notifications: BTreeMap<OwnedEventId, UnreadCounts>,
    #[serde(flatten)]
    pub(super) history: History,
    #[serde(skip_serializing_if = "Events::is_empty")]
    pub(super) ephemeral: Events,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct LeftRoom {
    #[serde(flatten)]
    pub(super) history: History,
}

/// What happened in a room.
#[derive(Debug, Default, Serialize)]
pub(super) struct History {
    #[serde(skip_serializing_if = "Timeline::is_empty")]
    pub(super) timeline: Timeline,
    /// The state at the start of the timeline, for those who did not ask for it at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<Events>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state_after: Option<Events>,
    #[serde(skip_serializing_if = "Events::is_empty")]
    pub(super) account_data: Events,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Timeline {
    pub(super) events: Vec<Shown>,
    pub(super) limited: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prev_batch: Option<String>,
}

impl Timeline {
    fn is_empty(&self) -> bool {
        self.events.is_empty() && !self.limited
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    #[serde(rename = "m.heroes", skip_serializing_if = "Option::is_none")]
    pub(super) heroes: Option<Vec<OwnedUserId>>,
    #[serde(rename = "m.joined_member_count")]
    pub(super) joined: i64,
    #[serde(rename = "m.invited_member_count")]
    pub(super) invited: i64,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct UnreadCounts {
    notification_count: i64,
    highlight_count: i64,
}

impl From<Count> for UnreadCounts {
    fn from(count: Count) -> Self {
        Self { notification_count: count.notifications, highlight_count: count.highlights }
    }
}
