//! The Crypto port on matrix-sdk-crypto's `OlmMachine`. No cryptography of our own, and no network: what the machine wants
//! sent is the client's to send.

mod olm;

pub use self::olm::OlmCrypto;
