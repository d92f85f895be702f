//! Where accounts' databases come from.

use std::rc::Rc;

use async_trait::async_trait;
use trellis_model::protocol::AccountKey;

use super::{Sealer, Store, StoreError};

/// An account's database and the key to it.
#[derive(Clone)]
pub struct AccountDatabase {
    pub store: Rc<dyn Store>,
    pub sealer: Rc<dyn Sealer>,
}

/// Opens and removes accounts' databases; the sign-in core has none of its own.
#[async_trait(?Send)]
pub trait Accounts {
    /// Opens an account's database; a new one is made when there is none.
    async fn open(&self, account: &AccountKey) -> Result<AccountDatabase, StoreError>;

    /// Removes an account's database with its keys.
    async fn remove(&self, account: &AccountKey) -> Result<(), StoreError>;
}
