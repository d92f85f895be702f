//! Changes the loaded part of a timeline. What was not changed is not written.

mod decrypt;
mod fold;
mod insert;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use ruma::{EventId, OwnedTransactionId, TransactionId};

use super::{Chunk, Gap, Item, Position};
use crate::{
    changes::{RoomChanges, Snapshot},
    event::Event,
    protocol::ItemKey,
    room::StoredRoom,
};

pub(crate) use self::{
    fold::{Related, sort_replacements},
    insert::Entry,
};

/// The loaded chunks of a room, and which of them changed.
#[derive(Debug)]
pub(crate) struct Editor<'a> {
    chunks: BTreeMap<Position, Cow<'a, Chunk>>,
    deleted: BTreeSet<Position>,
    /// Rows whose content changed.
    pub(crate) touched: BTreeSet<ItemKey>,
    /// Rows came, went, or moved.
    pub(crate) reordered: bool,
}

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) chunk: Position,
    pub(crate) index: usize,
}

impl<'a> Editor<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            chunks: snapshot.chunks.iter().map(|(position, chunk)| (*position, Cow::Borrowed(chunk))).collect(),
            deleted: BTreeSet::new(),
            touched: BTreeSet::new(),
            reordered: false,
        }
    }

    /// The loaded chunks but the pending one, oldest first.
    pub(crate) fn ordered(&self) -> impl DoubleEndedIterator<Item = &Chunk> {
        self.chunks.range(..Position::PENDING).map(|(_, chunk)| &**chunk)
    }

    pub(crate) fn chunk(&self, position: Position) -> Option<&Chunk> {
        self.chunks.get(&position).map(|chunk| &**chunk)
    }

    pub(crate) fn chunk_mut(&mut self, position: Position) -> &mut Chunk {
        self.deleted.remove(&position);
        self.chunks.entry(position).or_insert_with(|| Cow::Owned(Chunk::new(position))).to_mut()
    }

    pub(crate) fn remove_chunk(&mut self, position: Position) -> Option<Chunk> {
        let chunk = self.chunks.remove(&position)?.into_owned();
        self.deleted.insert(position);
        Some(chunk)
    }

    /// Where the item of an event stands.
    pub(crate) fn place_of(&self, event_id: &EventId) -> Option<Place> {
        self.find(|item| item.event_id.as_deref() == Some(event_id))
    }

    /// Where the item this device sent with a transaction stands.
    pub(crate) fn place_of_transaction(&self, transaction_id: &TransactionId) -> Option<Place> {
        self.find(|item| item.transaction_id.as_deref() == Some(transaction_id))
    }

    /// Where the item with a key stands.
    pub(crate) fn place_of_key(&self, key: &ItemKey) -> Option<Place> {
        self.find(|item| item.key == *key)
    }

    /// Where the item is into which a relation is folded that this device sent with a transaction.
    pub(crate) fn place_of_relation(&self, transaction_id: &TransactionId) -> Option<Place> {
        let is_it = |id: &Option<OwnedTransactionId>| id.as_deref() == Some(transaction_id);
        self.find(|item| {
            item.replacements.iter().any(|replacement| is_it(&replacement.transaction_id))
                || item.reactions.iter().any(|reaction| is_it(&reaction.transaction_id) || is_it(&reaction.redacted_by))
                || item.redaction.as_ref().is_some_and(|redaction| is_it(&redaction.transaction_id))
        })
    }

    fn find(&self, is_it: impl Fn(&Item) -> bool) -> Option<Place> {
        // What is looked for is mostly recent.
        self.chunks.iter().rev().find_map(|(position, chunk)| {
            let index = chunk.items.iter().rposition(&is_it)?;
            Some(Place { chunk: *position, index })
        })
    }

    pub(crate) fn item(&self, place: Place) -> Option<&Item> {
        self.chunks.get(&place.chunk)?.items.get(place.index)
    }

    /// The item at a place, to be changed: it counts as touched.
    pub(crate) fn item_mut(&mut self, place: Place) -> Option<&mut Item> {
        let item = self.chunks.get_mut(&place.chunk)?.to_mut().items.get_mut(place.index)?;
        self.touched.insert(item.key.clone());
        Some(item)
    }

    /// The chunk in whose order an event stands, as a row or without one.
    pub(crate) fn ordered_chunk_of(&self, event_id: &EventId) -> Option<Position> {
        let stands_here = |chunk: &Chunk| {
            chunk.leading.iter().any(|id| id == event_id)
                || chunk.items.iter().any(|item| {
                    item.event_id.as_deref() == Some(event_id) || item.trailing.iter().any(|id| id == event_id)
                })
        };
        self.ordered().rev().find(|chunk| stands_here(chunk)).map(|chunk| chunk.position)
    }

    /// The key of a new gap before an event.
    pub(crate) fn gap_before(event_id: &EventId, prev_batch: Option<String>, next_batch: Option<String>) -> Gap {
        Gap { key: ItemKey(format!("gap:{event_id}")), prev_batch, next_batch }
    }

    /// A new item of an event that is a row.
    pub(crate) fn new_item(event: &Event) -> Item {
        let transaction_id = event.transaction_id.clone();
        Item {
            key: Item::key_of_event(&event.event_id),
            event_id: Some(event.event_id.clone()),
            transaction_id,
            sender: event.sender.clone(),
            timestamp: event.timestamp,
            event_type: event.event_type.clone(),
            state_key: event.state_key.clone(),
            json: event.json.clone(),
            well_formed: event.well_formed,
            encrypted: event.encrypted.clone(),
            undecryptable: event.undecryptable,
            echo: None,
            replacements: Vec::new(),
            reactions: Vec::new(),
            redaction: None,
            trailing: Vec::new(),
        }
    }

    /// Takes a local echo out of the pending ones.
    pub(crate) fn take_pending(&mut self, event: &Event) -> Option<Item> {
        let chunk = self.chunks.get_mut(&Position::PENDING)?;
        let index = chunk.items.iter().position(|item| {
            item.event_id.as_ref() == Some(&event.event_id)
                || (event.transaction_id.is_some()
                    && item.transaction_id == event.transaction_id
                    && item.sender == event.sender)
        })?;
        Some(chunk.to_mut().items.remove(index))
    }

    /// Writes what changed.
    pub(crate) fn finish(self, snapshot: &Snapshot, room: &mut StoredRoom, changes: &mut RoomChanges) {
        for position in self.deleted {
            if snapshot.chunks.contains_key(&position) {
                changes.chunks.insert(position, None);
            }
        }
        for (position, chunk) in self.chunks {
            let Cow::Owned(chunk) = chunk else { continue };
            let stored = snapshot.chunks.get(&position);
            if chunk.is_empty() {
                if stored.is_some() {
                    changes.chunks.insert(position, None);
                }
            } else if stored != Some(&chunk) {
                changes.chunks.insert(position, Some(chunk));
            }
        }
        room.update_chunk_facts(&changes.chunks);
        changes.touched.items.extend(self.touched);
        changes.touched.order |= self.reordered;
    }
}
