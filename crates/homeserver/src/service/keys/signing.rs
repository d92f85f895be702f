//! Users sign keys: their own devices and master key, and the master keys of others. Nothing is stored
//! that was not verified against the key as it was published.

use std::collections::BTreeMap;

use ruma::{CanonicalJsonObject, CanonicalJsonValue, OwnedUserId, UserId};

use super::{
    Keys,
    cross_signing::{Stored, Target, public_part, stored},
    note_change, signatures,
};
use crate::{
    MatrixError, Result,
    storage::{Connection, Transaction, WriteKey, args},
};

/// A key whose new signatures were not taken.
#[derive(Clone, Debug)]
pub struct RefusedSignature {
    /// Whose key it is.
    pub user_id: OwnedUserId,
    /// Its name.
    pub target: String,
    /// What is wrong.
    pub why: SigningFailure,
}

/// Why signatures were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningFailure {
    /// There is no key of this name.
    #[error("there is no such key")]
    NoSuchKey,
    /// A signature is wrong, or of a key that may not sign this.
    #[error("the signature is not valid")]
    Invalid,
}

impl SigningFailure {
    /// The specification's name of it.
    pub fn errcode(self) -> &'static str {
        match self {
            Self::NoSuchKey => "M_NOT_FOUND",
            Self::Invalid => "M_INVALID_SIGNATURE",
        }
    }
}

/// A key as it was published.
struct Published {
    object: CanonicalJsonObject,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Device,
    Master,
    Other,
}

impl Keys {
    /// Adds the signatures a user made under keys of others or of their own. Answers those that were
    /// refused.
    pub async fn add_signatures(
        &self,
        signer: &UserId,
        signed: BTreeMap<Target, CanonicalJsonObject>,
    ) -> Result<Vec<RefusedSignature>> {
        let mut refused = Vec::new();
        for ((user_id, target), object) in signed {
            if let Err(why) = self.add_signature(signer, &user_id, &target, object).await? {
                refused.push(RefusedSignature { user_id, target, why });
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
    ) -> Result<Result<(), SigningFailure>> {
        let (signer, user_id, target) = (signer.to_owned(), user_id.to_owned(), target.to_owned());
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let Some(published) = find(transaction, &user_id, &target).await? else {
                        return Ok(Err(SigningFailure::NoSuchKey));
                    };
                    let keys = signing_keys(transaction, &signer, &user_id, published.kind).await?;
                    let made = signatures::signatures_of(&object, &signer);
                    let valid = |(key_id, signature): &(String, String)| {
                        keys.get(key_id).is_some_and(|key| signatures::is_signed_by(&published.object, signature, key))
                    };
                    // What the key carried when it was published comes back with it, and was checked then.
                    let new: Vec<_> = made
                        .into_iter()
                        .filter(|(key_id, signature)| {
                            signatures::signature_of(&published.object, &signer, key_id) != Some(signature)
                        })
                        .collect();
                    if new.is_empty() || !new.iter().all(valid) {
                        return Ok(Err(SigningFailure::Invalid));
                    }
                    let mut changed = 0;
                    for (key_id, signature) in new {
                        changed += store(transaction, &user_id, &target, &signer, &key_id, &signature).await?;
                    }
                    if changed > 0 {
                        note_change(transaction, &user_id).await?;
                    }
                    Ok::<_, MatrixError>(Ok(()))
                })
            })
            .await
    }
}

async fn store(
    transaction: &mut Transaction,
    user_id: &UserId,
    target: &str,
    signer: &UserId,
    key_id: &str,
    signature: &str,
) -> Result<u64> {
    let sql = "INSERT INTO key_signatures (user_id, target, signer, key_id, signature) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id, target, signer, key_id) \
        DO UPDATE SET signature = excluded.signature WHERE key_signatures.signature <> excluded.signature";
    Ok(transaction.execute(sql, args![user_id, target, signer, key_id, signature]).await?)
}

/// The key a signature is meant for: that of a device, or a cross-signing key by its public part.
async fn find(connection: &mut Connection, user_id: &UserId, target: &str) -> Result<Option<Published>> {
    let sql = "SELECT keys FROM device_keys WHERE user_id = $1 AND device_id = $2";
    let found: Option<(Vec<u8>, Kind)> = match connection.fetch_optional(sql, args![user_id, target]).await? {
        Some(row) => Some((row.get(0)?, Kind::Device)),
        None => {
            let keys = stored(connection, user_id).await?;
            let found = keys.into_iter().find(|(_, key)| public_part(key).as_deref() == Some(target));
            found.map(|(usage, key)| (key, if usage == "master" { Kind::Master } else { Kind::Other }))
        }
    };
    let Some((json, kind)) = found else { return Ok(None) };
    let object = serde_json::from_slice(&json).map_err(MatrixError::internal)?;
    Ok(Some(Published { object, kind }))
}

/// The keys by which a user may sign a key, by their ID: devices are signed by the self-signing key,
/// one's own master key by a device, others' master keys by the user-signing key.
async fn signing_keys(
    connection: &mut Connection,
    signer: &UserId,
    owner: &UserId,
    kind: Kind,
) -> Result<BTreeMap<String, String>> {
    let stored = stored(connection, signer).await?;
    if signer != owner {
        return Ok(if kind == Kind::Master { of_usage(&stored, "user_signing") } else { BTreeMap::new() });
    }
    match kind {
        Kind::Device => Ok(of_usage(&stored, "self_signing")),
        Kind::Master => device_keys(connection, signer).await,
        Kind::Other => Ok(of_usage(&stored, "master")),
    }
}

fn of_usage(stored: &Stored, usage: &str) -> BTreeMap<String, String> {
    let key = stored.get(usage).and_then(|key| public_part(key));
    key.map(|key| (format!("ed25519:{key}"), key)).into_iter().collect()
}

/// The keys of a user's devices, by their ID.
pub(super) async fn device_keys(connection: &mut Connection, user_id: &UserId) -> Result<BTreeMap<String, String>> {
    let sql = "SELECT keys FROM device_keys WHERE user_id = $1";
    let mut keys = BTreeMap::new();
    for row in connection.fetch_all(sql, args![user_id]).await? {
        let device: CanonicalJsonObject =
            serde_json::from_slice(&row.get::<Vec<u8>>(0)?).map_err(MatrixError::internal)?;
        let device = device.get("keys").and_then(CanonicalJsonValue::as_object).into_iter().flatten();
        keys.extend(device.filter_map(|(id, key)| Some((id.clone(), key.as_str()?.to_owned()))));
    }
    Ok(keys)
}
