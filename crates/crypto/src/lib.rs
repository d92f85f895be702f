//! The Crypto port. [`NoCrypto`] is a device that has no keys: encrypted rooms can be listed and read about, but
//! neither read nor written.

mod none;

pub use self::none::NoCrypto;
