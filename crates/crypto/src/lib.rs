//! The Crypto port.
