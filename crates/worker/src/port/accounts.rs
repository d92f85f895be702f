//! Accounts' databases and keys.

use std::rc::Rc;

use async_trait::async_trait;
use trellis_browser::{boot::BootDatabase, names::Identity};
use trellis_client::{
    SCHEMA,
    port::{AccountDatabase, Accounts, StoreError},
};
use trellis_model::protocol::AccountKey;
use trellis_store::{IndexedDbStore, KeySealer};

use super::boot::refused;

/// IndexedDB databases, sealed with data keys out of the boot database.
pub(crate) struct BrowserAccounts;

#[async_trait(?Send)]
impl Accounts for BrowserAccounts {
    async fn open(&self, account: &AccountKey) -> Result<AccountDatabase, StoreError> {
        let data_key = BootDatabase::open().await.map_err(refused)?.data_key(account).await.map_err(refused)?;
        let store = IndexedDbStore::open(&database(account), SCHEMA.into()).await?;
        Ok(AccountDatabase { store: Rc::new(store), sealer: Rc::new(KeySealer::new(&data_key.0)) })
    }

    async fn remove(&self, account: &AccountKey) -> Result<(), StoreError> {
        // The keys first: without them the rest is noise, should the removal be interrupted.
        BootDatabase::open().await.map_err(refused)?.forget(account).await.map_err(refused)?;
        IndexedDbStore::remove(&database(account)).await
    }
}

fn database(account: &AccountKey) -> String {
    Identity::Account(account.clone()).database()
}
