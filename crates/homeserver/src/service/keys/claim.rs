//! Someone takes a key of a device to begin a session with it. No key is given out twice, but the
//! fallback key, which is for when there are no others.

use std::collections::BTreeMap;

use ruma::{
    DeviceId, OneTimeKeyAlgorithm, OwnedDeviceId, OwnedOneTimeKeyId, OwnedUserId, UserId, encryption::OneTimeKey,
    serde::Raw,
};
use serde_json::value::RawValue;

use super::Keys;
use crate::{
    MatrixError, Result,
    storage::{Topic, Transaction, WriteKey, args},
};

/// A key by its ID.
type OneKey = BTreeMap<OwnedOneTimeKeyId, Raw<OneTimeKey>>;

impl Keys {
    /// Takes a key of each of a user's devices. Devices that have none are left out.
    pub async fn claim(
        &self,
        user_id: OwnedUserId,
        wanted: BTreeMap<OwnedDeviceId, OneTimeKeyAlgorithm>,
    ) -> Result<BTreeMap<OwnedDeviceId, OneKey>> {
        // The owner's queue: nobody takes the same key, and no upload comes between.
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let mut claimed = BTreeMap::new();
                    for (device_id, algorithm) in wanted {
                        if let Some(key) = take(transaction, &user_id, &device_id, &algorithm).await? {
                            claimed.insert(device_id, key);
                        }
                    }
                    transaction.notify(Topic::User(user_id));
                    Ok::<_, MatrixError>(claimed)
                })
            })
            .await
    }
}

async fn take(
    transaction: &mut Transaction,
    user_id: &UserId,
    device_id: &DeviceId,
    algorithm: &OneTimeKeyAlgorithm,
) -> Result<Option<OneKey>> {
    let algorithm = algorithm.as_str();
    let sql = "SELECT key_id, key FROM one_time_keys WHERE user_id = $1 AND device_id = $2 AND algorithm = $3 \
        ORDER BY created_at, key_id LIMIT 1";
    let row = match transaction.fetch_optional(sql, args![user_id, device_id, algorithm]).await? {
        Some(row) => {
            let key_id: String = row.get(0)?;
            let sql = "DELETE FROM one_time_keys \
                WHERE user_id = $1 AND device_id = $2 AND algorithm = $3 AND key_id = $4";
            transaction.execute(sql, args![user_id, device_id, algorithm, key_id]).await?;
            Some(row)
        }
        None => {
            let sql = "UPDATE fallback_keys SET used = 1 WHERE user_id = $1 AND device_id = $2 AND algorithm = $3 \
                RETURNING key_id, key";
            transaction.fetch_optional(sql, args![user_id, device_id, algorithm]).await?
        }
    };
    let Some(row) = row else { return Ok(None) };
    let key_id =
        OwnedOneTimeKeyId::try_from(format!("{algorithm}:{}", row.get::<String>(0)?)).map_err(MatrixError::internal)?;
    let key = String::from_utf8(row.get(1)?).map_err(MatrixError::internal)?;
    let key = RawValue::from_string(key).map_err(MatrixError::internal)?;
    Ok(Some(BTreeMap::from([(key_id, Raw::from_json(key))])))
}
