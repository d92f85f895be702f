//! The port's calls as bytes, for a machine that is a module of its own: [`RemoteCrypto`] on one side, [`serve`] on the
//! other. Both come from the same build, so the form needs no compatibility.

use std::rc::Rc;

use async_trait::async_trait;
use ruma::{OwnedRoomId, OwnedUserId, RoomId};
use serde::{Deserialize, Serialize};
use trellis_model::protocol::{Undecryptable, decode, encode};

use super::{
    Crypto, CryptoError, DeviceChanges, EncryptedContent, EncryptedEvent, EncryptedFile, OutgoingRequest,
    RecoveryStatus, RequestKind, RoomKey, SecretStorage, ShareSettings, StoredSecrets,
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Call {
    ReceiveSyncChanges(DeviceChanges),
    OutgoingRequests,
    ReceiveResponse { id: String, kind: RequestKind, body: String },
    TrackUsers(Vec<OwnedUserId>),
    MissingSessions(Vec<OwnedUserId>),
    ShareRoomKey { room_id: OwnedRoomId, recipients: Vec<OwnedUserId>, settings: ShareSettings },
    Encrypt { room_id: OwnedRoomId, event_type: String, content: String },
    Decrypt(Vec<EncryptedEvent>),
    EncryptFile(Vec<u8>),
    DecryptFile(EncryptedFile),
    RecoveryStatus,
    PublishIdentity { anew: bool },
    CreateBackup,
    DisableBackup,
    SealSecrets,
    OpenSecrets { recovery_key: String, stored: StoredSecrets },
    ImportRoomKey { key: RoomKey, backed_up: String },
    RoomKeys,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Answer {
    Done,
    Events(Vec<String>),
    Requests(Vec<OutgoingRequest>),
    Encrypted(EncryptedContent),
    Decrypted(Vec<Result<String, Undecryptable>>),
    EncryptedFile(EncryptedFile),
    File(Vec<u8>),
    RecoveryStatus(RecoveryStatus),
    Request(OutgoingRequest),
    Secrets(SecretStorage),
    RoomKeys(Vec<RoomKey>),
}

/// The way to a machine elsewhere.
#[async_trait(?Send)]
pub trait CryptoChannel {
    /// Passes a call on and answers with what [`serve`] made of it. The error is the channel's own.
    async fn call(&self, call: Vec<u8>) -> Result<Vec<u8>, String>;
}

/// A machine elsewhere.
pub struct RemoteCrypto {
    identity_key: String,
    channel: Rc<dyn CryptoChannel>,
}

impl RemoteCrypto {
    /// The machine at the other end of `channel`.
    pub fn new(identity_key: String, channel: Rc<dyn CryptoChannel>) -> Self {
        Self { identity_key, channel }
    }

    async fn call(&self, call: Call) -> Result<Answer, CryptoError> {
        let answer = self.channel.call(encode(&call)).await.map_err(CryptoError::Failed)?;
        decode(&answer).unwrap_or_else(|_| Err(mismatched()))
    }
}

/// The other end is of another build, or broken.
fn mismatched() -> CryptoError {
    CryptoError::Failed("the crypto module answers something else".to_owned())
}

#[async_trait(?Send)]
impl Crypto for RemoteCrypto {
    fn identity_key(&self) -> Option<String> {
        Some(self.identity_key.clone())
    }

    async fn receive_sync_changes(&self, changes: DeviceChanges) -> Result<Vec<String>, CryptoError> {
        match self.call(Call::ReceiveSyncChanges(changes)).await? {
            Answer::Events(events) => Ok(events),
            _ => Err(mismatched()),
        }
    }

    async fn outgoing_requests(&self) -> Result<Vec<OutgoingRequest>, CryptoError> {
        match self.call(Call::OutgoingRequests).await? {
            Answer::Requests(requests) => Ok(requests),
            _ => Err(mismatched()),
        }
    }

    async fn receive_response(&self, id: &str, kind: RequestKind, body: String) -> Result<(), CryptoError> {
        self.call(Call::ReceiveResponse { id: id.to_owned(), kind, body }).await.map(drop)
    }

    async fn track_users(&self, users: &[OwnedUserId]) -> Result<(), CryptoError> {
        self.call(Call::TrackUsers(users.to_vec())).await.map(drop)
    }

    async fn missing_sessions(&self, users: &[OwnedUserId]) -> Result<Option<OutgoingRequest>, CryptoError> {
        match self.call(Call::MissingSessions(users.to_vec())).await? {
            Answer::Requests(requests) => Ok(requests.into_iter().next()),
            _ => Err(mismatched()),
        }
    }

    async fn share_room_key(
        &self,
        room_id: &RoomId,
        recipients: &[OwnedUserId],
        settings: &ShareSettings,
    ) -> Result<Vec<OutgoingRequest>, CryptoError> {
        let (room_id, recipients, settings) = (room_id.to_owned(), recipients.to_vec(), settings.clone());
        match self.call(Call::ShareRoomKey { room_id, recipients, settings }).await? {
            Answer::Requests(requests) => Ok(requests),
            _ => Err(mismatched()),
        }
    }

    async fn encrypt(
        &self,
        room_id: &RoomId,
        event_type: &str,
        content: &str,
    ) -> Result<EncryptedContent, CryptoError> {
        let (event_type, content) = (event_type.to_owned(), content.to_owned());
        match self.call(Call::Encrypt { room_id: room_id.to_owned(), event_type, content }).await? {
            Answer::Encrypted(content) => Ok(content),
            _ => Err(mismatched()),
        }
    }

    async fn decrypt(&self, events: Vec<EncryptedEvent>) -> Result<Vec<Result<String, Undecryptable>>, CryptoError> {
        match self.call(Call::Decrypt(events)).await? {
            Answer::Decrypted(results) => Ok(results),
            _ => Err(mismatched()),
        }
    }

    async fn encrypt_file(&self, bytes: Vec<u8>) -> Result<EncryptedFile, CryptoError> {
        match self.call(Call::EncryptFile(bytes)).await? {
            Answer::EncryptedFile(file) => Ok(file),
            _ => Err(mismatched()),
        }
    }

    async fn decrypt_file(&self, file: EncryptedFile) -> Result<Vec<u8>, CryptoError> {
        match self.call(Call::DecryptFile(file)).await? {
            Answer::File(bytes) => Ok(bytes),
            _ => Err(mismatched()),
        }
    }

    async fn recovery_status(&self) -> Result<RecoveryStatus, CryptoError> {
        match self.call(Call::RecoveryStatus).await? {
            Answer::RecoveryStatus(status) => Ok(status),
            _ => Err(mismatched()),
        }
    }

    async fn publish_identity(&self, anew: bool) -> Result<Vec<OutgoingRequest>, CryptoError> {
        match self.call(Call::PublishIdentity { anew }).await? {
            Answer::Requests(requests) => Ok(requests),
            _ => Err(mismatched()),
        }
    }

    async fn create_backup(&self) -> Result<OutgoingRequest, CryptoError> {
        match self.call(Call::CreateBackup).await? {
            Answer::Request(request) => Ok(request),
            _ => Err(mismatched()),
        }
    }

    async fn disable_backup(&self) -> Result<(), CryptoError> {
        self.call(Call::DisableBackup).await.map(drop)
    }

    async fn seal_secrets(&self) -> Result<SecretStorage, CryptoError> {
        match self.call(Call::SealSecrets).await? {
            Answer::Secrets(storage) => Ok(storage),
            _ => Err(mismatched()),
        }
    }

    async fn open_secrets(&self, recovery_key: &str, stored: StoredSecrets) -> Result<OutgoingRequest, CryptoError> {
        match self.call(Call::OpenSecrets { recovery_key: recovery_key.to_owned(), stored }).await? {
            Answer::Request(request) => Ok(request),
            _ => Err(mismatched()),
        }
    }

    async fn import_room_key(&self, key: &RoomKey, backed_up: &str) -> Result<(), CryptoError> {
        self.call(Call::ImportRoomKey { key: key.clone(), backed_up: backed_up.to_owned() }).await.map(drop)
    }

    async fn room_keys(&self) -> Vec<RoomKey> {
        match self.call(Call::RoomKeys).await {
            Ok(Answer::RoomKeys(keys)) => keys,
            // Nothing is heard any more of what comes; what is looked at is tried all the same.
            _ => std::future::pending().await,
        }
    }
}

/// Does what a call asks of a machine.
pub async fn serve(machine: &dyn Crypto, call: &[u8]) -> Vec<u8> {
    let answer = match decode::<Call>(call) {
        Ok(call) => answer(machine, call).await,
        Err(_) => Err(mismatched()),
    };
    encode(&answer)
}

async fn answer(machine: &dyn Crypto, call: Call) -> Result<Answer, CryptoError> {
    Ok(match call {
        Call::ReceiveSyncChanges(changes) => Answer::Events(machine.receive_sync_changes(changes).await?),
        Call::OutgoingRequests => Answer::Requests(machine.outgoing_requests().await?),
        Call::ReceiveResponse { id, kind, body } => {
            machine.receive_response(&id, kind, body).await?;
            Answer::Done
        }
        Call::TrackUsers(users) => {
            machine.track_users(&users).await?;
            Answer::Done
        }
        Call::MissingSessions(users) => Answer::Requests(machine.missing_sessions(&users).await?.into_iter().collect()),
        Call::ShareRoomKey { room_id, recipients, settings } => {
            Answer::Requests(machine.share_room_key(&room_id, &recipients, &settings).await?)
        }
        Call::Encrypt { room_id, event_type, content } => {
            Answer::Encrypted(machine.encrypt(&room_id, &event_type, &content).await?)
        }
        Call::Decrypt(events) => Answer::Decrypted(machine.decrypt(events).await?),
        Call::EncryptFile(bytes) => Answer::EncryptedFile(machine.encrypt_file(bytes).await?),
        Call::DecryptFile(file) => Answer::File(machine.decrypt_file(file).await?),
        Call::RecoveryStatus => Answer::RecoveryStatus(machine.recovery_status().await?),
        Call::PublishIdentity { anew } => Answer::Requests(machine.publish_identity(anew).await?),
        Call::CreateBackup => Answer::Request(machine.create_backup().await?),
        Call::DisableBackup => {
            machine.disable_backup().await?;
            Answer::Done
        }
        Call::SealSecrets => Answer::Secrets(machine.seal_secrets().await?),
        Call::OpenSecrets { recovery_key, stored } => {
            Answer::Request(machine.open_secrets(&recovery_key, stored).await?)
        }
        Call::ImportRoomKey { key, backed_up } => {
            machine.import_room_key(&key, &backed_up).await?;
            Answer::Done
        }
        Call::RoomKeys => Answer::RoomKeys(machine.room_keys().await),
    })
}
