//! A device without encryption.

use async_trait::async_trait;
use ruma::{OwnedUserId, RoomId, UserId};
use serde_json::value::RawValue;
use trellis_client::port::{Crypto, CryptoError, DeviceChanges, EncryptedContent, OutgoingRequest, OutgoingRequestId};

/// A device that uploads no keys, so nobody encrypts for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCrypto;

#[async_trait(?Send)]
impl Crypto for NoCrypto {
    fn is_available(&self) -> bool {
        false
    }

    async fn receive_sync_changes(&self, changes: DeviceChanges<'_>) -> Result<Vec<Box<RawValue>>, CryptoError> {
        Ok(changes.to_device.to_vec())
    }

    async fn outgoing_requests(&self) -> Result<Vec<OutgoingRequest>, CryptoError> {
        Ok(Vec::new())
    }

    async fn receive_response(&self, _: &OutgoingRequestId, _: http::Response<Vec<u8>>) -> Result<(), CryptoError> {
        Ok(())
    }

    async fn track_users(&self, _: &[OwnedUserId]) -> Result<(), CryptoError> {
        Ok(())
    }

    async fn decrypt(&self, _: &RoomId, _: &RawValue) -> Result<Box<RawValue>, CryptoError> {
        Err(CryptoError::MissingRoomKey)
    }

    async fn encrypt(&self, _: &RoomId, _: &[&UserId], _: &str, _: &RawValue) -> Result<EncryptedContent, CryptoError> {
        Err(CryptoError::Unavailable)
    }
}
