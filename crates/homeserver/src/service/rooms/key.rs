//! The key this homeserver signs its events with. It lives in the database, so that every process
//! of one homeserver has the same.

use std::fmt;

use ruma::signatures::Ed25519KeyPair;

use crate::{
    environment::Environment,
    storage::{Storage, StorageError, WriteKey, args},
};

/// The signing key of this homeserver.
pub struct ServerKey(Ed25519KeyPair);

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerKey({})", self.key_id())
    }
}

impl ServerKey {
    /// Reads the newest key, or makes the first.
    pub(super) async fn load_or_make(storage: &Storage, environment: &Environment) -> Result<Self, StorageError> {
        let version = environment.word(6);
        let fresh = pkcs8(environment.bytes());
        let now = environment.now_millis();
        let (version, document) = storage
            .write(WriteKey::Server("server_keys"), move |transaction| {
                Box::pin(async move {
                    let newest = "SELECT key_id, document FROM server_keys ORDER BY created_at DESC LIMIT 1";
                    if let Some(row) = transaction.fetch_optional(newest, args![]).await? {
                        return Ok((row.get::<String>(0)?, row.get::<Vec<u8>>(1)?));
                    }
                    transaction
                        .execute(
                            "INSERT INTO server_keys (key_id, document, created_at) VALUES ($1, $2, $3)",
                            args![&version, fresh.as_slice(), now],
                        )
                        .await?;
                    Ok::<_, StorageError>((version, fresh))
                })
            })
            .await?;
        let unreadable = |_| StorageError::Column { column: "document".to_owned(), expected: "Ed25519 key in PKCS#8" };
        Ed25519KeyPair::from_der(&document, version).map(Self).map_err(unreadable)
    }

    /// The pair itself.
    pub fn pair(&self) -> &Ed25519KeyPair {
        &self.0
    }

    /// `ed25519:version`
    pub fn key_id(&self) -> String {
        format!("ed25519:{}", self.0.version())
    }
}

/// Wraps an Ed25519 seed as PKCS#8 version 1 ([RFC 8410], section 7).
///
/// [RFC 8410]: https://www.rfc-editor.org/rfc/rfc8410#section-7
fn pkcs8(seed: [u8; 32]) -> Vec<u8> {
    const PREFIX: [u8; 16] =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    [&PREFIX[..], &seed[..]].concat()
}
