//! The session: who we are, and where.

use ruma::{OwnedDeviceId, OwnedMxcUri, OwnedUserId};
use serde::{Deserialize, Serialize};
use trellis_model::protocol::AccountProfile;

use super::{Protection, Records};
use crate::port::{Batch, Durability, StoreError, Table};

const KEY: &[u8] = b"session";

/// What a device needs to speak for its account. Kept for ever: migrated, never dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) homeserver: String,
    pub(crate) user_id: OwnedUserId,
    pub(crate) device_id: OwnedDeviceId,
    pub(crate) access_token: String,
    pub(crate) display_name: Option<String>,
    pub(crate) avatar_url: Option<OwnedMxcUri>,
}

impl Session {
    pub(crate) async fn load(records: &Records) -> Result<Option<Self>, StoreError> {
        records.get(Table::Session, KEY).await
    }

    pub(crate) fn put(&self, records: &Records, batch: &mut Batch) {
        batch.durability = Durability::Strict;
        records.put(batch, Table::Session, KEY.to_vec(), Protection::Sealed, self);
    }

    pub(crate) fn profile(&self) -> AccountProfile {
        AccountProfile {
            user_id: self.user_id.clone(),
            device_id: self.device_id.clone(),
            homeserver: self.homeserver.clone(),
            display_name: self.display_name.clone(),
            avatar_url: self.avatar_url.clone(),
        }
    }
}
