//! The sealer: XChaCha20-Poly1305 under a key derived from the account's data key.
//!
//! Synchronous, so that values are sealed before a transaction opens. Sealed values are bound to their table and key: one
//! that is moved elsewhere does not open.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use sha2::Sha256;
use trellis_client::port::{Sealer, StoreError, Table};

const NONCE: usize = 24;

/// Seals an account's values.
pub struct KeySealer(XChaCha20Poly1305);

impl KeySealer {
    /// The sealer of the account whose data key this is.
    pub fn new(data_key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&derive(data_key, "trellis store values").into()))
    }
}

/// The key for one purpose: whoever has it knows nothing of the others.
pub fn derive(data_key: &[u8; 32], purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, data_key)
        .expand(purpose.as_bytes(), &mut key)
        .expect("HKDF gives up to 255 times its hash's length");
    key
}

impl Sealer for KeySealer {
    fn seal(&self, table: Table, key: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).expect("a system without randomness seals nothing");
        let sealed = self
            .0
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: &place(table, key) })
            .expect("values are far below the cipher's limit");
        [&nonce[..], &sealed].concat()
    }

    fn open(&self, table: Table, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let unreadable = StoreError::Unreadable { table: table.name() };
        let Some((nonce, ciphertext)) = sealed.split_at_checked(NONCE) else { return Err(unreadable) };
        self.0
            .decrypt(XNonce::from_slice(nonce), Payload { msg: ciphertext, aad: &place(table, key) })
            .map_err(|_| unreadable)
    }
}

/// Table names hold no zero byte, so no two places look the same.
fn place(table: Table, key: &[u8]) -> Vec<u8> {
    [table.name().as_bytes(), &[0], key].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_in_its_place_and_nowhere_else() {
        let sealer = KeySealer::new(&[7; 32]);

        let sealed = sealer.seal(Table::Drafts, b"key", b"words");

        assert_eq!(sealer.open(Table::Drafts, b"key", &sealed).as_deref(), Ok(&b"words"[..]));
        let unreadable = |table: Table| Err(StoreError::Unreadable { table: table.name() });
        assert_eq!(sealer.open(Table::Drafts, b"kez", &sealed), unreadable(Table::Drafts));
        assert_eq!(sealer.open(Table::Outbox, b"key", &sealed), unreadable(Table::Outbox));
        assert_eq!(KeySealer::new(&[8; 32]).open(Table::Drafts, b"key", &sealed), unreadable(Table::Drafts));
        assert_eq!(sealer.open(Table::Drafts, b"key", b"short"), unreadable(Table::Drafts));
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        let sealer = KeySealer::new(&[7; 32]);

        assert_ne!(sealer.seal(Table::Drafts, b"k", b"v"), sealer.seal(Table::Drafts, b"k", b"v"));
    }

    #[test]
    fn keys_for_different_purposes_differ() {
        assert_ne!(derive(&[7; 32], "one"), derive(&[7; 32], "other"));
    }
}
