//! What must be remembered of encryption, whatever becomes of the cache: that this device has keys, and which rooms are
//! encrypted. Sealed, and migrated for ever.

use ruma::RoomId;
use trellis_model::room::{RoomEncryption, StateEvent, StoredRoom};

use super::{KeyBuilder, Protection, Records, room};
use crate::{
    keys::KeyRecord,
    port::{Batch, Key, StoreError, Table},
};

const KEYS: &str = "keys";
const ENCRYPTION: &str = "encryption";

impl Records {
    /// The keys this device has.
    pub(crate) async fn keys(&self) -> Result<Option<KeyRecord>, StoreError> {
        self.get(Table::Settings, &KeyBuilder::new().text(KEYS).build()).await
    }

    pub(crate) fn put_keys(&self, batch: &mut Batch, keys: &KeyRecord) {
        self.put(batch, Table::Settings, KeyBuilder::new().text(KEYS).build(), Protection::Sealed, keys);
    }

    /// How a room was encrypted when that was last heard of.
    pub(crate) async fn encryption(&self, room_id: &RoomId) -> Result<Option<RoomEncryption>, StoreError> {
        self.get(Table::Settings, &encryption(room_id)).await
    }

    /// Notes how a room is encrypted, where that is news.
    pub(super) fn put_encryption(&self, batch: &mut Batch, before: Option<&StoredRoom>, changed: &StoredRoom) {
        let before = before.and_then(|room| room.encryption.as_ref());
        if let Some(now) = changed.encryption.as_ref().filter(|now| before != Some(*now)) {
            self.put(batch, Table::Settings, encryption(&changed.room_id), Protection::Sealed, now);
        }
    }

    /// A state event with an empty state key.
    pub(crate) async fn state_event(
        &self,
        room_id: &RoomId,
        event_type: &str,
    ) -> Result<Option<StateEvent>, StoreError> {
        self.get(Table::State, &room::state(room_id, &(event_type.to_owned(), String::new()))).await
    }
}

pub(crate) fn encryption(room_id: &RoomId) -> Key {
    KeyBuilder::new().text(ENCRYPTION).text(room_id).build()
}
