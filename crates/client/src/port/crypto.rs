//! End-to-end encryption: the seam where matrix-sdk-crypto sits.
//!
//! Its store shares no transaction with ours, so the order matters: what a response says about keys is received (and
//! stored by the adapter) before our commit; receiving it again is harmless.

use async_trait::async_trait;
use ruma::{OwnedTransactionId, OwnedUserId, RoomId, UserId};
use serde_json::value::RawValue;

/// What a `/sync` response says about devices and keys.
#[derive(Debug, Clone, Copy)]
pub struct DeviceChanges<'a> {
    /// `to_device.events`, as JSON.
    pub to_device: &'a [Box<RawValue>],
    /// `device_lists`, as JSON.
    pub device_lists: Option<&'a RawValue>,
    /// `device_one_time_keys_count`, as JSON.
    pub one_time_keys_count: Option<&'a RawValue>,
    /// `device_unused_fallback_key_types`, as JSON.
    pub unused_fallback_keys: Option<&'a RawValue>,
    /// The sync token that comes with them.
    pub next_batch: &'a str,
}

/// Names a request of the crypto machine until its answer is given back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OutgoingRequestId(pub OwnedTransactionId);

/// A request the crypto machine wants sent. The client adds the homeserver's address and the token.
#[derive(Debug, Clone)]
pub struct OutgoingRequest {
    pub id: OutgoingRequestId,
    /// With only path and query in its URI.
    pub request: http::Request<Vec<u8>>,
}

/// What is sent in place of an event's content.
#[derive(Debug, Clone)]
pub struct EncryptedContent {
    pub event_type: String,
    pub content: Box<RawValue>,
}

/// Why something could not be encrypted or decrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// This build, or this device, cannot encrypt.
    #[error("encryption is not available")]
    Unavailable,
    /// The session's key is not here (yet).
    #[error("the room key is missing")]
    MissingRoomKey,
    /// Its store failed.
    #[error("the crypto store failed: {0}")]
    Store(String),
    /// Anything else the machine said.
    #[error("encryption failed: {0}")]
    Failed(String),
}

/// The crypto machine of a device.
#[async_trait(?Send)]
pub trait Crypto {
    /// Whether rooms can be encrypted at all.
    fn is_available(&self) -> bool;

    /// Takes in a response's keys and devices, durably, and answers the to-device events as they are after decryption.
    /// Called before our own commit.
    async fn receive_sync_changes(&self, changes: DeviceChanges<'_>) -> Result<Vec<Box<RawValue>>, CryptoError>;

    /// What it wants sent now, in order.
    async fn outgoing_requests(&self) -> Result<Vec<OutgoingRequest>, CryptoError>;

    /// The answer to one of its requests.
    async fn receive_response(
        &self,
        id: &OutgoingRequestId,
        response: http::Response<Vec<u8>>,
    ) -> Result<(), CryptoError>;

    /// The people whose devices must be known, because a room with them is encrypted.
    async fn track_users(&self, users: &[OwnedUserId]) -> Result<(), CryptoError>;

    /// The decrypted event for an `m.room.encrypted` one.
    async fn decrypt(&self, room_id: &RoomId, event: &RawValue) -> Result<Box<RawValue>, CryptoError>;

    /// What to send for a content in an encrypted room. May leave requests to be sent first (`outgoing_requests`).
    async fn encrypt(
        &self,
        room_id: &RoomId,
        recipients: &[&UserId],
        event_type: &str,
        content: &RawValue,
    ) -> Result<EncryptedContent, CryptoError>;
}
