//! Keys by which users sign their own devices and each other, see [cross-signing].
//!
//! [cross-signing]: https://spec.matrix.org/v1.18/client-server-api/#cross-signing

use std::collections::BTreeMap;

use ruma::{
    CanonicalJsonObject, CanonicalJsonValue, OwnedUserId, UserId,
    encryption::{CrossSigningKey, KeyUsage},
    serde::Raw,
};

use super::{Keys, note_change, signatures};
use crate::{
    MatrixError, Result,
    storage::{Connection, StorageError, WriteKey, args},
};

/// The keys of one user, those that are uploaded together.
#[derive(Debug, Default)]
pub struct SigningKeys {
    /// Identifies the user.
    pub master: Option<Raw<CrossSigningKey>>,
    /// Signs the user's devices.
    pub self_signing: Option<Raw<CrossSigningKey>>,
    /// Signs others' master keys.
    pub user_signing: Option<Raw<CrossSigningKey>>,
}

/// A key that was checked, and how it is stored.
struct Checked {
    usage: &'static str,
    public_key: String,
    json: Vec<u8>,
    object: CanonicalJsonObject,
}

impl Keys {
    /// Whether uploading these needs no proof of identity: they are the user's first, or those that
    /// are there already.
    pub async fn is_harmless(&self, user_id: &UserId, keys: &SigningKeys) -> Result<bool> {
        let stored = stored(&mut self.storage.read().await?, user_id).await?;
        let Some(master) = stored.get("master") else { return Ok(true) };
        let same = |new: &Option<Raw<CrossSigningKey>>, usage: &str| {
            new.as_ref().is_none_or(|new| match (public_part(new.json().get().as_bytes()), stored.get(usage)) {
                (Some(new), Some(old)) => Some(new) == public_part(old),
                _ => false,
            })
        };
        let unchanged = !master.is_empty()
            && same(&keys.master, "master")
            && same(&keys.self_signing, "self_signing")
            && same(&keys.user_signing, "user_signing");
        Ok(unchanged)
    }

    /// Stores a user's keys. The other two must be signed by the master key.
    pub async fn upload_signing_keys(&self, user_id: &UserId, keys: SigningKeys) -> Result<()> {
        let user_id = user_id.to_owned();
        let master = keys.master.map(|key| check(&user_id, &key, &KeyUsage::Master, "master")).transpose()?;
        let others = [
            (keys.self_signing, KeyUsage::SelfSigning, "self_signing"),
            (keys.user_signing, KeyUsage::UserSigning, "user_signing"),
        ];
        let mut checked = Vec::new();
        for (key, usage, name) in others {
            checked.extend(key.map(|key| check(&user_id, &key, &usage, name)).transpose()?);
        }
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let known = stored(transaction, &user_id).await?;
                    let known = known.get("master").and_then(|key| public_part(key));
                    let root = master.as_ref().map(|key| key.public_key.clone()).or(known);
                    let root = root.ok_or_else(|| MatrixError::invalid_param("there is no master key"))?;
                    for key in &checked {
                        let signature = signatures::signature_of(&key.object, &user_id, &format!("ed25519:{root}"));
                        if !signature.is_some_and(|signature| signatures::is_signed_by(&key.object, signature, &root)) {
                            return Err(MatrixError::invalid_param("a key is not signed by the master key"));
                        }
                    }
                    for key in master.into_iter().chain(checked) {
                        let sql = "INSERT INTO cross_signing_keys (user_id, usage, key) VALUES ($1, $2, $3) \
                            ON CONFLICT (user_id, usage) DO UPDATE SET key = excluded.key";
                        transaction.execute(sql, args![&user_id, key.usage, key.json]).await?;
                    }
                    note_change(transaction, &user_id).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Adds the signatures a user made under keys of others or of their own. Answers those that were
    /// refused, by owner and key.
    pub async fn add_signatures(
        &self,
        signer: &UserId,
        signed: BTreeMap<(OwnedUserId, String), CanonicalJsonObject>,
    ) -> Result<Vec<(OwnedUserId, String)>> {
        let mut refused = Vec::new();
        for ((user_id, target), object) in signed {
            if !self.add_signature(signer, &user_id, &target, object).await? {
                refused.push((user_id, target));
            }
        }
        Ok(refused)
    }

    async fn add_signature(
        &self,
        signer: &UserId,
        user_id: &UserId,
        target: &str,
        object: CanonicalJsonObject,
    ) -> Result<bool> {
        let (signer, user_id, target) = (signer.to_owned(), user_id.to_owned(), target.to_owned());
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let Some(stored_object) = find(transaction, &user_id, &target).await? else { return Ok(false) };
                    let keys = public_keys(transaction, &signer).await?;
                    let mut accepted = false;
                    for (key_id, signature) in signatures::signatures_of(&object, &signer) {
                        let Some(key) = keys.get(&key_id) else { continue };
                        if !signatures::is_signed_by(&stored_object, &signature, key) {
                            return Ok(false);
                        }
                        let sql = "INSERT INTO key_signatures (user_id, target, signer, key_id, signature) \
                            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id, target, signer, key_id) \
                            DO UPDATE SET signature = excluded.signature";
                        transaction.execute(sql, args![&user_id, &target, &signer, key_id, signature]).await?;
                        accepted = true;
                    }
                    if accepted {
                        note_change(transaction, &user_id).await?;
                        if signer != user_id {
                            note_change(transaction, &signer).await?;
                        }
                    }
                    Ok::<_, MatrixError>(accepted)
                })
            })
            .await
    }
}

fn check(user_id: &UserId, raw: &Raw<CrossSigningKey>, usage: &KeyUsage, name: &'static str) -> Result<Checked> {
    let bad = |error: serde_json::Error| MatrixError::bad_json(error.to_string());
    let key = raw.deserialize().map_err(bad)?;
    let object: CanonicalJsonObject = raw.deserialize_as_unchecked().map_err(bad)?;
    let json = raw.json().get().as_bytes().to_vec();
    match public_part(&json) {
        Some(public_key) if key.user_id == user_id && key.usage.contains(usage) => {
            Ok(Checked { usage: name, public_key, json, object })
        }
        _ => Err(MatrixError::invalid_param(format!("this is no {name} key of the user"))),
    }
}

/// The one public key of a cross-signing key.
fn public_part(json: &[u8]) -> Option<String> {
    let key: CrossSigningKey = serde_json::from_slice(json).ok()?;
    let mut keys = key.keys.into_values();
    keys.next().filter(|_| keys.next().is_none())
}

/// The user's cross-signing keys by usage.
async fn stored(connection: &mut Connection, user_id: &UserId) -> Result<BTreeMap<String, Vec<u8>>, StorageError> {
    let sql = "SELECT usage, key FROM cross_signing_keys WHERE user_id = $1";
    let rows = connection.fetch_all(sql, args![user_id]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The key a signature is meant for: that of a device, or a cross-signing key by its public part.
async fn find(connection: &mut Connection, user_id: &UserId, target: &str) -> Result<Option<CanonicalJsonObject>> {
    let sql = "SELECT keys FROM device_keys WHERE user_id = $1 AND device_id = $2";
    let json: Option<Vec<u8>> = match connection.fetch_optional(sql, args![user_id, target]).await? {
        Some(row) => Some(row.get(0)?),
        None => {
            let keys = stored(connection, user_id).await?;
            keys.into_values().find(|key| public_part(key).as_deref() == Some(target))
        }
    };
    json.map(|json| serde_json::from_slice(&json).map_err(MatrixError::internal)).transpose()
}

/// Every public key a user can sign with, by its ID.
async fn public_keys(connection: &mut Connection, user_id: &UserId) -> Result<BTreeMap<String, String>> {
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    for key in stored(connection, user_id).await?.into_values() {
        keys.extend(public_part(&key).map(|key| (format!("ed25519:{key}"), key)));
    }
    let sql = "SELECT keys FROM device_keys WHERE user_id = $1";
    for row in connection.fetch_all(sql, args![user_id]).await? {
        let device: CanonicalJsonObject =
            serde_json::from_slice(&row.get::<Vec<u8>>(0)?).map_err(MatrixError::internal)?;
        let device = device.get("keys").and_then(CanonicalJsonValue::as_object).into_iter().flatten();
        keys.extend(device.filter_map(|(id, key)| Some((id.clone(), key.as_str()?.to_owned()))));
    }
    Ok(keys)
}
