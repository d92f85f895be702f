//! The answer of sliding sync, as it is on the wire.

use std::{collections::BTreeMap, sync::Arc};

use ruma::{
    OneTimeKeyAlgorithm, OwnedMxcUri, OwnedRoomId, OwnedUserId, UInt,
    events::{AnyStrippedStateEvent, AnyToDeviceEvent},
    serde::Raw,
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::storage::StreamPosition;

/// The answer of sliding sync.
#[derive(Debug, Default, Serialize)]
pub struct Response {
    /// Where to go on.
    pub pos: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) txn_id: Option<String>,
    pub(super) lists: BTreeMap<String, ListCount>,
    pub(super) rooms: BTreeMap<OwnedRoomId, Room>,
    pub(super) extensions: Extensions,
}

#[derive(Debug, Serialize)]
pub(super) struct ListCount {
    pub(super) count: usize,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Room {
    #[serde(skip_serializing_if = "is_false")]
    pub(super) initial: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// `null` where it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) avatar: Option<Option<OwnedMxcUri>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) heroes: Option<Vec<Hero>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_dm: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) membership: Option<String>,
    /// Of the older name and the newer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invite_state: Option<Vec<Raw<AnyStrippedStateEvent>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stripped_state: Option<Vec<Raw<AnyStrippedStateEvent>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required_state: Vec<Arc<RawValue>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) timeline: Vec<Arc<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prev_batch: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) limited: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) unstable_expanded_timeline: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) expanded_timeline: bool,
    pub(super) num_live: usize,
    pub(super) bump_stamp: StreamPosition,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) joined_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invited_count: Option<i64>,
    pub(super) notification_count: i64,
    pub(super) highlight_count: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) lists: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Hero {
    pub(super) user_id: OwnedUserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) displayname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) avatar_url: Option<OwnedMxcUri>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Extensions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to_device: Option<ToDevice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) e2ee: Option<E2ee>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account_data: Option<AccountData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) receipts: Option<Rooms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) typing: Option<Rooms>,
}

impl Extensions {
    /// Whether there is nothing in it that one would want to be woken for.
    pub(super) fn is_empty(&self) -> bool {
        self.to_device.as_ref().is_none_or(|it| it.events.is_empty())
            && self.e2ee.as_ref().is_none_or(|it| it.device_lists.is_none())
            && self.account_data.is_none()
            && self.receipts.is_none()
            && self.typing.is_none()
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ToDevice {
    pub(super) next_batch: String,
    pub(super) events: Vec<Raw<AnyToDeviceEvent>>,
}

#[derive(Debug, Serialize)]
pub(super) struct E2ee {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device_lists: Option<DeviceLists>,
    pub(super) device_one_time_keys_count: BTreeMap<OneTimeKeyAlgorithm, UInt>,
    pub(super) device_unused_fallback_key_types: Vec<OneTimeKeyAlgorithm>,
}

#[derive(Debug, Serialize)]
pub(super) struct DeviceLists {
    pub(super) changed: Vec<OwnedUserId>,
    pub(super) left: Vec<OwnedUserId>,
}

#[derive(Debug, Serialize)]
pub(super) struct AccountData {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) global: Vec<Arc<RawValue>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) rooms: BTreeMap<OwnedRoomId, Vec<Arc<RawValue>>>,
}

/// An event per room.
#[derive(Debug, Serialize)]
pub(super) struct Rooms {
    pub(super) rooms: BTreeMap<OwnedRoomId, Arc<RawValue>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
