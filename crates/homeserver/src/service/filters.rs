//! Stored filters of sync. The same filter stored twice has the same ID.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ruma::{UserId, api::client::filter::FilterDefinition};
use sha2::{Digest as _, Sha256};

use super::timeline::related::RelatedBy;
use crate::{
    MatrixError, Result,
    storage::{Storage, WriteKey, args},
};

/// Stored filters.
#[derive(Clone, Debug)]
pub struct Filters {
    storage: Storage,
}

impl Filters {
    pub(super) fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// Stores a filter as it came, for ruma's type does not have all of it, and says by which ID it is found.
    pub async fn create(&self, user_id: &UserId, definition: Vec<u8>) -> Result<String> {
        let digest = Sha256::digest(&definition);
        let filter_id = BASE64_URL_SAFE_NO_PAD.encode(&digest[..12]);
        let (user_id, id) = (user_id.to_owned(), filter_id.clone());
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "INSERT INTO filters (user_id, filter_id, definition) VALUES ($1, $2, $3) \
                        ON CONFLICT (user_id, filter_id) DO NOTHING";
                    transaction.execute(sql, args![user_id, id, definition]).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        Ok(filter_id)
    }

    /// The filter of this ID, and what of it ruma's type does not have.
    pub async fn get(&self, user_id: &UserId, filter_id: &str) -> Result<(FilterDefinition, RelatedBy)> {
        let sql = "SELECT definition FROM filters WHERE user_id = $1 AND filter_id = $2";
        let row = self.storage.read().await?.fetch_optional(sql, args![user_id, filter_id]).await?;
        let row = row.ok_or_else(|| MatrixError::not_found("there is no such filter"))?;
        let definition: Vec<u8> = row.get(0)?;
        let filter = serde_json::from_slice(&definition).map_err(MatrixError::internal)?;
        Ok((filter, RelatedBy::of_timelines(&definition)?))
    }
}
