//! The tiny database a page reads before anything else.

use async_trait::async_trait;
use ruma::OwnedUserId;
use trellis_model::protocol::{AccountKey, BootRecord};

use super::StoreError;

/// An account as the page finds it before any core runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountListing {
    pub account: AccountKey,
    pub user_id: OwnedUserId,
    /// Where the Client-Server API answers.
    pub homeserver: String,
}

/// Where the accounts and what each of them paints first are kept. Sealing is the adapter's, because the page must open
/// the record with one call.
#[async_trait(?Send)]
pub trait BootStore {
    /// Adds an account, or replaces the listing with its key.
    async fn list(&self, listing: AccountListing) -> Result<(), StoreError>;

    /// Removes an account's listing and boot record.
    async fn forget(&self, account: &AccountKey) -> Result<(), StoreError>;

    /// Replaces an account's boot record. The client keeps it within 64 kB.
    async fn save(&self, account: &AccountKey, record: &BootRecord) -> Result<(), StoreError>;

    /// Removes an account's boot record, so that nothing is painted before the core answers.
    async fn clear(&self, account: &AccountKey) -> Result<(), StoreError>;
}
