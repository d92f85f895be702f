//! What the client needs of the world. The worker, the tests and the benches each bring their own.

mod store;

pub use self::store::{
    Batch, Direction, Durability, Key, KeyRange, Operation, Record, Sealer, Store, StoreError, Table, TableKind,
};
