//! Where what is stored of a room lives.

use ruma::{OwnedRoomAliasId, OwnedUserId, RoomId, UserId};
use serde::{Deserialize, Serialize};
use trellis_model::{
    changes::{ReceiptKey, RoomChanges, StateKey},
    protocol::RoomTile,
    room::{Receipt, StoredMember, StoredRoom},
    timeline::{Chunk, IndexKey, Position},
};

use super::{KeyBuilder, Protection, Records};
use crate::port::{Batch, Direction, Key, KeyRange, StoreError, Table};

/// In [`Table::Rooms`]: the rooms' whole records.
const ROOMS: &str = "room";
/// In [`Table::Rooms`]: the rows of the room list, side by side, so that one range read opens an account.
const TILES: &str = "tile";

/// A room as the list knows it: its row, and what else it is found by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListedRoom {
    pub(crate) tile: RoomTile,
    pub(crate) alias: Option<OwnedRoomAliasId>,
}

pub(crate) fn room(room_id: &RoomId) -> Key {
    KeyBuilder::new().text(ROOMS).text(room_id).build()
}

fn tile(room_id: &RoomId) -> Key {
    KeyBuilder::new().text(TILES).text(room_id).build()
}

fn of_room(room_id: &RoomId) -> KeyBuilder {
    KeyBuilder::new().text(room_id)
}

pub(crate) fn state(room_id: &RoomId, (event_type, state_key): &StateKey) -> Key {
    of_room(room_id).text(event_type).text(state_key).build()
}

pub(crate) fn member(room_id: &RoomId, user_id: &UserId) -> Key {
    of_room(room_id).text(user_id).build()
}

pub(crate) fn chunk(room_id: &RoomId, position: Position) -> Key {
    of_room(room_id).signed(position.0).build()
}

pub(crate) fn receipt(room_id: &RoomId, (user_id, thread): &ReceiptKey) -> Key {
    let key = of_room(room_id).text(user_id);
    match thread {
        Some(thread) => key.number(1).text(thread).build(),
        None => key.number(0).build(),
    }
}

fn account_data(room_id: &RoomId, event_type: &str) -> Key {
    of_room(room_id).text(event_type).build()
}

/// What a chunk is found by. Within its room: another room's homeserver may claim any event ID.
fn index(room_id: &RoomId, entry: &IndexKey) -> Key {
    let mut key = of_room(room_id).build();
    key.extend_from_slice(&entry.to_bytes());
    key
}

/// What is kept of an encrypted room stays sealed.
fn protection(room: Option<&StoredRoom>) -> Protection {
    match room {
        Some(room) if room.is_encrypted() => Protection::Sealed,
        _ => Protection::Plain,
    }
}

impl Records {
    pub(crate) async fn room(&self, room_id: &RoomId) -> Result<Option<StoredRoom>, StoreError> {
        self.get(Table::Rooms, &room(room_id)).await
    }

    /// Every room of the list.
    pub(crate) async fn listed_rooms(&self) -> Result<Vec<ListedRoom>, StoreError> {
        self.all(Table::Rooms, KeyBuilder::new().text(TILES).range()).await
    }

    pub(crate) async fn members(&self, room_id: &RoomId) -> Result<Vec<StoredMember>, StoreError> {
        self.all(Table::Members, of_room(room_id).range()).await
    }

    pub(crate) async fn members_of<'a>(
        &self,
        room_id: &RoomId,
        users: impl IntoIterator<Item = &'a OwnedUserId>,
    ) -> Result<Vec<StoredMember>, StoreError> {
        let keys: Vec<_> = users.into_iter().map(|user_id| member(room_id, user_id)).collect();
        Ok(self.get_many(Table::Members, &keys).await?.into_iter().flatten().collect())
    }

    pub(crate) async fn receipts(&self, room_id: &RoomId) -> Result<Vec<Receipt>, StoreError> {
        self.all(Table::Receipts, of_room(room_id).range()).await
    }

    /// The chunk that holds something.
    pub(crate) async fn chunks_with(&self, room_id: &RoomId, entry: &IndexKey) -> Result<Vec<Chunk>, StoreError> {
        self.find(Table::Chunks, &index(room_id, entry)).await
    }

    /// At most `limit` chunks from the end, nearest first; what waits to be sent stands in the last.
    pub(crate) async fn latest_chunks(&self, room_id: &RoomId, limit: usize) -> Result<Vec<Chunk>, StoreError> {
        let chunks = self.range(Table::Chunks, of_room(room_id).range(), Direction::Descending, limit).await?;
        Ok(chunks.into_iter().map(|(_, chunk)| chunk).collect())
    }

    /// At most `limit` chunks before a position, nearest first.
    pub(crate) async fn chunks_before(
        &self,
        room_id: &RoomId,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Chunk>, StoreError> {
        let range = KeyRange { start: of_room(room_id).build(), end: Some(chunk(room_id, position)) };
        let chunks = self.range(Table::Chunks, range, Direction::Descending, limit).await?;
        Ok(chunks.into_iter().map(|(_, chunk)| chunk).collect())
    }

    /// At most `limit` chunks from a position on, nearest first.
    pub(crate) async fn chunks_from(
        &self,
        room_id: &RoomId,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Chunk>, StoreError> {
        let range = KeyRange { start: chunk(room_id, position), end: of_room(room_id).range().end };
        let chunks = self.range(Table::Chunks, range, Direction::Ascending, limit).await?;
        Ok(chunks.into_iter().map(|(_, chunk)| chunk).collect())
    }

    /// Adds a room's changes to a batch. `before`: the room as it was stored.
    pub(crate) fn put_changes(&self, batch: &mut Batch, before: Option<&StoredRoom>, changes: &RoomChanges) {
        let room_id = &*changes.room_id;
        if changes.evict {
            self.evict(batch, room_id);
        }
        let protection = protection(changes.room.as_ref().or(before));
        if let Some(changed) = &changes.room {
            self.put(batch, Table::Rooms, room(room_id), protection, changed);
            self.put_encryption(batch, before, changed);
        }
        for (key, event) in &changes.state {
            self.put_or_delete(batch, Table::State, state(room_id, key), protection, event.as_ref(), Vec::new());
        }
        for (user_id, event) in &changes.members {
            self.put_or_delete(batch, Table::Members, member(room_id, user_id), protection, event.as_ref(), Vec::new());
        }
        for (position, changed) in &changes.chunks {
            let entries = changed.iter().flat_map(Chunk::index).map(|entry| index(room_id, &entry)).collect();
            let key = chunk(room_id, *position);
            self.put_or_delete(batch, Table::Chunks, key, protection, changed.as_ref(), entries);
        }
        for (key, changed) in &changes.receipts {
            let key = receipt(room_id, key);
            self.put_or_delete(batch, Table::Receipts, key, Protection::Plain, changed.as_ref(), Vec::new());
        }
        for (event_type, data) in &changes.account_data {
            let key = account_data(room_id, event_type);
            self.put_or_delete(batch, Table::AccountData, key, Protection::Plain, data.as_ref(), Vec::new());
        }
    }

    /// Adds a room's place in the room list to a batch, or its going from there.
    pub(crate) fn put_listed(&self, batch: &mut Batch, room_id: &RoomId, room: Option<&ListedRoom>) {
        let encrypted = room.is_some_and(|room| room.tile.is_encrypted);
        let protection = if encrypted { Protection::Sealed } else { Protection::Plain };
        self.put_or_delete(batch, Table::Rooms, tile(room_id), protection, room, Vec::new());
    }

    fn evict(&self, batch: &mut Batch, room_id: &RoomId) {
        batch.delete(Table::Rooms, room(room_id));
        batch.delete(Table::Rooms, tile(room_id));
        for table in [Table::State, Table::Members, Table::Chunks, Table::Receipts, Table::AccountData] {
            batch.delete_range(table, of_room(room_id).range());
        }
    }

    fn put_or_delete<T: Serialize>(
        &self,
        batch: &mut Batch,
        table: Table,
        key: Key,
        protection: Protection,
        value: Option<&T>,
        index: Vec<Key>,
    ) {
        match value {
            Some(value) => self.put_indexed(batch, table, key, protection, value, index),
            None => batch.delete(table, key),
        }
    }
}
