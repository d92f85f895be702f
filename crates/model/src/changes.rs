//! What a reduction needs of the store, what it is given, and what it gives back: plain data on all three sides.

use std::collections::{BTreeMap, BTreeSet};

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId, RoomId};

use crate::{
    protocol::{ItemKey, Membership},
    room::{Receipt, RoomAccountData, RoomEncryption, StateEvent, StoredMember, StoredRoom},
    timeline::{Chunk, IndexKey, Item, Position},
};

/// The type and state key of a state event.
pub type StateKey = (String, String);

/// The user and thread of a receipt.
pub type ReceiptKey = (OwnedUserId, Option<String>);

/// What must be loaded of a room before a change to it can be reduced. The room's own record comes first, since what
/// else is needed depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// State events by type and state key.
    pub state: BTreeSet<StateKey>,
    pub members: BTreeSet<OwnedUserId>,
    /// Chunks by their place.
    pub chunks: BTreeSet<Position>,
    /// For each: the nearest chunk before it, if there is one.
    pub chunks_before: BTreeSet<Position>,
    /// Chunks by what they contain.
    pub index: BTreeSet<IndexKey>,
    /// Receipts by user and thread.
    pub receipts: BTreeSet<ReceiptKey>,
}

impl Needs {
    /// Whether nothing is needed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is stored of a room, as far as it was asked for. A key that was asked for and is not in the store is simply not
/// in the map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// `None`: the room is not stored.
    pub room: Option<StoredRoom>,
    /// How the room was encrypted when it was stored last: a homeserver cannot make this forgotten.
    pub encryption: Option<RoomEncryption>,
    pub state: BTreeMap<StateKey, StateEvent>,
    pub members: BTreeMap<OwnedUserId, StoredMember>,
    pub chunks: BTreeMap<Position, Chunk>,
    pub receipts: BTreeMap<ReceiptKey, Receipt>,
}

impl Snapshot {
    /// The room's record, or a new one.
    pub(crate) fn room_or_new(&self, room_id: &RoomId, membership: Membership) -> StoredRoom {
        let mut room = self.room.clone().unwrap_or_else(|| StoredRoom::new(room_id.to_owned(), membership));
        if room.encryption.is_none() {
            room.encryption.clone_from(&self.encryption);
        }
        room
    }

    /// Carries over what a reduction changed, so that the next one can follow before anything is committed.
    pub fn apply(&mut self, changes: &RoomChanges) {
        if changes.evict {
            *self = Self { encryption: self.encryption.take(), ..Self::default() };
        }
        if let Some(room) = &changes.room {
            self.room = Some(room.clone());
        }
        carry_over(&mut self.state, &changes.state);
        carry_over(&mut self.members, &changes.members);
        carry_over(&mut self.chunks, &changes.chunks);
        carry_over(&mut self.receipts, &changes.receipts);
    }

    /// The item an event shows as, or is folded into, and its chunk.
    pub fn item_of_event(&self, event_id: &OwnedEventId) -> Option<(&Chunk, &Item)> {
        self.items().find(|(_, item)| item.event_id.as_ref() == Some(event_id))
    }

    /// The item with a key, and its chunk.
    pub fn item(&self, key: &ItemKey) -> Option<(&Chunk, &Item)> {
        self.items().find(|(_, item)| item.key == *key)
    }

    fn items(&self) -> impl Iterator<Item = (&Chunk, &Item)> {
        self.chunks.values().flat_map(|chunk| chunk.items.iter().map(move |item| (chunk, item)))
    }
}

fn carry_over<K: Ord + Clone, V: Clone>(map: &mut BTreeMap<K, V>, changes: &BTreeMap<K, Option<V>>) {
    for (key, value) in changes {
        match value {
            Some(value) => map.insert(key.clone(), value.clone()),
            None => map.remove(key),
        };
    }
}

/// What a reduction changes of one room. Records are whole and absolute: writing them twice is harmless. In the maps,
/// `None` deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomChanges {
    pub room_id: OwnedRoomId,
    /// Everything stored of the room goes first.
    pub evict: bool,
    /// The room's record, where it changed.
    pub room: Option<StoredRoom>,
    pub state: BTreeMap<StateKey, Option<StateEvent>>,
    pub members: BTreeMap<OwnedUserId, Option<StoredMember>>,
    pub chunks: BTreeMap<Position, Option<Chunk>>,
    pub receipts: BTreeMap<ReceiptKey, Option<Receipt>>,
    pub account_data: BTreeMap<String, Option<RoomAccountData>>,
    /// Who types now; not stored.
    pub typing: Option<BTreeSet<OwnedUserId>>,
    pub touched: Touched,
    /// Events without a valid ID or sender, which cannot be shown.
    pub unreadable: u32,
}

impl RoomChanges {
    /// No changes.
    pub fn new(room_id: OwnedRoomId) -> Self {
        Self {
            room_id,
            evict: false,
            room: None,
            state: BTreeMap::new(),
            members: BTreeMap::new(),
            chunks: BTreeMap::new(),
            receipts: BTreeMap::new(),
            account_data: BTreeMap::new(),
            typing: None,
            touched: Touched::default(),
            unreadable: 0,
        }
    }

    /// Whether there is anything to commit.
    pub fn is_empty(&self) -> bool {
        !self.evict
            && self.room.is_none()
            && self.state.is_empty()
            && self.members.is_empty()
            && self.chunks.is_empty()
            && self.receipts.is_empty()
            && self.account_data.is_empty()
    }

    /// Adds later changes of the same room.
    pub fn merge(&mut self, later: Self) {
        if later.evict {
            *self = later;
            return;
        }
        self.room = later.room.or_else(|| self.room.take());
        self.state.extend(later.state);
        self.members.extend(later.members);
        self.chunks.extend(later.chunks);
        self.receipts.extend(later.receipts);
        self.account_data.extend(later.account_data);
        self.typing = later.typing.or_else(|| self.typing.take());
        self.touched.merge(later.touched);
        self.unreadable += later.unreadable;
    }
}

/// What of the projections must be made anew.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touched {
    /// The row of the room list, and what follows from the room's record.
    pub tile: bool,
    /// Rows were added, removed, or moved: the order of the timeline.
    pub order: bool,
    /// Rows whose content changed.
    pub items: BTreeSet<ItemKey>,
    /// Members whose profile, membership or level changed: their rows of the member list and the timeline.
    pub members: BTreeSet<OwnedUserId>,
    /// Levels changed: every row of the member list, and what the person may do.
    pub power_levels: bool,
    /// Receipts moved: the rows they left and the rows they reached.
    pub receipts: BTreeSet<OwnedEventId>,
}

impl Touched {
    fn merge(&mut self, later: Self) {
        self.tile |= later.tile;
        self.order |= later.order;
        self.items.extend(later.items);
        self.members.extend(later.members);
        self.power_levels |= later.power_levels;
        self.receipts.extend(later.receipts);
    }
}
