//! An event as the database holds it.

use ruma::{OwnedDeviceId, OwnedEventId, OwnedRoomId, OwnedTransactionId, OwnedUserId};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    MatrixError, Result,
    service::rooms::{Pdu, StateKey},
    storage::{Row, StorageError, StreamPosition},
};

/// The columns of [`StoredEvent`], of a table that the statement calls `event`.
macro_rules! columns {
    () => {
        "event.position, event.event_id, event.room_id, event.type, event.state_key, event.sender, \
         event.origin_server_ts, event.state_before, event.state_after, event.replaces, event.redacted_by, \
         event.device_id, event.txn_id, event.json"
    };
}
pub(in crate::service) use columns;

/// An event with its place in its room.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// Its place in the stream of events.
    pub position: StreamPosition,
    /// Its ID.
    pub event_id: OwnedEventId,
    /// Its room.
    pub room_id: OwnedRoomId,
    /// Its type.
    pub event_type: String,
    /// Its state key, if it is a state event.
    pub state_key: Option<String>,
    /// Who sent it.
    pub sender: OwnedUserId,
    /// When it was sent, in milliseconds.
    pub origin_server_ts: i64,
    /// The state before it; nothing before the first.
    pub state_before: Option<i64>,
    /// The state after it.
    pub state_after: i64,
    /// The state event it took the place of.
    pub replaces: Option<OwnedEventId>,
    /// The redaction that took its content.
    pub redacted_by: Option<OwnedEventId>,
    /// The device it was sent from, if that was here and under a transaction ID.
    pub device_id: Option<OwnedDeviceId>,
    /// The transaction ID it was sent under.
    pub txn_id: Option<OwnedTransactionId>,
    /// The PDU.
    pub json: Vec<u8>,
}

impl StoredEvent {
    pub(in crate::service) fn from_row(row: &Row) -> Result<Self, StorageError> {
        Ok(Self {
            position: row.get(0)?,
            event_id: row.get(1)?,
            room_id: row.get(2)?,
            event_type: row.get(3)?,
            state_key: row.get(4)?,
            sender: row.get(5)?,
            origin_server_ts: row.get(6)?,
            state_before: row.get(7)?,
            state_after: row.get(8)?,
            replaces: row.get(9)?,
            redacted_by: row.get(10)?,
            device_id: row.get(11)?,
            txn_id: row.get(12)?,
            json: row.get(13)?,
        })
    }

    pub fn from_rows(rows: &[Row]) -> Result<Vec<Self>> {
        Ok(rows.iter().map(Self::from_row).collect::<Result<_, _>>()?)
    }

    /// The place in the room's state it sets, if it is a state event.
    pub fn state(&self) -> Option<StateKey> {
        Some((self.event_type.as_str().into(), self.state_key.clone()?))
    }

    /// Its content, as sent.
    pub fn content(&self) -> Result<&RawValue> {
        #[derive(Deserialize)]
        struct Fields<'e> {
            #[serde(borrow)]
            content: &'e RawValue,
        }
        let fields: Fields<'_> = serde_json::from_slice(&self.json).map_err(MatrixError::internal)?;
        Ok(fields.content)
    }

    /// What it takes back, if it is a redaction.
    pub fn redacts(&self) -> Option<OwnedEventId> {
        if self.event_type != "m.room.redaction" {
            return None;
        }
        Pdu::parse(self.event_id.clone(), self.room_id.clone(), self.json.clone()).ok()?.redacts()
    }

    /// What it relates to, if it names that.
    pub(super) fn parent(&self) -> Option<OwnedEventId> {
        #[derive(Deserialize)]
        struct Content {
            #[serde(rename = "m.relates_to")]
            relates_to: Relation,
        }
        #[derive(Deserialize)]
        struct Relation {
            event_id: OwnedEventId,
        }
        if !self.may_relate() {
            return None;
        }
        self.content_as::<Content>().map(|content| content.relates_to.event_id)
    }

    /// Whether it may have a relation: a quick look that finds all that have.
    pub fn may_relate(&self) -> bool {
        const KEY: &[u8] = b"\"m.relates_to\"";
        self.json.windows(KEY.len()).any(|part| part == KEY)
    }

    /// Its content, read as `T`; nothing if it is none.
    pub fn content_as<'e, T: Deserialize<'e>>(&'e self) -> Option<T> {
        serde_json::from_str(self.content().ok()?.get()).ok()
    }
}
