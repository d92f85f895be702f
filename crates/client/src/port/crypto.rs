//! End-to-end encryption: the seam where matrix-sdk-crypto sits.
//!
//! Its store shares no transaction with ours, so the order matters: what a response says about keys is received (and
//! stored by the adapter) before our commit; receiving it again is harmless. Everything is text and plain data, so
//! that the machine can be a module of its own.

mod wire;

use std::rc::Rc;

use async_trait::async_trait;
use ruma::{OwnedDeviceId, OwnedRoomId, OwnedUserId, RoomId};
use serde::{Deserialize, Serialize};
use trellis_model::{protocol::Undecryptable, room::RoomEncryption};

pub use self::wire::{CryptoChannel, RemoteCrypto, serve as serve_crypto};

/// What a `/sync` response says about devices and keys: its fields, each as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeviceChanges {
    /// `to_device.events`
    pub to_device: Vec<String>,
    pub device_lists: Option<String>,
    /// `device_one_time_keys_count`
    pub one_time_keys_count: Option<String>,
    /// `device_unused_fallback_key_types`
    pub unused_fallback_keys: Option<String>,
    /// The sync token that comes with them.
    pub next_batch: String,
}

/// What a request of the crypto machine asks, which is how its answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestKind {
    /// `POST /keys/upload`
    KeysUpload,
    /// `POST /keys/query`
    KeysQuery,
    /// `POST /keys/claim`
    KeysClaim,
    /// `PUT /sendToDevice/{eventType}/{txnId}`
    ToDevice,
    /// `POST /keys/signatures/upload`
    SignatureUpload,
    /// `PUT /rooms/{roomId}/send/{eventType}/{txnId}`
    RoomMessage,
    /// `POST /keys/device_signing/upload`, which the homeserver may want confirmed by the password.
    SigningKeysUpload,
    /// `POST /room_keys/version`
    BackupVersion,
    /// `PUT /room_keys/keys`
    KeysBackup,
}

/// A request the crypto machine wants sent. The client adds the homeserver's address and the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingRequest {
    /// Names it until its answer is given back.
    pub id: String,
    pub kind: RequestKind,
    /// `PUT` or `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// JSON.
    pub body: String,
}

/// An encrypted event of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptedEvent {
    pub room_id: OwnedRoomId,
    /// The whole event, as JSON.
    pub json: String,
}

/// How a room's messages are encrypted now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareSettings {
    pub encryption: RoomEncryption,
    /// `m.room.history_visibility`: a key does not outlive its change.
    pub history_visibility: String,
}

/// A room key that has come, by whatever way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoomKey {
    pub room_id: OwnedRoomId,
    pub session_id: String,
}

/// What is sent in place of an event's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptedContent {
    pub event_type: String,
    /// JSON.
    pub content: String,
}

/// A file as it is uploaded, and what opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptedFile {
    pub bytes: Vec<u8>,
    /// An [`EncryptedFile`](https://spec.matrix.org/v1.18/client-server-api/#extensions-to-mroommessage-msgtypes) without
    /// its `url`, as JSON.
    pub key: String,
}

/// How far a device has what a person recovers by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryStatus {
    /// It has the person's cross-signing keys.
    pub signs: bool,
    /// The backup it puts room keys into.
    pub backup_version: Option<String>,
}

/// [Secret storage](https://spec.matrix.org/v1.18/client-server-api/#storage) as it is put into the account data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretStorage {
    /// What opens it, as a person keeps it.
    pub recovery_key: String,
    /// Types and contents, in the order in which they are to be set: what says that there are secrets comes last.
    pub events: Vec<(String, String)>,
}

/// Secret storage as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecrets {
    pub key_id: String,
    /// The content of `m.secret_storage.key.{key_id}`.
    pub description: String,
    /// The types and contents of what is stored; what is not there is left out.
    pub secrets: Vec<(String, String)>,
    /// The backup's version and its `algorithm` and `auth_data` as a JSON object.
    pub backup: Option<(String, String)>,
}

/// The types of account data under which [`StoredSecrets::secrets`] are found.
pub const SECRETS: [&str; 4] =
    ["m.cross_signing.master", "m.cross_signing.self_signing", "m.cross_signing.user_signing", "m.megolm_backup.v1"];

/// The device whose keys are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CryptoDevice {
    pub user_id: OwnedUserId,
    pub device_id: OwnedDeviceId,
    /// The identity key it had when it was opened last. `None`: it has none yet.
    pub identity_key: Option<String>,
}

/// Why something could not be encrypted or decrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum CryptoError {
    /// This build cannot encrypt.
    #[error("encryption is not available")]
    Unavailable,
    /// The device had keys, and they are gone: nobody can speak for it any more.
    #[error("the keys of this device are gone")]
    Lost,
    /// A recovery key opens nothing.
    #[error("this is not the recovery key")]
    WrongKey,
    /// A file is not what was encrypted, or not in a way that is known here.
    #[error("the file is damaged")]
    Damaged,
    /// The room asks for an algorithm that is not known here.
    #[error("the room's algorithm is not known")]
    UnsupportedAlgorithm,
    /// Its store failed.
    #[error("the crypto store failed: {0}")]
    Store(String),
    /// Anything else the machine said.
    #[error("encryption failed: {0}")]
    Failed(String),
}

/// Where devices' crypto machines come from.
#[async_trait(?Send)]
pub trait Cryptography {
    /// Whether rooms can be encrypted at all.
    fn is_available(&self) -> bool;

    /// Opens a device's machine. A device without keys gets some; one whose keys are gone is [`CryptoError::Lost`].
    async fn open(&self, device: &CryptoDevice) -> Result<Rc<dyn Crypto>, CryptoError>;
}

/// The crypto machine of a device.
#[async_trait(?Send)]
pub trait Crypto {
    /// The device's Curve25519 key. `None`: it has none.
    fn identity_key(&self) -> Option<String>;

    /// Takes in a response's keys and devices, durably, and answers the to-device events as they are after decryption,
    /// as JSON. Called before our own commit.
    async fn receive_sync_changes(&self, changes: DeviceChanges) -> Result<Vec<String>, CryptoError>;

    /// What it wants sent now, in order.
    async fn outgoing_requests(&self) -> Result<Vec<OutgoingRequest>, CryptoError>;

    /// The answer to one of its requests: the body of a success.
    async fn receive_response(&self, id: &str, kind: RequestKind, body: String) -> Result<(), CryptoError>;

    /// The people whose devices must be known, because they get the keys of a room.
    async fn track_users(&self, users: &[OwnedUserId]) -> Result<(), CryptoError>;

    /// The request for what is missing before these people's devices can be written to. One at a time.
    async fn missing_sessions(&self, users: &[OwnedUserId]) -> Result<Option<OutgoingRequest>, CryptoError>;

    /// What must be sent before a room's recipients can read what is [encrypted](Self::encrypt) next; nothing, once all
    /// of it was sent.
    async fn share_room_key(
        &self,
        room_id: &RoomId,
        recipients: &[OwnedUserId],
        settings: &ShareSettings,
    ) -> Result<Vec<OutgoingRequest>, CryptoError>;

    /// What to send for a content in an encrypted room, directly after [`share_room_key`](Self::share_room_key) asked for
    /// nothing more.
    async fn encrypt(&self, room_id: &RoomId, event_type: &str, content: &str)
    -> Result<EncryptedContent, CryptoError>;

    /// The decrypted events, as JSON, or why each cannot be decrypted.
    async fn decrypt(&self, events: Vec<EncryptedEvent>) -> Result<Vec<Result<String, Undecryptable>>, CryptoError>;

    /// Encrypts a file, with a key of its own.
    async fn encrypt_file(&self, bytes: Vec<u8>) -> Result<EncryptedFile, CryptoError>;

    /// Decrypts a file, and checks that it is what was encrypted.
    async fn decrypt_file(&self, file: EncryptedFile) -> Result<Vec<u8>, CryptoError>;

    /// How far the device has what the person recovers by.
    async fn recovery_status(&self) -> Result<RecoveryStatus, CryptoError>;

    /// What publishes the person's cross-signing keys, in order. They are made where they are not here, or `anew`.
    async fn publish_identity(&self, anew: bool) -> Result<Vec<OutgoingRequest>, CryptoError>;

    /// What makes a new backup, into which room keys go once its answer was given.
    async fn create_backup(&self) -> Result<OutgoingRequest, CryptoError>;

    /// No more keys go into the backup: it is not there any more.
    async fn disable_backup(&self) -> Result<(), CryptoError>;

    /// Seals what the person recovers by, with a new recovery key.
    async fn seal_secrets(&self) -> Result<SecretStorage, CryptoError>;

    /// Takes in what a recovery key opens, and what tells the homeserver that this device is the person's.
    async fn open_secrets(&self, recovery_key: &str, stored: StoredSecrets) -> Result<OutgoingRequest, CryptoError>;

    /// Takes in a room key as the backup has it: the JSON of `KeyBackupData`.
    async fn import_room_key(&self, key: &RoomKey, backed_up: &str) -> Result<(), CryptoError>;

    /// Waits until keys of rooms, or the news that they are withheld, have come.
    async fn room_keys(&self) -> Vec<RoomKey>;
}
