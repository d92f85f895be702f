//! An event as clients see it, made of the rows it is stored in, see [Room event format].
//!
//! Whether someone may see an event is not decided here.
//!
//! [Room event format]: https://spec.matrix.org/v1.18/client-server-api/#room-event-format

use std::sync::Arc;

use ruma::{
    DeviceId, MilliSecondsSinceUnixEpoch, OwnedDeviceId, OwnedEventId, OwnedRoomId, OwnedTransactionId, OwnedUserId,
    RoomId, UserId,
};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    MatrixError, Result,
    storage::{Row, StorageError, StreamPosition},
};

/// What a `SELECT` from `events e` has to begin with for [`StoredEvent::read`].
pub(crate) const COLUMNS: &str =
    "e.position, e.event_id, e.room_id, e.type, e.state_key, e.sender, e.device_id, e.txn_id, e.json";

/// What follows [`COLUMNS`] where it matters what the event replaced and who redacted it. Needs
/// [`JOINS`].
pub(crate) const CHANGES: &str = ", e.replaces, p.json, r.event_id, r.json";

/// The tables [`CHANGES`] are in.
pub(crate) const JOINS: &str =
    "LEFT JOIN events p ON p.event_id = e.replaces LEFT JOIN events r ON r.event_id = e.redacted_by";

/// An event as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredEvent {
    pub(crate) position: StreamPosition,
    pub(crate) event_id: OwnedEventId,
    pub(crate) room_id: OwnedRoomId,
    /// Its type.
    pub(crate) kind: String,
    pub(crate) state_key: Option<String>,
    pub(crate) sender: OwnedUserId,
    /// The device that sent it here, and under which transaction ID.
    sent_from: Option<(OwnedDeviceId, OwnedTransactionId)>,
    json: Vec<u8>,
    replaced: Option<(OwnedEventId, Vec<u8>)>,
    redaction: Option<(OwnedEventId, Vec<u8>)>,
}

/// For whom an event is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Viewer<'v> {
    /// The user,
    pub(crate) user_id: &'v UserId,
    /// and the device, which gets its own transaction IDs back.
    pub(crate) device_id: &'v DeviceId,
    /// What time it is, for the event's age.
    pub(crate) now: MilliSecondsSinceUnixEpoch,
}

/// The parts of a PDU that clients see.
#[derive(Deserialize)]
struct Pdu<'e> {
    #[serde(borrow)]
    content: &'e RawValue,
    origin_server_ts: i64,
    redacts: Option<OwnedEventId>,
    sender: OwnedUserId,
    #[serde(rename = "type")]
    kind: std::borrow::Cow<'e, str>,
}

#[derive(Serialize)]
struct ClientEvent<'e> {
    content: &'e RawValue,
    event_id: &'e str,
    origin_server_ts: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    redacts: Option<OwnedEventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<&'e RoomId>,
    sender: &'e UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_key: Option<&'e str>,
    #[serde(rename = "type")]
    kind: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsigned: Option<Unsigned<'e>>,
}

#[derive(Serialize)]
struct Unsigned<'e> {
    age: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_content: Option<&'e RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces_state: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redacted_because: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'e str>,
}

impl StoredEvent {
    /// Reads [`COLUMNS`], and [`CHANGES`] where they were selected.
    pub(crate) fn read(row: &Row) -> Result<Self, StorageError> {
        let device_id: Option<OwnedDeviceId> = row.get(6)?;
        let txn_id: Option<OwnedTransactionId> = row.get(7)?;
        Ok(Self {
            position: row.get(0)?,
            event_id: row.get(1)?,
            room_id: row.get(2)?,
            kind: row.get(3)?,
            state_key: row.get(4)?,
            sender: row.get(5)?,
            sent_from: device_id.zip(txn_id),
            json: row.get(8)?,
            replaced: None,
            redaction: None,
        })
    }

    /// Reads [`COLUMNS`] and [`CHANGES`].
    pub(crate) fn read_with_changes(row: &Row) -> Result<Self, StorageError> {
        let (replaces, replaced): (Option<OwnedEventId>, Option<Vec<u8>>) = (row.get(9)?, row.get(10)?);
        let (redacted_by, redaction): (Option<OwnedEventId>, Option<Vec<u8>>) = (row.get(11)?, row.get(12)?);
        let event = Self::read(row)?;
        Ok(Self { replaced: replaces.zip(replaced), redaction: redacted_by.zip(redaction), ..event })
    }

    /// Whether its content has a `url`, which filters ask for.
    pub(crate) fn has_url(&self) -> bool {
        #[derive(Deserialize)]
        struct Content {
            url: Option<serde::de::IgnoredAny>,
        }
        let pdu = serde_json::from_slice::<Pdu<'_>>(&self.json).ok();
        let content = pdu.and_then(|pdu| serde_json::from_str::<Content>(pdu.content.get()).ok());
        content.is_some_and(|content| content.url.is_some())
    }

    /// The event as `/sync` shows it: without the room, which is known.
    pub(crate) fn in_sync(&self, viewer: Viewer<'_>) -> Result<Arc<RawValue>> {
        self.show(viewer, None).map(Arc::from)
    }

    /// The event as it is shown everywhere else.
    pub(crate) fn on_its_own(&self, viewer: Viewer<'_>) -> Result<Box<RawValue>> {
        self.show(viewer, Some(&self.room_id))
    }

    /// What those see of it who are not in the room yet, see [Stripped state].
    ///
    /// [Stripped state]: https://spec.matrix.org/v1.18/client-server-api/#stripped-state
    pub(crate) fn stripped(&self) -> Result<Arc<RawValue>> {
        #[derive(Serialize)]
        struct Stripped<'e> {
            content: &'e RawValue,
            sender: &'e UserId,
            state_key: &'e str,
            #[serde(rename = "type")]
            kind: &'e str,
        }
        let pdu = self.pdu()?;
        let state_key = self.state_key.as_deref().unwrap_or_default();
        let event = Stripped { content: pdu.content, sender: &self.sender, state_key, kind: &self.kind };
        to_raw_value(&event).map(Arc::from).map_err(MatrixError::internal)
    }

    fn pdu(&self) -> Result<Pdu<'_>> {
        serde_json::from_slice(&self.json).map_err(MatrixError::internal)
    }

    fn show(&self, viewer: Viewer<'_>, room_id: Option<&RoomId>) -> Result<Box<RawValue>> {
        let pdu = self.pdu()?;
        let prev_content = self.replaced.as_ref().and_then(|(_, json)| serde_json::from_slice::<Pdu<'_>>(json).ok());
        let sent_here = self
            .sent_from
            .as_ref()
            .filter(|(device_id, _)| self.sender == viewer.user_id && device_id == viewer.device_id);
        let unsigned = Unsigned {
            age: i64::from(viewer.now.get()).saturating_sub(pdu.origin_server_ts).max(0),
            prev_content: prev_content.map(|pdu| pdu.content),
            replaces_state: self.replaced.as_ref().map(|(event_id, _)| event_id.as_str()),
            redacted_because: self.redacted_because(room_id)?,
            transaction_id: sent_here.map(|(_, txn_id)| txn_id.as_str()),
        };
        let event = ClientEvent {
            content: pdu.content,
            event_id: self.event_id.as_str(),
            origin_server_ts: pdu.origin_server_ts,
            redacts: redacts(&pdu),
            room_id,
            sender: &self.sender,
            state_key: self.state_key.as_deref(),
            kind: &self.kind,
            unsigned: Some(unsigned),
        };
        to_raw_value(&event).map_err(MatrixError::internal)
    }

    fn redacted_because(&self, room_id: Option<&RoomId>) -> Result<Option<Box<RawValue>>> {
        let Some((event_id, json)) = &self.redaction else { return Ok(None) };
        let pdu: Pdu<'_> = serde_json::from_slice(json).map_err(MatrixError::internal)?;
        let event = ClientEvent {
            content: pdu.content,
            event_id: event_id.as_str(),
            origin_server_ts: pdu.origin_server_ts,
            redacts: redacts(&pdu),
            room_id,
            sender: &pdu.sender,
            state_key: None,
            kind: &pdu.kind,
            unsigned: None,
        };
        to_raw_value(&event).map(Some).map_err(MatrixError::internal)
    }
}

/// What a redaction redacts. Since room version 11 the content says so; clients that are older look
/// for it beside the content.
fn redacts(pdu: &Pdu<'_>) -> Option<OwnedEventId> {
    #[derive(Deserialize)]
    struct Content {
        redacts: OwnedEventId,
    }
    if pdu.kind != "m.room.redaction" {
        return None;
    }
    pdu.redacts
        .clone()
        .or_else(|| serde_json::from_str::<Content>(pdu.content.get()).ok().map(|content| content.redacts))
}
