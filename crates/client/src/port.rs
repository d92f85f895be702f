//! What the client needs of the world. The worker, the tests and the benches each bring their own.
//!
//! Every port is `?Send`: the core is one thread. A port never knows what the others do.

mod accounts;
mod boot;
mod clock;
mod crypto;
mod file;
mod random;
mod store;
mod transport;

pub use self::{
    accounts::{AccountDatabase, Accounts},
    boot::{AccountListing, BootStore},
    clock::Clock,
    crypto::{
        Crypto, CryptoChannel, CryptoDevice, CryptoError, Cryptography, DeviceChanges, EncryptedContent,
        EncryptedEvent, EncryptedFile, OutgoingRequest, RecoveryStatus, RemoteCrypto, RequestKind, RoomKey, SECRETS,
        SecretStorage, ShareSettings, StoredSecrets, serve_crypto,
    },
    file::{File, FileError},
    random::Random,
    store::{
        Batch, Direction, Durability, Key, KeyRange, Operation, Record, Sealer, Store, StoreError, Table, TableKind,
    },
    transport::{Transport, TransportError},
};
