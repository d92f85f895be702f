//! The boot database: what a page reads before anything else runs, so that it can paint.
//!
//! `trellis-boot`, version 1 for ever, with three object stores, all by account: `accounts` (JSON, which may grow fields),
//! `keys` (the account's non-extractable AES-GCM key, and its data key wrapped by it) and `records` (the sealed
//! [`BootRecord`] and the build that wrote it). A page opens it, reads, and closes it; a worker does the same for every
//! write. Both keep to the same forms, which is why they share this module.

mod database;
mod key;

pub use self::{database::BootDatabase, key::DataKey};

use ruma::OwnedUserId;
use trellis_model::protocol::{AccountKey, BootRecord};

use crate::idb::IdbError;

/// The largest record that is written.
pub const MAX_RECORD: usize = 64 * 1024;

/// An account of this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAccount {
    pub account: AccountKey,
    pub user_id: OwnedUserId,
    /// Where the Client-Server API answers.
    pub homeserver: String,
}

/// What a page needs to paint.
#[derive(Debug, Default)]
pub struct Boot {
    /// In the order in which they were added.
    pub accounts: Vec<StoredAccount>,
    /// Of the account that was chosen, if this build wrote it.
    pub record: Option<BootRecord>,
}

/// Why the boot database did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BootError {
    #[error(transparent)]
    Database(#[from] IdbError),
    /// The account is not listed here.
    #[error("there is no such account")]
    UnknownAccount,
    /// A sealed value does not open with the account's key.
    #[error("a sealed value cannot be opened")]
    Unreadable,
    /// Anything else, in the browser's words.
    #[error("the boot database failed: {0}")]
    Failed(String),
}
