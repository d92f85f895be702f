//! A device's `OlmMachine` behind the client's port.

mod decrypt;
mod file;
mod recovery;
mod request;

use std::{cell::RefCell, collections::BTreeMap, future::poll_fn, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::{
    StreamExt,
    stream::{self, LocalBoxStream},
};
use matrix_sdk_crypto::{
    CollectStrategy, CryptoStoreError, DecryptionSettings, EncryptionSettings, EncryptionSyncChanges, OlmError,
    OlmMachine, TrustRequirement,
    store::{DynCryptoStore, types::BackupDecryptionKey},
    types::{EventEncryptionAlgorithm, requests::ToDeviceRequest},
};
use ruma::{
    OneTimeKeyAlgorithm, OwnedUserId, RoomId, TransactionId, UInt, UserId, api::client::sync::sync_events::DeviceLists,
    events::room::history_visibility::HistoryVisibility, serde::Raw,
};
use serde::de::DeserializeOwned;
use trellis_client::port::{
    Crypto, CryptoDevice, CryptoError, DeviceChanges, EncryptedContent, EncryptedEvent, EncryptedFile, OutgoingRequest,
    RecoveryStatus, RequestKind, RoomKey, SecretStorage, ShareSettings, StoredSecrets,
};
use trellis_model::protocol::Undecryptable;

/// How a room key is used where the room does not say: the specification's defaults.
const ROTATION_PERIOD: Duration = Duration::from_secs(60 * 60 * 24 * 7);
const ROTATION_MESSAGES: u64 = 100;

/// The machine of a device.
pub struct OlmCrypto {
    machine: OlmMachine,
    room_keys: RefCell<LocalBoxStream<'static, Vec<RoomKey>>>,
    /// Of a backup that is being made: kept once the homeserver has it.
    new_backup: RefCell<Option<BackupDecryptionKey>>,
}

impl OlmCrypto {
    /// Opens the device's machine on its store; makes its keys where there never were any.
    pub async fn open(store: Arc<DynCryptoStore>, device: &CryptoDevice) -> Result<Self, CryptoError> {
        let account = store.load_account().await.map_err(store_failed)?;
        let stored = account.map(|account| account.identity_keys().curve25519.to_base64());
        if device.identity_key.is_some() && device.identity_key != stored {
            return Err(CryptoError::Lost);
        }
        let machine =
            OlmMachine::with_store(&device.user_id, &device.device_id, store, None).await.map_err(store_failed)?;
        // People who are in no room with anybody have devices as well.
        machine.update_tracked_users([&*device.user_id]).await.map_err(store_failed)?;
        let room_keys = RefCell::new(room_keys(&machine));
        Ok(Self { machine, room_keys, new_backup: RefCell::default() })
    }
}

/// The keys that come, and those that are said not to come.
fn room_keys(machine: &OlmMachine) -> LocalBoxStream<'static, Vec<RoomKey>> {
    let store = machine.store();
    let received = store.room_keys_received_stream().map(|keys| {
        // Whoever reads too slowly is told only that keys came.
        let keys = keys.unwrap_or_default().into_iter();
        keys.map(|key| RoomKey { room_id: key.room_id, session_id: key.session_id }).collect()
    });
    let withheld = store.room_keys_withheld_received_stream().map(|keys| {
        let keys = keys.into_iter();
        keys.map(|key| RoomKey { room_id: key.room_id, session_id: key.session_id }).collect()
    });
    stream::select(received, withheld).boxed_local()
}

fn store_failed(error: CryptoStoreError) -> CryptoError {
    CryptoError::Store(error.to_string())
}

fn failed(error: impl std::fmt::Display) -> CryptoError {
    CryptoError::Failed(error.to_string())
}

fn olm_failed(error: OlmError) -> CryptoError {
    match error {
        OlmError::Store(error) => store_failed(error),
        OlmError::EventError(matrix_sdk_crypto::EventError::UnsupportedAlgorithm) => CryptoError::UnsupportedAlgorithm,
        error => failed(error),
    }
}

/// A part of a response. What the homeserver did not send, or sent in a form nobody knows, is as if it said nothing.
fn read<T: DeserializeOwned>(json: Option<String>) -> Option<T> {
    serde_json::from_str(&json?).ok()
}

/// Whom messages are decrypted from: everybody. Who they are is shown beside the message.
const DECRYPTION: DecryptionSettings =
    DecryptionSettings { sender_device_trust_requirement: TrustRequirement::Untrusted };

#[async_trait(?Send)]
impl Crypto for OlmCrypto {
    fn identity_key(&self) -> Option<String> {
        Some(self.machine.identity_keys().curve25519.to_base64())
    }

    async fn receive_sync_changes(&self, changes: DeviceChanges) -> Result<Vec<String>, CryptoError> {
        let to_device = changes.to_device.into_iter();
        let unused_fallback_keys: Option<Vec<OneTimeKeyAlgorithm>> = read(changes.unused_fallback_keys);
        let counts: BTreeMap<OneTimeKeyAlgorithm, UInt> = read(changes.one_time_keys_count).unwrap_or_default();
        let changed_devices: DeviceLists = read(changes.device_lists).unwrap_or_default();
        let changes = EncryptionSyncChanges {
            to_device_events: to_device.filter_map(|event| Raw::from_json_string(event).ok()).collect(),
            changed_devices: &changed_devices,
            one_time_keys_counts: &counts,
            unused_fallback_keys: unused_fallback_keys.as_deref(),
            next_batch_token: Some(changes.next_batch),
        };
        let (events, _) = self.machine.receive_sync_changes(changes, &DECRYPTION).await.map_err(olm_failed)?;
        Ok(events.into_iter().map(|event| event.to_raw().json().get().to_owned()).collect())
    }

    async fn outgoing_requests(&self) -> Result<Vec<OutgoingRequest>, CryptoError> {
        let requests = self.machine.outgoing_requests().await.map_err(store_failed)?;
        let mut requests: Vec<_> = requests
            .iter()
            .map(|request| request::any(request.request_id(), request.request()))
            .collect::<Result<_, _>>()?;
        requests.extend(recovery::next_backup(&self.machine).await?);
        Ok(requests)
    }

    async fn receive_response(&self, id: &str, kind: RequestKind, body: String) -> Result<(), CryptoError> {
        if kind == RequestKind::BackupVersion {
            let key = self.new_backup.take().ok_or_else(|| failed("no backup is being made"))?;
            return recovery::backup_created(&self.machine, key, body).await;
        }
        request::receive(&self.machine, id.into(), kind, body).await
    }

    async fn track_users(&self, users: &[OwnedUserId]) -> Result<(), CryptoError> {
        self.machine.update_tracked_users(ids(users)).await.map_err(store_failed)
    }

    async fn missing_sessions(&self, users: &[OwnedUserId]) -> Result<Option<OutgoingRequest>, CryptoError> {
        let request = self.machine.get_missing_sessions(ids(users)).await.map_err(store_failed)?;
        request.map(|(id, claim)| request::outgoing(&id, RequestKind::KeysClaim, claim)).transpose()
    }

    async fn share_room_key(
        &self,
        room_id: &RoomId,
        recipients: &[OwnedUserId],
        settings: &ShareSettings,
    ) -> Result<Vec<OutgoingRequest>, CryptoError> {
        let encryption = &settings.encryption;
        let algorithm = EventEncryptionAlgorithm::from(encryption.algorithm.as_str());
        if algorithm != EventEncryptionAlgorithm::MegolmV1AesSha2 {
            return Err(CryptoError::UnsupportedAlgorithm);
        }
        let settings = EncryptionSettings {
            algorithm,
            rotation_period: encryption.rotation_period_ms.map_or(ROTATION_PERIOD, Duration::from_millis),
            rotation_period_msgs: encryption.rotation_period_msgs.unwrap_or(ROTATION_MESSAGES),
            history_visibility: HistoryVisibility::from(settings.history_visibility.as_str()),
            sharing_strategy: CollectStrategy::AllDevices,
        };
        let requests = self.machine.share_room_key(room_id, ids(recipients), settings).await.map_err(olm_failed)?;
        requests.iter().map(|request: &Arc<ToDeviceRequest>| request::to_device(request)).collect()
    }

    async fn encrypt(
        &self,
        room_id: &RoomId,
        event_type: &str,
        content: &str,
    ) -> Result<EncryptedContent, CryptoError> {
        let content = Raw::from_json_string(content.to_owned()).map_err(failed)?;
        let encrypted = self.machine.encrypt_room_event_raw(room_id, event_type, &content).await.map_err(failed)?;
        let content = encrypted.content.json().get().to_owned();
        Ok(EncryptedContent { event_type: "m.room.encrypted".to_owned(), content })
    }

    async fn decrypt(&self, events: Vec<EncryptedEvent>) -> Result<Vec<Result<String, Undecryptable>>, CryptoError> {
        let mut results = Vec::with_capacity(events.len());
        for event in events {
            results.push(decrypt::decrypt(&self.machine, event, &DECRYPTION).await?);
        }
        Ok(results)
    }

    async fn encrypt_file(&self, bytes: Vec<u8>) -> Result<EncryptedFile, CryptoError> {
        file::encrypt(&bytes)
    }

    async fn decrypt_file(&self, file: EncryptedFile) -> Result<Vec<u8>, CryptoError> {
        file::decrypt(&file)
    }

    async fn recovery_status(&self) -> Result<RecoveryStatus, CryptoError> {
        recovery::status(&self.machine).await
    }

    async fn publish_identity(&self, anew: bool) -> Result<Vec<OutgoingRequest>, CryptoError> {
        recovery::publish_identity(&self.machine, anew).await
    }

    async fn create_backup(&self) -> Result<OutgoingRequest, CryptoError> {
        let key = BackupDecryptionKey::new();
        let request = recovery::create_backup(&self.machine, &key).await?;
        self.new_backup.replace(Some(key));
        Ok(request)
    }

    async fn disable_backup(&self) -> Result<(), CryptoError> {
        self.machine.backup_machine().disable_backup().await.map_err(store_failed)
    }

    async fn seal_secrets(&self) -> Result<SecretStorage, CryptoError> {
        recovery::seal(&self.machine).await
    }

    async fn open_secrets(&self, recovery_key: &str, stored: StoredSecrets) -> Result<OutgoingRequest, CryptoError> {
        recovery::open(&self.machine, recovery_key, &stored).await
    }

    async fn import_room_key(&self, key: &RoomKey, backed_up: &str) -> Result<(), CryptoError> {
        recovery::import_room_key(&self.machine, key, backed_up).await
    }

    async fn room_keys(&self) -> Vec<RoomKey> {
        let next = poll_fn(|context| self.room_keys.borrow_mut().poll_next_unpin(context)).await;
        // The stream ends with the machine, which is held here.
        match next {
            Some(keys) => keys,
            None => std::future::pending().await,
        }
    }
}

fn ids(users: &[OwnedUserId]) -> impl Iterator<Item = &UserId> {
    users.iter().map(|user_id| &**user_id)
}

/// The ID of a request, as the machine names it.
type RequestId = TransactionId;
