//! Where each room stands right now, in memory: what the next event is built on.
//!
//! An event is authorised and signed on top of the one before it without waiting for that one's
//! commit, so that the senders of one room share commits too. Nothing in here is authoritative:
//! the write checks that the room still ends where the event says, and where it does not (another
//! process wrote, or the event before failed) the head is thrown away and read again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use ruma::{
    EventId, OwnedEventId, OwnedRoomId, RoomId, RoomVersionId, UserId,
    events::{StateEventType, room::member::MembershipState},
    room_version_rules::RoomVersionRules,
};

use super::pdu::{Pdu, StateKey};
use crate::{
    MatrixError, Result,
    storage::{Connection, args},
};

/// Rooms kept in memory; beyond this many, those nobody uses at the moment are dropped.
const ROOMS: usize = 4_096;

/// State events kept of one room while nothing is being written.
const EVENTS: usize = 4_096;

/// A room's head, to be locked while an event is made. Empty until it is read.
pub(super) type Slot = Arc<tokio::sync::Mutex<Option<Head>>>;

/// The heads of the rooms in use.
#[derive(Debug, Default)]
pub(super) struct Heads(Mutex<HashMap<OwnedRoomId, Slot>>);

impl Heads {
    pub(super) fn slot(&self, room_id: &RoomId) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(room_id) {
            return slot.clone();
        }
        if slots.len() >= ROOMS {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        let slot = Slot::default();
        slots.insert(room_id.to_owned(), slot.clone());
        slot
    }

    /// Drops an event from the state that is kept, since its stored content has changed.
    pub(super) async fn forget_state(&self, room_id: &RoomId, place: &StateKey, event_id: &EventId) {
        let slot = self.slot(room_id);
        let mut head = slot.lock().await;
        if let Some(head) = head.as_mut()
            && head.state.get(place).and_then(Option::as_ref).is_some_and(|pdu| pdu.event_id == event_id)
        {
            head.state.remove(place);
            head.complete = false;
        }
    }
}

/// Where a room stands.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) room_id: OwnedRoomId,
    pub(super) rules: RoomVersionRules,
    pub(super) extremities: Vec<OwnedEventId>,
    pub(super) depth: i64,
    /// The entries of the current state that were needed so far; `None` is an entry known to be
    /// missing.
    state: HashMap<StateKey, Option<Arc<Pdu>>>,
    /// The room was made here: what is not in `state` does not exist.
    complete: bool,
    /// Shared with the writes that are under way.
    writes: Arc<()>,
}

/// What to go back to when an event is refused after another of its batch was made.
#[derive(Debug)]
pub(super) struct Undo {
    extremities: Vec<OwnedEventId>,
    depth: i64,
    entries: Vec<(StateKey, Option<Arc<Pdu>>)>,
}

impl Head {
    /// The head of a room that has no event yet.
    pub(super) fn new(room_id: OwnedRoomId, rules: RoomVersionRules) -> Self {
        Self {
            room_id,
            rules,
            extremities: Vec::new(),
            depth: 0,
            state: HashMap::new(),
            complete: true,
            writes: Arc::default(),
        }
    }

    /// Reads where the room stands, if there is such a room.
    pub(super) async fn load(connection: &mut Connection, room_id: &RoomId) -> Result<Option<Self>> {
        let sql = "SELECT version, extremities, depth FROM rooms WHERE room_id = $1";
        let Some(row) = connection.fetch_optional(sql, args![room_id]).await? else {
            return Ok(None);
        };
        let version = RoomVersionId::try_from(row.get::<String>(0)?).map_err(MatrixError::internal)?;
        let rules = super::version::rules(&version)?;
        let mut head = Self::new(room_id.to_owned(), rules);
        head.extremities = serde_json::from_slice(&row.get::<Vec<u8>>(1)?).map_err(MatrixError::internal)?;
        head.depth = row.get(2)?;
        head.complete = false;
        Ok(Some(head))
    }

    /// Whether every one of `keys` is known.
    pub(super) fn knows(&self, keys: &[StateKey]) -> bool {
        (self.complete && self.state.len() <= EVENTS) || keys.iter().all(|key| self.state.contains_key(key))
    }

    /// Reads those of `keys` that are not known. What writes under way have changed is known, so the
    /// database is right about the rest.
    pub(super) async fn fetch(&mut self, connection: &mut Connection, keys: &[StateKey]) -> Result<()> {
        if self.state.len() > EVENTS && Arc::strong_count(&self.writes) == 1 {
            self.state.clear();
            self.complete = false;
        }
        for key in keys {
            if self.complete || self.state.contains_key(key) {
                continue;
            }
            let pdu = current_pdu(connection, &self.room_id, key).await?;
            self.state.insert(key.clone(), pdu.map(Arc::new));
        }
        Ok(())
    }

    /// The event that sets an entry of the current state. It must have been fetched.
    pub(super) fn get(&self, event_type: &StateEventType, state_key: &str) -> Option<&Arc<Pdu>> {
        self.state.get(&(event_type.clone(), state_key.to_owned()))?.as_ref()
    }

    /// A user's membership; `leave` for those who were never there.
    pub(super) fn membership(&self, user_id: &UserId) -> MembershipState {
        self.get(&StateEventType::RoomMember, user_id.as_str())
            .and_then(|pdu| pdu.membership())
            .unwrap_or(MembershipState::Leave)
    }

    /// Puts an event at the end of the room. What it replaced is returned.
    pub(super) fn advance(&mut self, pdu: &Arc<Pdu>, undo: &mut Undo) -> Option<Arc<Pdu>> {
        self.extremities = vec![pdu.event_id.clone()];
        self.depth = pdu.depth();
        let key = pdu.state()?;
        let replaced = self.state.insert(key.clone(), Some(pdu.clone())).flatten();
        undo.entries.push((key, replaced.clone()));
        replaced
    }

    pub(super) fn mark(&self) -> Undo {
        Undo { extremities: self.extremities.clone(), depth: self.depth, entries: Vec::new() }
    }

    pub(super) fn undo(&mut self, undo: Undo) {
        self.extremities = undo.extremities;
        self.depth = undo.depth;
        for (key, event) in undo.entries.into_iter().rev() {
            self.state.insert(key, event);
        }
    }

    /// Held by a write until it is committed or given up.
    pub(super) fn write(&self) -> Arc<()> {
        self.writes.clone()
    }

    /// Whether this is the head a write was made on.
    pub(super) fn made(&self, write: &Arc<()>) -> bool {
        Arc::ptr_eq(&self.writes, write)
    }
}

/// The event that sets an entry of the current state.
async fn current_pdu(connection: &mut Connection, room_id: &RoomId, key: &StateKey) -> Result<Option<Pdu>> {
    let row = connection
        .fetch_optional(
            "SELECT event.event_id, event.json FROM current_state state \
             JOIN events event ON event.event_id = state.event_id \
             WHERE state.room_id = $1 AND state.type = $2 AND state.state_key = $3",
            args![room_id, key.0.to_string(), &key.1],
        )
        .await?;
    row.map(|row| Pdu::parse(row.get(0)?, room_id.to_owned(), row.get(1)?)).transpose()
}
