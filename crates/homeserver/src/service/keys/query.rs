//! Whose devices have which keys, as someone may see it.

use std::collections::BTreeMap;

use ruma::{
    OwnedDeviceId, OwnedUserId, UserId,
    encryption::{CrossSigningKey, DeviceKeys},
    serde::Raw,
};
use serde_json::{Map, Value as JsonValue, value::to_raw_value};

use super::Keys;
use crate::{
    MatrixError, Result,
    storage::{Connection, args},
};

/// The answer to a query.
#[derive(Debug, Default)]
pub struct QueriedKeys {
    /// The keys of devices.
    pub devices: BTreeMap<OwnedUserId, BTreeMap<OwnedDeviceId, Raw<DeviceKeys>>>,
    /// The keys that identify users.
    pub master: BTreeMap<OwnedUserId, Raw<CrossSigningKey>>,
    /// The keys by which users sign their own devices.
    pub self_signing: BTreeMap<OwnedUserId, Raw<CrossSigningKey>>,
    /// The keys by which users sign others; each sees only their own.
    pub user_signing: BTreeMap<OwnedUserId, Raw<CrossSigningKey>>,
}

type Signatures = Vec<(String, String, String, String)>;

impl Keys {
    /// The keys of users and some of their devices, all of them where none is named.
    pub async fn query(
        &self,
        viewer: &UserId,
        wanted: &BTreeMap<OwnedUserId, Vec<OwnedDeviceId>>,
    ) -> Result<QueriedKeys> {
        let mut answer = QueriedKeys::default();
        let mut connection = self.storage.read().await?;
        for (user_id, device_ids) in wanted {
            let signatures = signatures(&mut connection, user_id, viewer).await?;
            let devices = devices(&mut connection, user_id, device_ids, &signatures).await?;
            answer.devices.insert(user_id.clone(), devices);

            let sql = "SELECT usage, key FROM cross_signing_keys WHERE user_id = $1";
            for row in connection.fetch_all(sql, args![user_id]).await? {
                let key = signed(&row.get::<Vec<u8>>(1)?, &signatures, None)?;
                match row.get::<String>(0)?.as_str() {
                    "master" => answer.master.insert(user_id.clone(), key.cast_unchecked()),
                    "self_signing" => answer.self_signing.insert(user_id.clone(), key.cast_unchecked()),
                    _ if user_id == viewer => answer.user_signing.insert(user_id.clone(), key.cast_unchecked()),
                    _ => None,
                };
            }
        }
        Ok(answer)
    }
}

async fn devices(
    connection: &mut Connection,
    user_id: &UserId,
    wanted: &[OwnedDeviceId],
    signatures: &Signatures,
) -> Result<BTreeMap<OwnedDeviceId, Raw<DeviceKeys>>> {
    let sql = "SELECT device_keys.device_id, keys, display_name FROM device_keys \
        JOIN devices ON devices.user_id = device_keys.user_id AND devices.device_id = device_keys.device_id \
        WHERE device_keys.user_id = $1";
    let mut devices = BTreeMap::new();
    for row in connection.fetch_all(sql, args![user_id]).await? {
        let device_id: OwnedDeviceId = row.get(0)?;
        if !wanted.is_empty() && !wanted.contains(&device_id) {
            continue;
        }
        let name: Option<Vec<u8>> = row.get(2)?;
        let keys = signed(&row.get::<Vec<u8>>(1)?, signatures, Some((&device_id, name)))?;
        devices.insert(device_id, keys.cast_unchecked());
    }
    Ok(devices)
}

/// Signatures that were added later, as far as the viewer may see them: the owner's and their own.
async fn signatures(connection: &mut Connection, user_id: &UserId, viewer: &UserId) -> Result<Signatures> {
    let sql = "SELECT target, signer, key_id, signature FROM key_signatures \
        WHERE user_id = $1 AND (signer = $1 OR signer = $2)";
    let rows = connection.fetch_all(sql, args![user_id, viewer]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}

/// A key as it was uploaded, with what was added to it since.
fn signed(
    json: &[u8],
    signatures: &Signatures,
    device: Option<(&OwnedDeviceId, Option<Vec<u8>>)>,
) -> Result<Raw<JsonValue>> {
    let mut object: Map<String, JsonValue> = serde_json::from_slice(json).map_err(MatrixError::internal)?;
    let names: Vec<String> = match &device {
        Some((device_id, _)) => vec![device_id.to_string()],
        None => public_keys(&object),
    };
    for (target, signer, key_id, signature) in signatures {
        if names.contains(target) {
            insert_signature(&mut object, signer, key_id, signature);
        }
    }
    if let Some((_, name)) = device {
        let name = name.map(|name| String::from_utf8_lossy(&name).into_owned());
        let said = name.map_or_else(Map::new, |name| Map::from_iter([("device_display_name".to_owned(), name.into())]));
        object.insert("unsigned".to_owned(), said.into());
    }
    Ok(Raw::from_json(to_raw_value(&object).map_err(MatrixError::internal)?))
}

/// The public parts of a cross-signing key, by which signatures of it are stored.
fn public_keys(object: &Map<String, JsonValue>) -> Vec<String> {
    let keys = object.get("keys").and_then(JsonValue::as_object);
    keys.into_iter().flatten().filter_map(|(_, key)| Some(key.as_str()?.to_owned())).collect()
}

fn insert_signature(object: &mut Map<String, JsonValue>, signer: &str, key_id: &str, signature: &str) {
    let empty = || JsonValue::Object(Map::new());
    let signatures = object.entry("signatures").or_insert_with(empty);
    let Some(signatures) = signatures.as_object_mut() else { return };
    if let Some(own) = signatures.entry(signer).or_insert_with(empty).as_object_mut() {
        own.insert(key_id.to_owned(), signature.into());
    }
}
