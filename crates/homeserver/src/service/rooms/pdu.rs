//! A persistent data unit: an event as homeservers exchange it.

use std::sync::Arc;

use ruma::{
    CanonicalJsonObject, EventId, MilliSecondsSinceUnixEpoch, OwnedEventId, OwnedRoomId, OwnedUserId, RoomId, UserId,
    events::{StateEventType, TimelineEventType, room::member::MembershipState},
    state_res::Event,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{MatrixError, Result};

/// What identifies an entry of a room's state: the event type and the state key.
pub type StateKey = (StateEventType, String);

/// A PDU with what the authorization rules look at, see the [format].
///
/// [format]: https://spec.matrix.org/v1.18/rooms/v12/#event-format-1
#[derive(Clone, Debug)]
pub struct Pdu {
    /// The hash it is known by.
    pub event_id: OwnedEventId,
    /// The room, which the create event of newer versions does not name itself.
    pub room_id: OwnedRoomId,
    /// The rest, as sent.
    fields: Fields,
    /// The whole of it, as stored and sent to other servers.
    pub json: Arc<[u8]>,
}

#[derive(Clone, Debug, Deserialize)]
struct Fields {
    room_id: Option<OwnedRoomId>,
    sender: OwnedUserId,
    #[serde(rename = "type")]
    event_type: TimelineEventType,
    state_key: Option<String>,
    origin_server_ts: MilliSecondsSinceUnixEpoch,
    depth: i64,
    content: Box<RawValue>,
    prev_events: Vec<OwnedEventId>,
    auth_events: Vec<OwnedEventId>,
    redacts: Option<OwnedEventId>,
}

impl Pdu {
    /// Reads the JSON of an event whose ID and room are known.
    pub fn parse(event_id: OwnedEventId, room_id: OwnedRoomId, json: Vec<u8>) -> Result<Self> {
        let fields = serde_json::from_slice(&json).map_err(MatrixError::internal)?;
        Ok(Self { event_id, room_id, fields, json: json.into() })
    }

    /// Who sent it.
    pub fn sender(&self) -> &UserId {
        &self.fields.sender
    }

    /// Its type.
    pub fn event_type(&self) -> &TimelineEventType {
        &self.fields.event_type
    }

    /// Its content, as sent.
    pub fn content(&self) -> &RawValue {
        &self.fields.content
    }

    /// Its content, read as `T`.
    pub fn content_as<'de, T: Deserialize<'de>>(&'de self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.fields.content.get())
    }

    /// Its state key, if it is a state event.
    pub fn state_key(&self) -> Option<&str> {
        self.fields.state_key.as_deref()
    }

    /// The place in the room's state it sets, if it is a state event.
    pub fn state(&self) -> Option<StateKey> {
        let state_key = self.fields.state_key.clone()?;
        Some((self.fields.event_type.to_string().into(), state_key))
    }

    /// How many events lead to it, at most.
    pub fn depth(&self) -> i64 {
        self.fields.depth
    }

    /// When its sender's server says it was sent.
    pub fn origin_server_ts(&self) -> MilliSecondsSinceUnixEpoch {
        self.fields.origin_server_ts
    }

    /// The membership it gives, if it is a member event that gives one.
    pub fn membership(&self) -> Option<MembershipState> {
        #[derive(Deserialize)]
        struct Content {
            membership: MembershipState,
        }
        if self.fields.event_type != TimelineEventType::RoomMember {
            return None;
        }
        self.content_as::<Content>().ok().map(|content| content.membership)
    }

    /// The event it redacts: named beside the content before room version 11, within it since. A state
    /// event of this type redacts nothing.
    pub fn redacts(&self) -> Option<OwnedEventId> {
        #[derive(Deserialize)]
        struct Content {
            redacts: Option<OwnedEventId>,
        }
        if self.fields.event_type != TimelineEventType::RoomRedaction || self.fields.state_key.is_some() {
            return None;
        }
        self.fields.redacts.clone().or_else(|| self.content_as::<Content>().ok()?.redacts)
    }

    /// What it relates to and how, if it has a relation with a type.
    pub fn relation(&self) -> Option<(String, String)> {
        #[derive(Deserialize)]
        struct Content {
            #[serde(rename = "m.relates_to")]
            relates_to: Relation,
        }
        #[derive(Deserialize)]
        struct Relation {
            event_id: String,
            rel_type: String,
        }
        let relation = self.content_as::<Content>().ok()?.relates_to;
        Some((relation.event_id, relation.rel_type))
    }

    /// The JSON as an object, to redact or to sign.
    pub fn to_object(&self) -> Result<CanonicalJsonObject> {
        serde_json::from_slice(&self.json).map_err(MatrixError::internal)
    }
}

impl Event for Pdu {
    type Id = OwnedEventId;

    fn event_id(&self) -> &Self::Id {
        &self.event_id
    }

    fn room_id(&self) -> Option<&RoomId> {
        self.fields.room_id.as_deref()
    }

    fn sender(&self) -> &UserId {
        &self.fields.sender
    }

    fn origin_server_ts(&self) -> MilliSecondsSinceUnixEpoch {
        self.fields.origin_server_ts
    }

    fn event_type(&self) -> &TimelineEventType {
        &self.fields.event_type
    }

    fn content(&self) -> &RawValue {
        &self.fields.content
    }

    fn state_key(&self) -> Option<&str> {
        self.fields.state_key.as_deref()
    }

    fn prev_events(&self) -> Box<dyn DoubleEndedIterator<Item = &Self::Id> + '_> {
        Box::new(self.fields.prev_events.iter())
    }

    fn auth_events(&self) -> Box<dyn DoubleEndedIterator<Item = &Self::Id> + '_> {
        Box::new(self.fields.auth_events.iter())
    }

    fn redacts(&self) -> Option<&Self::Id> {
        self.fields.redacts.as_ref()
    }

    fn rejected(&self) -> bool {
        // What is rejected is never stored as part of a room.
        false
    }
}

/// The ID of the room a version 12 create event makes.
pub(super) fn room_id_of_create(event_id: &EventId) -> Result<OwnedRoomId> {
    let hash = event_id.as_str().trim_start_matches('$');
    format!("!{hash}").try_into().map_err(MatrixError::internal)
}
