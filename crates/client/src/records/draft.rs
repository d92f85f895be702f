//! Drafts: what a person typed and did not send. Sealed, and never dropped.

use ruma::RoomId;
use trellis_model::protocol::Draft;

use super::{KeyBuilder, Protection, Records};
use crate::port::{Batch, Durability, StoreError, Table};

impl Records {
    pub(crate) async fn draft(&self, room_id: &RoomId) -> Result<Option<Draft>, StoreError> {
        self.get(Table::Drafts, &KeyBuilder::new().text(room_id).build()).await
    }

    pub(crate) fn put_draft(&self, batch: &mut Batch, room_id: &RoomId, draft: Option<&Draft>) {
        batch.durability = Durability::Strict;
        let key = KeyBuilder::new().text(room_id).build();
        match draft {
            Some(draft) => self.put(batch, Table::Drafts, key, Protection::Sealed, draft),
            None => batch.delete(Table::Drafts, key),
        }
    }
}
