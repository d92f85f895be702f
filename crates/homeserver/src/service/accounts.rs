//! Accounts, their passwords and access tokens.

use crate::{MatrixError, Result, api::Sender};

/// Accounts, their passwords and access tokens.
#[derive(Clone)]
pub struct Accounts {}

impl Accounts {
    /// The account and device a token belongs to.
    pub async fn authenticate(&self, _token: &str) -> Result<Sender> {
        Err(MatrixError::unknown_token(false))
    }
}
