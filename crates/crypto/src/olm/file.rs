//! Files: encrypted with a key of their own, which travels in the message.
//!
//! <https://spec.matrix.org/v1.18/client-server-api/#sending-encrypted-attachments>

use std::io::Read;

use matrix_sdk_crypto::{AttachmentDecryptor, AttachmentEncryptor, MediaEncryptionInfo};
use trellis_client::port::{CryptoError, EncryptedFile};

use super::failed;

pub(super) fn encrypt(mut plain: &[u8]) -> Result<EncryptedFile, CryptoError> {
    let mut bytes = Vec::with_capacity(plain.len());
    let mut encryptor = AttachmentEncryptor::new(&mut plain);
    encryptor.read_to_end(&mut bytes).map_err(failed)?;
    let key = serde_json::to_string(&encryptor.finish()).map_err(failed)?;
    Ok(EncryptedFile { bytes, key })
}

pub(super) fn decrypt(EncryptedFile { bytes, key }: &EncryptedFile) -> Result<Vec<u8>, CryptoError> {
    let info: MediaEncryptionInfo = serde_json::from_str(key).map_err(|_| CryptoError::Damaged)?;
    let mut plain = Vec::with_capacity(bytes.len());
    let mut bytes = bytes.as_slice();
    // The hash is checked where the bytes end: what was read before is given to nobody.
    let read = AttachmentDecryptor::new(&mut bytes, info)
        .map_err(|_| CryptoError::Damaged)
        .and_then(|mut decryptor| decryptor.read_to_end(&mut plain).map_err(|_| CryptoError::Damaged));
    read.map(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_opens_with_its_own_key_only() {
        let first = encrypt(b"The plan").unwrap();
        let second = encrypt(b"The plan").unwrap();

        assert_eq!(decrypt(&first).unwrap(), b"The plan");
        assert_ne!(first.bytes, second.bytes);
        assert_eq!(decrypt(&EncryptedFile { key: second.key, ..first }), Err(CryptoError::Damaged));
    }

    #[test]
    fn a_file_that_was_changed_does_not_open() {
        let mut file = encrypt(b"The plan").unwrap();
        file.bytes[3] ^= 1;
        assert_eq!(decrypt(&file), Err(CryptoError::Damaged));
        file.bytes.truncate(2);
        assert_eq!(decrypt(&file), Err(CryptoError::Damaged));
    }

    #[test]
    fn what_is_no_key_opens_nothing() {
        for key in ["", "{}", r#"{"v":"v1","hashes":{}}"#, r#"{"v":"v2","key":{},"iv":"","hashes":{"sha256":""}}"#] {
            assert_eq!(decrypt(&EncryptedFile { bytes: vec![1], key: key.to_owned() }), Err(CryptoError::Damaged));
        }
    }
}
