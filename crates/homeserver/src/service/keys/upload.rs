//! A device publishes its keys.

use std::collections::BTreeMap;

use ruma::{
    CanonicalJsonObject, OwnedOneTimeKeyId,
    encryption::{DeviceKeys, OneTimeKey},
    serde::Raw,
};
use serde_json::Value as JsonValue;

use super::{KeyCounts, Keys, KeysLeft, note_change, signatures};
use crate::{
    MatrixError, Result,
    api::Sender,
    storage::{Topic, Transaction, WriteKey, args},
};

/// More one-time keys than this a device does not need.
const MANY: usize = 1000;

/// What a device publishes.
#[derive(Debug)]
pub struct DeviceUpload {
    /// Who it is, signed by itself.
    pub device_keys: Option<Raw<DeviceKeys>>,
    /// Keys that are each given out once.
    pub one_time_keys: BTreeMap<OwnedOneTimeKeyId, Raw<OneTimeKey>>,
    /// Keys that are given out when there are no others.
    pub fallback_keys: BTreeMap<OwnedOneTimeKeyId, Raw<OneTimeKey>>,
}

impl Keys {
    /// Stores what a device publishes and says how many one-time keys it now has.
    pub async fn upload(&self, sender: &Sender, upload: DeviceUpload) -> Result<KeyCounts> {
        if upload.one_time_keys.len() > MANY || upload.fallback_keys.len() > MANY {
            return Err(MatrixError::too_large("too many keys at once"));
        }
        let now = self.environment.now_millis();
        let sender = sender.clone();
        self.storage
            .write(WriteKey::User(sender.user_id.clone()), move |transaction| {
                Box::pin(async move { store(transaction, &sender, upload, now).await })
            })
            .await
    }
}

/// Stores what a device publishes, within a unit of work of its owner.
pub(in crate::service) async fn store(
    transaction: &mut Transaction,
    sender: &Sender,
    upload: DeviceUpload,
    now: i64,
) -> Result<KeyCounts> {
    if let Some(keys) = upload.device_keys {
        let keys = check_device_keys(sender, &keys)?;
        store_device_keys(transaction, sender, keys).await?;
    }
    for (key_id, key) in &upload.one_time_keys {
        store_one_time_key(transaction, sender, key_id, key, now).await?;
    }
    for (key_id, key) in &upload.fallback_keys {
        store_fallback_key(transaction, sender, key_id, key).await?;
    }
    if !upload.one_time_keys.is_empty() || !upload.fallback_keys.is_empty() {
        transaction.notify(Topic::User(sender.user_id.clone()));
    }
    Ok(KeysLeft::of(transaction, &sender.user_id, &sender.device_id).await?.one_time)
}

/// Refuses keys of another device, and keys the device did not sign. One that names no key to verify by cannot
/// sign: nobody can take it for anyone, and what it calls its signature is not kept.
fn check_device_keys(sender: &Sender, raw: &Raw<DeviceKeys>) -> Result<Vec<u8>> {
    let keys = raw.deserialize().map_err(|error| MatrixError::bad_json(error.to_string()))?;
    if keys.user_id != sender.user_id || keys.device_id != sender.device_id {
        return Err(MatrixError::invalid_param("these are the keys of another device"));
    }
    let mut object: CanonicalJsonObject =
        raw.deserialize_as_unchecked().map_err(|error| MatrixError::bad_json(error.to_string()))?;
    let key_id = format!("ed25519:{}", sender.device_id);
    let public_key = keys.keys.iter().find(|(id, _)| id.as_str() == key_id).map(|(_, key)| key.clone());
    let own: BTreeMap<String, String> = public_key.map(|key| (key_id.clone(), key)).into_iter().collect();
    signatures::retain(&mut object, &sender.user_id, &own);
    let can_sign = own.values().any(|key| signatures::is_public_key(key));
    if can_sign && signatures::signature_of(&object, &sender.user_id, &key_id).is_none() {
        return Err(MatrixError::invalid_param("the device did not sign its keys"));
    }
    // What is said of the device in passing is not signed, and ours to say.
    object.remove("unsigned");
    serde_json::to_vec(&object).map_err(MatrixError::internal)
}

async fn store_device_keys(transaction: &mut Transaction, sender: &Sender, keys: Vec<u8>) -> Result<()> {
    let sql = "SELECT keys FROM device_keys WHERE user_id = $1 AND device_id = $2";
    let values = args![&sender.user_id, &sender.device_id];
    let known: Option<Vec<u8>> = match transaction.fetch_optional(sql, values).await? {
        Some(row) => row.get(0)?,
        None => None,
    };
    if known.as_ref() == Some(&keys) {
        return Ok(());
    }
    let sql = "INSERT INTO device_keys (user_id, device_id, keys) VALUES ($1, $2, $3) \
        ON CONFLICT (user_id, device_id) DO UPDATE SET keys = excluded.keys";
    transaction.execute(sql, args![&sender.user_id, &sender.device_id, keys]).await?;
    note_change(transaction, &sender.user_id).await?;
    Ok(())
}

async fn store_one_time_key(
    transaction: &mut Transaction,
    sender: &Sender,
    key_id: &OwnedOneTimeKeyId,
    key: &Raw<OneTimeKey>,
    now: i64,
) -> Result<()> {
    let (algorithm, name) = split(key_id)?;
    let key = key.json().get().as_bytes();
    let sql = "INSERT INTO one_time_keys (user_id, device_id, algorithm, key_id, key, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, device_id, algorithm, key_id) DO NOTHING";
    let values = args![&sender.user_id, &sender.device_id, algorithm, name, key, now];
    if transaction.execute(sql, values).await? == 1 {
        return Ok(());
    }
    // The same upload may come twice; another key under a known name would be given out as the first.
    let sql = "SELECT key FROM one_time_keys WHERE user_id = $1 AND device_id = $2 AND algorithm = $3 AND key_id = $4";
    let row = transaction.fetch_one(sql, args![&sender.user_id, &sender.device_id, algorithm, name]).await?;
    let same = |old: &[u8]| -> serde_json::Result<bool> {
        Ok(serde_json::from_slice::<JsonValue>(old)? == serde_json::from_slice::<JsonValue>(key)?)
    };
    if same(&row.get::<Vec<u8>>(0)?).map_err(MatrixError::internal)? {
        Ok(())
    } else {
        Err(MatrixError::invalid_param(format!("there is another key of the name {key_id}")))
    }
}

/// Stores a fallback key. The same one, uploaded again, is no less used than it was.
async fn store_fallback_key(
    transaction: &mut Transaction,
    sender: &Sender,
    key_id: &OwnedOneTimeKeyId,
    key: &Raw<OneTimeKey>,
) -> Result<()> {
    let (algorithm, name) = split(key_id)?;
    let sql = "INSERT INTO fallback_keys (user_id, device_id, algorithm, key_id, key, used) \
        VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (user_id, device_id, algorithm) \
        DO UPDATE SET key_id = excluded.key_id, key = excluded.key, used = 0 \
        WHERE fallback_keys.key_id <> excluded.key_id OR fallback_keys.key <> excluded.key";
    let key = key.json().get().as_bytes();
    transaction.execute(sql, args![&sender.user_id, &sender.device_id, algorithm, name, key]).await?;
    Ok(())
}

fn split(key_id: &OwnedOneTimeKeyId) -> Result<(&str, &str)> {
    key_id.as_str().split_once(':').ok_or_else(|| MatrixError::invalid_param("this is no key ID"))
}
