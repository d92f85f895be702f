//! What a person recovers by: their cross-signing keys, the backup of room keys, and secret storage, in which the keys of
//! both lie sealed with the recovery key.
//!
//! <https://spec.matrix.org/v1.18/client-server-api/#secrets>

use std::collections::BTreeMap;

use matrix_sdk_crypto::{
    OlmMachine,
    olm::ExportedRoomKey,
    secret_storage::{AesHmacSha2EncryptedData, SecretStorageKey},
    store::types::{BackupDecryptionKey, CrossSigningKeyExport},
    types::RoomKeyBackupInfo,
};
use ruma::{
    TransactionId,
    api::client::{
        backup::{KeyBackupData, add_backup_keys, create_backup_version},
        keys::upload_signing_keys,
    },
    events::{EventContentFromType, secret::request::SecretName, secret_storage::key::SecretStorageKeyEventContent},
    serde::Raw,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use trellis_client::port::{
    CryptoError, OutgoingRequest, RecoveryStatus, RequestKind, RoomKey, SECRETS, SecretStorage, StoredSecrets,
};

use super::{
    failed,
    request::{any, outgoing, read},
    store_failed,
};

pub(super) async fn status(machine: &OlmMachine) -> Result<RecoveryStatus, CryptoError> {
    Ok(RecoveryStatus {
        signs: machine.cross_signing_status().await.is_complete(),
        backup_version: machine.backup_machine().backup_version().await,
    })
}

pub(super) async fn publish_identity(machine: &OlmMachine, anew: bool) -> Result<Vec<OutgoingRequest>, CryptoError> {
    fn raw<T: Serialize, U>(key: Option<T>) -> Result<Option<Raw<U>>, CryptoError> {
        let json = key.map(|key| serde_json::value::to_raw_value(&key)).transpose().map_err(failed)?;
        Ok(json.map(Raw::from_json))
    }
    let requests = machine.bootstrap_cross_signing(anew).await.map_err(store_failed)?;
    let device = requests.upload_keys_req.map(|request| any(request.request_id(), request.request())).transpose()?;
    let keys = requests.upload_signing_keys_req;
    let mut upload = upload_signing_keys::v3::Request::new();
    upload.master_key = raw(keys.master_key)?;
    upload.self_signing_key = raw(keys.self_signing_key)?;
    upload.user_signing_key = raw(keys.user_signing_key)?;
    let keys = outgoing(&TransactionId::new(), RequestKind::SigningKeysUpload, upload)?;
    let signatures = outgoing(&TransactionId::new(), RequestKind::SignatureUpload, requests.upload_signatures_req)?;
    Ok(device.into_iter().chain([keys, signatures]).collect())
}

/// The next keys that are not in the backup yet, if there is one.
pub(super) async fn next_backup(machine: &OlmMachine) -> Result<Option<OutgoingRequest>, CryptoError> {
    let backup = machine.backup_machine();
    if !backup.enabled().await {
        return Ok(None);
    }
    let next = backup.backup().await.map_err(store_failed)?;
    next.map(|(id, request)| {
        outgoing(&id, RequestKind::KeysBackup, add_backup_keys::v3::Request::new(request.version, request.rooms))
    })
    .transpose()
}

pub(super) async fn create_backup(
    machine: &OlmMachine,
    key: &BackupDecryptionKey,
) -> Result<OutgoingRequest, CryptoError> {
    let backup = machine.backup_machine();
    // What lies in an earlier one goes into this one as well.
    backup.disable_backup().await.map_err(store_failed)?;
    let mut info = key.to_backup_info();
    backup.sign_backup(&mut info).await.map_err(failed)?;
    let info = Raw::from_json(serde_json::value::to_raw_value(&info).map_err(failed)?);
    outgoing(&TransactionId::new(), RequestKind::BackupVersion, create_backup_version::v3::Request::new(info))
}

pub(super) async fn backup_created(
    machine: &OlmMachine,
    key: BackupDecryptionKey,
    body: String,
) -> Result<(), CryptoError> {
    enable_backup(machine, key, read::<create_backup_version::v3::Response>(body)?.version).await
}

async fn enable_backup(machine: &OlmMachine, key: BackupDecryptionKey, version: String) -> Result<(), CryptoError> {
    let (backup, public) = (machine.backup_machine(), key.megolm_v1_public_key());
    public.set_version(version.clone());
    backup.save_decryption_key(Some(key), Some(version)).await.map_err(store_failed)?;
    backup.enable_backup_v1(public).await.map_err(store_failed)
}

/// A secret as account data: by the ID of the key that opens it.
#[derive(Serialize, Deserialize)]
struct Secret {
    encrypted: BTreeMap<String, Value>,
}

pub(super) async fn seal(machine: &OlmMachine) -> Result<SecretStorage, CryptoError> {
    let missing = || failed("there is nothing to recover by");
    let identity = machine.export_cross_signing_keys().await.map_err(store_failed)?.ok_or_else(missing)?;
    let backup = machine.backup_machine().get_backup_keys().await.map_err(store_failed)?.decryption_key;
    let secrets = [
        identity.master_key.clone(),
        identity.self_signing_key.clone(),
        identity.user_signing_key.clone(),
        backup.map(|key| key.to_base64()),
    ];
    let key = SecretStorageKey::new();
    let mut events = vec![(key.event_type().to_string(), serde_json::to_string(key.event_content()).map_err(failed)?)];
    for (name, secret) in SECRETS.into_iter().zip(secrets) {
        let sealed = key.encrypt(secret.ok_or_else(missing)?.into_bytes(), &SecretName::from(name));
        let sealed = serde_json::to_value(&sealed).map_err(failed)?;
        events.push((name.to_owned(), json!({ "encrypted": { key.key_id(): sealed } }).to_string()));
    }
    events.push(("m.secret_storage.default_key".to_owned(), json!({ "key": key.key_id() }).to_string()));
    Ok(SecretStorage { recovery_key: key.to_base58(), events })
}

pub(super) async fn open(
    machine: &OlmMachine,
    recovery_key: &str,
    StoredSecrets { key_id, description, secrets, backup }: &StoredSecrets,
) -> Result<OutgoingRequest, CryptoError> {
    let description = RawValue::from_string(description.clone()).map_err(failed)?;
    let event_type = format!("m.secret_storage.key.{key_id}");
    let description = SecretStorageKeyEventContent::from_parts(&event_type, &description).map_err(failed)?;
    let key =
        SecretStorageKey::from_account_data(recovery_key.trim(), description).map_err(|_| CryptoError::WrongKey)?;
    let secret = |name: &str| {
        let (_, content) = secrets.iter().find(|(stored, _)| stored == name)?;
        let sealed = serde_json::from_str::<Secret>(content).ok()?.encrypted.remove(key_id)?;
        let sealed: AesHmacSha2EncryptedData = serde_json::from_value(sealed).ok()?;
        String::from_utf8(key.decrypt(&sealed, &SecretName::from(name)).ok()?).ok()
    };
    let [master, self_signing, user_signing, backup_key] = SECRETS.map(secret);
    let identity =
        CrossSigningKeyExport { master_key: master, self_signing_key: self_signing, user_signing_key: user_signing };
    let status = machine.import_cross_signing_keys(identity).await.map_err(failed)?;
    if !status.is_complete() {
        return Err(failed("some of the cross-signing keys are not stored"));
    }
    if let (Some(key), Some((version, info))) = (backup_key, backup) {
        let key = BackupDecryptionKey::from_base64(&key).map_err(failed)?;
        let info: RoomKeyBackupInfo = serde_json::from_str(info).map_err(failed)?;
        if key.backup_key_matches(&info) {
            enable_backup(machine, key, version.clone()).await?;
        }
    }
    let device = machine.get_device(machine.user_id(), machine.device_id(), None).await.map_err(store_failed)?;
    let device = device.ok_or_else(|| failed("this device is not known to itself"))?;
    outgoing(&TransactionId::new(), RequestKind::SignatureUpload, device.verify().await.map_err(failed)?)
}

pub(super) async fn import_room_key(machine: &OlmMachine, key: &RoomKey, backed_up: &str) -> Result<(), CryptoError> {
    let stored = machine.backup_machine().get_backup_keys().await.map_err(store_failed)?;
    let Some(decryption_key) = stored.decryption_key else { return Err(failed("there is no backup")) };
    let backed_up: KeyBackupData = serde_json::from_str(backed_up).map_err(failed)?;
    let room_key = decryption_key.decrypt_session_data(backed_up.session_data).map_err(failed)?;
    let room_key = ExportedRoomKey::from_backed_up_room_key(key.room_id.clone(), key.session_id.clone(), room_key);
    let version = stored.backup_version.as_deref();
    machine.store().import_room_keys(vec![room_key], version, |_, _| {}).await.map_err(store_failed)?;
    Ok(())
}
