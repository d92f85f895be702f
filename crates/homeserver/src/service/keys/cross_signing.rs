//! Keys by which users sign their own devices and each other, see [cross-signing].
//!
//! [cross-signing]: https://spec.matrix.org/v1.18/client-server-api/#cross-signing

use std::collections::BTreeMap;

use ruma::{
    CanonicalJsonObject, OwnedUserId, UserId,
    encryption::{CrossSigningKey, KeyUsage},
    serde::Raw,
};

use super::{Keys, note_change, signatures, signing::device_keys};
use crate::{
    MatrixError, Result,
    storage::{Connection, StorageError, Transaction, WriteKey, args},
};

/// The keys of one user, those that are uploaded together.
#[derive(Clone, Debug, Default)]
pub struct SigningKeys {
    /// Identifies the user.
    pub master: Option<Raw<CrossSigningKey>>,
    /// Signs the user's devices.
    pub self_signing: Option<Raw<CrossSigningKey>>,
    /// Signs others' master keys.
    pub user_signing: Option<Raw<CrossSigningKey>>,
}

/// What became of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningUpload {
    /// The keys are stored.
    Stored,
    /// They would take the place of others, which asks for a proof of identity.
    NeedsProof,
}

/// A key that was checked, and how it is stored.
struct Checked {
    usage: &'static str,
    public_key: String,
    object: CanonicalJsonObject,
}

/// The user's stored keys by usage.
pub(super) type Stored = BTreeMap<String, Vec<u8>>;

impl Keys {
    /// Stores a user's keys; all but the master key must be signed by it. Without a proof of identity
    /// only the user's first ones are, or those that are there already, which is looked at where
    /// nobody can come between.
    pub async fn upload_signing_keys(
        &self,
        user_id: &UserId,
        keys: &SigningKeys,
        proved: bool,
    ) -> Result<SigningUpload> {
        let user_id = user_id.to_owned();
        let mut checked = Vec::new();
        for (key, usage, name) in [
            (&keys.master, KeyUsage::Master, "master"),
            (&keys.self_signing, KeyUsage::SelfSigning, "self_signing"),
            (&keys.user_signing, KeyUsage::UserSigning, "user_signing"),
        ] {
            checked.extend(key.as_ref().map(|key| check(&user_id, key, &usage, name)).transpose()?);
        }
        self.storage
            .write(WriteKey::User(user_id.clone()), move |transaction| {
                Box::pin(async move {
                    let known = stored(transaction, &user_id).await?;
                    check_signatures(&user_id, &known, &checked)?;
                    check_names(transaction, &user_id, &checked).await?;
                    if !proved && !is_harmless(&known, &checked) {
                        return Ok(SigningUpload::NeedsProof);
                    }
                    let mut changed = false;
                    let devices = device_keys(transaction, &user_id).await?;
                    let root = root_of(&known, &checked);
                    for mut key in checked {
                        let signers = if key.usage == "master" { &devices } else { &root };
                        signatures::retain(&mut key.object, &user_id, signers);
                        changed |= store(transaction, &user_id, &known, key).await?;
                    }
                    if changed {
                        note_change(transaction, &user_id).await?;
                    }
                    Ok::<_, MatrixError>(SigningUpload::Stored)
                })
            })
            .await
    }
}

/// Whether storing these changes nothing that others may have come to trust: they are the user's
/// first, or there already.
fn is_harmless(known: &Stored, keys: &[Checked]) -> bool {
    let same = |key: &Checked| known.get(key.usage).is_some_and(|old| public_part(old) == Some(key.public_key.clone()));
    !known.contains_key("master") || keys.iter().all(same)
}

/// The master key that the others have to be signed by, by its ID: the one given, or the one there is.
fn root_of(known: &Stored, keys: &[Checked]) -> BTreeMap<String, String> {
    let given = keys.iter().find(|key| key.usage == "master").map(|key| key.public_key.clone());
    let root = given.or_else(|| public_part(known.get("master")?));
    root.map(|root| (format!("ed25519:{root}"), root)).into_iter().collect()
}

fn check_signatures(user_id: &UserId, known: &Stored, keys: &[Checked]) -> Result<()> {
    let root = root_of(known, keys);
    let (key_id, root) = root.first_key_value().ok_or_else(|| MatrixError::missing_param("there is no master key"))?;
    for key in keys.iter().filter(|key| key.usage != "master") {
        let signature = signatures::signature_of(&key.object, user_id, key_id);
        if !signature.is_some_and(|signature| signatures::is_signed_by(&key.object, signature, root)) {
            return Err(MatrixError::invalid_signature("a key is not signed by the master key"));
        }
    }
    Ok(())
}

/// A key of the name of a device could be taken for the device's.
async fn check_names(transaction: &mut Transaction, user_id: &UserId, keys: &[Checked]) -> Result<()> {
    for key in keys {
        let sql = "SELECT 1 FROM devices WHERE user_id = $1 AND device_id = $2";
        if transaction.fetch_optional(sql, args![user_id, &key.public_key]).await?.is_some() {
            return Err(MatrixError::forbidden("there is a device of the name of this key"));
        }
    }
    Ok(())
}

/// Stores a key unless it is there; a new one begins without what others had signed of the old one.
async fn store(transaction: &mut Transaction, user_id: &UserId, known: &Stored, key: Checked) -> Result<bool> {
    let json = serde_json::to_vec(&key.object).map_err(MatrixError::internal)?;
    let old = known.get(key.usage);
    if old == Some(&json) {
        return Ok(false);
    }
    if let Some(old) = old.and_then(|old| public_part(old)).filter(|old| *old != key.public_key) {
        let sql = "DELETE FROM key_signatures WHERE user_id = $1 AND target = $2";
        transaction.execute(sql, args![user_id, old]).await?;
    }
    let sql = "INSERT INTO cross_signing_keys (user_id, usage, key) VALUES ($1, $2, $3) \
        ON CONFLICT (user_id, usage) DO UPDATE SET key = excluded.key";
    transaction.execute(sql, args![user_id, key.usage, json]).await?;
    Ok(true)
}

fn check(user_id: &UserId, raw: &Raw<CrossSigningKey>, usage: &KeyUsage, name: &'static str) -> Result<Checked> {
    let bad = |error: serde_json::Error| MatrixError::bad_json(error.to_string());
    let key = raw.deserialize().map_err(bad)?;
    let object: CanonicalJsonObject = raw.deserialize_as_unchecked().map_err(bad)?;
    match public_part(raw.json().get().as_bytes()) {
        Some(public_key) if key.user_id == user_id && key.usage.contains(usage) => {
            Ok(Checked { usage: name, public_key, object })
        }
        _ => Err(MatrixError::invalid_param(format!("this is no {name} key of the user"))),
    }
}

/// The one public key of a cross-signing key.
pub(super) fn public_part(json: &[u8]) -> Option<String> {
    let key: CrossSigningKey = serde_json::from_slice(json).ok()?;
    let mut keys = key.keys.into_values();
    keys.next().filter(|_| keys.next().is_none())
}

/// The user's cross-signing keys by usage.
pub(super) async fn stored(connection: &mut Connection, user_id: &UserId) -> Result<Stored, StorageError> {
    let sql = "SELECT usage, key FROM cross_signing_keys WHERE user_id = $1";
    let rows = connection.fetch_all(sql, args![user_id]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Names of keys by their owner.
pub(super) type Target = (OwnedUserId, String);
