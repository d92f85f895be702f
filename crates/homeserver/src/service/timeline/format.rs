//! Events as clients see them: without what only homeservers need, with what this one knows besides.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use ruma::{
    DeviceId, EventId, OwnedDeviceId, OwnedEventId, OwnedUserId, RoomId, UserId, events::room::member::MembershipState,
    serde::Raw,
};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::{History, bundle, erasure, event::StoredEvent, read, standing::Standing, tail::Stretch};
use crate::{MatrixError, Result, service::rooms::Rooms, storage::Connection};

/// For whom events are made ready.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The user.
    pub user_id: OwnedUserId,
    /// Their device, which gets its own transaction IDs back.
    pub device_id: Option<OwnedDeviceId>,
    /// The time, for the age of events.
    pub now: i64,
}

/// Whether an event says which room it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// It does, as everywhere but in `/sync`.
    WithRoomId,
    /// It stands in its room already.
    Sync,
}

/// A [client event].
///
/// [client event]: https://spec.matrix.org/v1.18/client-server-api/#room-event-format
#[derive(Serialize)]
struct ClientEvent<'e> {
    content: &'e RawValue,
    event_id: &'e EventId,
    origin_server_ts: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    redacts: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<&'e RoomId>,
    sender: &'e UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_key: Option<&'e str>,
    #[serde(rename = "type")]
    event_type: &'e str,
    unsigned: Unsigned<'e>,
}

#[derive(Default, Serialize)]
struct Unsigned<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    membership: Option<MembershipState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_content: Option<&'e RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_sender: Option<&'e UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces_state: Option<&'e EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redacted_because: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'e str>,
    #[serde(rename = "m.relations", skip_serializing_if = "BTreeMap::is_empty")]
    relations: BTreeMap<&'static str, Box<RawValue>>,
}

impl<'e> Unsigned<'e> {
    /// What the event's own row says.
    fn new(viewer: &Viewer, known: Known<'_>, event: &'e StoredEvent) -> Self {
        Self {
            age: age(viewer, event),
            membership: known.membership_at(event),
            transaction_id: own_txn_id(viewer, event),
            ..Self::default()
        }
    }
}

/// The fields of a PDU that clients see and columns do not hold.
#[derive(Deserialize)]
struct Wire<'e> {
    #[serde(borrow)]
    content: &'e RawValue,
    #[serde(borrow)]
    redacts: Option<Cow<'e, str>>,
}

/// What is known of events besides themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'k> {
    /// How the viewer stood to their rooms.
    pub standing: Option<&'k Standing>,
    /// What was said of those among the newest events.
    pub fresh: Option<&'k Stretch>,
}

impl Known<'_> {
    fn membership_at(&self, event: &StoredEvent) -> Option<MembershipState> {
        self.standing?.membership_at(event)
    }
}

/// Makes events ready for a client, in their order; those that were erased for the viewer lose their content. How the
/// viewer stood to their rooms is found out, unless it is known.
pub async fn to_client(
    connection: &mut Connection,
    viewer: &Viewer,
    shape: Shape,
    known: Known<'_>,
    events: &mut [StoredEvent],
) -> Result<Vec<Box<RawValue>>> {
    let others: Vec<OwnedEventId> =
        events.iter().flat_map(|event| event.replaces.iter().chain(&event.redacted_by)).cloned().collect();
    let mut others = read::events(connection, &others).await?;
    let found;
    let standing = match known.standing {
        Some(standing) => standing,
        None => {
            let mut own = Standing::default();
            let rooms = own.lacks(&*events);
            own.learn(connection, &viewer.user_id, rooms).await?;
            found = own;
            &found
        }
    };
    let known = Known { standing: Some(standing), ..known };
    erasure::hide(connection, &viewer.user_id, standing, events.iter_mut().chain(&mut others).collect()).await?;
    let others: HashMap<OwnedEventId, StoredEvent> =
        others.into_iter().map(|event| (event.event_id.clone(), event)).collect();
    let mut bundles = bundle::load(connection, viewer, shape, known, events).await?;
    events
        .iter()
        .map(|event| {
            let mut unsigned = unsigned(viewer, shape, known, event, &others)?;
            unsigned.relations = bundles.remove(&event.event_id).unwrap_or_default();
            write(event, shape, unsigned)
        })
        .collect()
}

/// The event with what is in its own row, for where the rest would lead too far.
pub fn plain(viewer: &Viewer, shape: Shape, known: Known<'_>, event: &StoredEvent) -> Result<Box<RawValue>> {
    write(event, shape, Unsigned::new(viewer, known, event))
}

/// The same with what others say of it.
pub(super) fn bundled(
    viewer: &Viewer,
    shape: Shape,
    known: Known<'_>,
    event: &StoredEvent,
    relations: BTreeMap<&'static str, Box<RawValue>>,
) -> Result<Box<RawValue>> {
    write(event, shape, Unsigned { relations, ..Unsigned::new(viewer, known, event) })
}

fn unsigned<'e>(
    viewer: &Viewer,
    shape: Shape,
    known: Known<'_>,
    event: &'e StoredEvent,
    others: &'e HashMap<OwnedEventId, StoredEvent>,
) -> Result<Unsigned<'e>> {
    let mut unsigned = Unsigned::new(viewer, known, event);
    if let Some(replaced) = event.replaces.as_ref().and_then(|event_id| others.get(event_id)) {
        unsigned.prev_content = Some(replaced.content()?);
        unsigned.prev_sender = Some(&replaced.sender);
        unsigned.replaces_state = Some(&replaced.event_id);
    }
    if let Some(redaction) = event.redacted_by.as_ref().and_then(|event_id| others.get(event_id)) {
        unsigned.redacted_because = Some(plain(viewer, shape, known, redaction)?);
    }
    Ok(unsigned)
}

fn write(event: &StoredEvent, shape: Shape, unsigned: Unsigned<'_>) -> Result<Box<RawValue>> {
    let wire: Wire<'_> = serde_json::from_slice(&event.json).map_err(MatrixError::internal)?;
    let BothWays { content, redacts } = redaction_both_ways(event, &wire)?;
    let event = ClientEvent {
        content: content.as_deref().unwrap_or(wire.content),
        event_id: &event.event_id,
        origin_server_ts: event.origin_server_ts,
        redacts: redacts.as_deref(),
        room_id: (shape == Shape::WithRoomId).then_some(&event.room_id),
        sender: &event.sender,
        state_key: event.state_key.as_deref(),
        event_type: &event.event_type,
        unsigned,
    };
    to_raw_value(&event).map_err(MatrixError::internal)
}

/// What a redaction says besides what its PDU does.
#[derive(Default)]
struct BothWays<'e> {
    /// The content, if it has to say more.
    content: Option<Box<RawValue>>,
    /// What is redacted.
    redacts: Option<Cow<'e, str>>,
}

/// Clients find what is redacted in the content and beside it, whatever the room version.
fn redaction_both_ways<'e>(event: &StoredEvent, wire: &'e Wire<'_>) -> Result<BothWays<'e>> {
    if event.event_type != "m.room.redaction" {
        return Ok(BothWays::default());
    }
    let mut content: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(wire.content.get()).map_err(MatrixError::internal)?;
    let inner = content.get("redacts").and_then(|redacts| redacts.as_str()).map(ToOwned::to_owned);
    match (&wire.redacts, inner) {
        (None, Some(redacts)) => Ok(BothWays { content: None, redacts: Some(redacts.into()) }),
        (Some(redacts), None) => {
            content.insert("redacts".to_owned(), redacts.as_ref().into());
            let content = to_raw_value(&content).map_err(MatrixError::internal)?;
            Ok(BothWays { content: Some(content), redacts: Some(Cow::Borrowed(redacts.as_ref())) })
        }
        (outer, _) => Ok(BothWays { content: None, redacts: outer.as_deref().map(Cow::Borrowed) }),
    }
}

fn age(viewer: &Viewer, event: &StoredEvent) -> Option<i64> {
    Some(viewer.now - event.origin_server_ts).filter(|age| *age >= 0)
}

fn own_txn_id<'e>(viewer: &Viewer, event: &'e StoredEvent) -> Option<&'e str> {
    let is_own = event.sender == viewer.user_id && event.device_id.is_some() && event.device_id == viewer.device_id;
    event.txn_id.as_ref().filter(|_| is_own).map(|txn_id| txn_id.as_str())
}

impl Rooms {
    /// Makes events ready for a client outside of `/sync`, in their order.
    pub async fn show<T>(
        &self,
        (user_id, device_id): (&UserId, &DeviceId),
        history: Option<&History>,
        events: &[StoredEvent],
    ) -> Result<Vec<Raw<T>>> {
        let now = self.environment().now_millis();
        let viewer = Viewer { user_id: user_id.to_owned(), device_id: Some(device_id.to_owned()), now };
        let mut connection = self.storage().read().await?;
        let standing = history.zip(events.first()).map(|(history, event)| Standing::of([(&*event.room_id, history)]));
        let known = Known { standing: standing.as_ref(), fresh: None };
        let events = to_client(&mut connection, &viewer, Shape::WithRoomId, known, &mut events.to_vec()).await?;
        Ok(events.into_iter().map(Raw::from_json).collect())
    }
}
