//! What someone wants to say in a room, before it is an event.

use ruma::{
    CanonicalJsonObject, MilliSecondsSinceUnixEpoch, OwnedDeviceId, OwnedEventId, OwnedTransactionId, OwnedUserId,
    events::{StateEventType, TimelineEventType},
};
use serde::Serialize;

use super::pdu::StateKey;
use crate::{MatrixError, Result};

/// An event to be made: its place in the room, hash and signature are still to come.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub(super) sender: OwnedUserId,
    pub(super) event_type: TimelineEventType,
    pub(super) state_key: Option<String>,
    pub(super) content: CanonicalJsonObject,
    pub(super) redacts: Option<OwnedEventId>,
    pub(super) timestamp: Option<MilliSecondsSinceUnixEpoch>,
}

impl NewEvent {
    /// A message event.
    pub fn message(sender: OwnedUserId, event_type: TimelineEventType, content: CanonicalJsonObject) -> Self {
        Self { sender, event_type, state_key: None, content, redacts: None, timestamp: None }
    }

    /// A state event.
    pub fn state(
        sender: OwnedUserId,
        event_type: StateEventType,
        state_key: impl Into<String>,
        content: CanonicalJsonObject,
    ) -> Self {
        let event_type = TimelineEventType::from(event_type);
        let state_key = Some(state_key.into());
        Self { sender, event_type, state_key, content, redacts: None, timestamp: None }
    }

    /// The same at another time, for those who may set it.
    #[must_use]
    pub fn at(mut self, timestamp: Option<MilliSecondsSinceUnixEpoch>) -> Self {
        self.timestamp = timestamp;
        self
    }

    /// The place in the room's state it will set.
    pub(super) fn place(&self) -> Option<StateKey> {
        let state_key = self.state_key.clone()?;
        Some((self.event_type.to_string().into(), state_key))
    }
}

/// Reads JSON a client sent as the content of an event. Events hold canonical JSON: no fractions, no
/// integers beyond 2^53.
pub(crate) fn content(json: &str) -> Result<CanonicalJsonObject> {
    serde_json::from_str(json).map_err(|error| MatrixError::bad_json(format!("not the content of an event: {error}")))
}

/// Makes the content of an event of one of our own values.
pub(super) fn content_of(value: &impl Serialize) -> Result<CanonicalJsonObject> {
    let json = serde_json::to_string(value).map_err(MatrixError::internal)?;
    content(&json)
}

/// What makes a request the same request, should it be sent again: its sender, device and path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// Who asks.
    pub user_id: OwnedUserId,
    /// On which device: another one may use the same transaction ID.
    pub device_id: OwnedDeviceId,
    /// The endpoint, room and transaction ID.
    pub path: String,
    /// The transaction ID alone, which the sender's device gets back with the event.
    pub txn_id: OwnedTransactionId,
}
