//! A device without encryption.

use std::rc::Rc;

use async_trait::async_trait;
use ruma::{OwnedUserId, RoomId};
use trellis_client::port::{
    Crypto, CryptoDevice, CryptoError, Cryptography, DeviceChanges, EncryptedContent, EncryptedEvent, OutgoingRequest,
    RequestKind, RoomKey, ShareSettings,
};
use trellis_model::protocol::Undecryptable;

/// Devices that upload no keys, so nobody encrypts for them.
pub(crate) struct NoCryptography;

struct NoCrypto;

#[async_trait(?Send)]
impl Cryptography for NoCryptography {
    fn is_available(&self) -> bool {
        false
    }

    async fn open(&self, _: &CryptoDevice) -> Result<Rc<dyn Crypto>, CryptoError> {
        Ok(Rc::new(NoCrypto))
    }
}

#[async_trait(?Send)]
impl Crypto for NoCrypto {
    fn identity_key(&self) -> Option<String> {
        None
    }

    async fn receive_sync_changes(&self, changes: DeviceChanges) -> Result<Vec<String>, CryptoError> {
        Ok(changes.to_device)
    }

    async fn outgoing_requests(&self) -> Result<Vec<OutgoingRequest>, CryptoError> {
        Ok(Vec::new())
    }

    async fn receive_response(&self, _: &str, _: RequestKind, _: String) -> Result<(), CryptoError> {
        Ok(())
    }

    async fn track_users(&self, _: &[OwnedUserId]) -> Result<(), CryptoError> {
        Ok(())
    }

    async fn missing_sessions(&self, _: &[OwnedUserId]) -> Result<Option<OutgoingRequest>, CryptoError> {
        Ok(None)
    }

    async fn share_room_key(
        &self,
        _: &RoomId,
        _: &[OwnedUserId],
        _: &ShareSettings,
    ) -> Result<Vec<OutgoingRequest>, CryptoError> {
        Err(CryptoError::Unavailable)
    }

    async fn encrypt(&self, _: &RoomId, _: &str, _: &str) -> Result<EncryptedContent, CryptoError> {
        Err(CryptoError::Unavailable)
    }

    async fn decrypt(&self, events: Vec<EncryptedEvent>) -> Result<Vec<Result<String, Undecryptable>>, CryptoError> {
        Ok(events.iter().map(|_| Err(Undecryptable::UnsupportedAlgorithm)).collect())
    }

    async fn room_keys(&self) -> Vec<RoomKey> {
        std::future::pending().await
    }
}
