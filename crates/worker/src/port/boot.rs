//! What pages read first.

use async_trait::async_trait;
use trellis_browser::{
    boot::{BootDatabase, BootError, StoredAccount},
    idb::IdbError,
};
use trellis_client::port::{AccountListing, BootStore, StoreError};
use trellis_model::protocol::{AccountKey, BootRecord};

/// The boot database, opened for each use: pages never find it busy.
pub(crate) struct BrowserBoot {
    build: String,
}

impl BrowserBoot {
    /// Records are marked with the build, because only the same one can read them.
    pub(crate) fn new(build: &str) -> Self {
        Self { build: build.to_owned() }
    }
}

#[async_trait(?Send)]
impl BootStore for BrowserBoot {
    async fn list(&self, listing: AccountListing) -> Result<(), StoreError> {
        let AccountListing { account, user_id, homeserver } = listing;
        let database = BootDatabase::open().await.map_err(refused)?;
        database.list(&StoredAccount { account, user_id, homeserver }).await.map_err(refused)
    }

    async fn forget(&self, account: &AccountKey) -> Result<(), StoreError> {
        BootDatabase::open().await.map_err(refused)?.forget(account).await.map_err(refused)
    }

    async fn save(&self, account: &AccountKey, record: &BootRecord) -> Result<(), StoreError> {
        let database = BootDatabase::open().await.map_err(refused)?;
        database.save(account, &self.build, record).await.map_err(refused)
    }

    async fn clear(&self, account: &AccountKey) -> Result<(), StoreError> {
        BootDatabase::open().await.map_err(refused)?.clear(account).await.map_err(refused)
    }
}

pub(super) fn refused(error: BootError) -> StoreError {
    match error {
        BootError::Database(IdbError::Full) => StoreError::Full,
        BootError::Database(IdbError::Closed) => StoreError::Closed,
        BootError::Unreadable => StoreError::Unreadable { table: "boot" },
        error => StoreError::Failed(error.to_string()),
    }
}
