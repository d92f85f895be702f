//! The Store port on IndexedDB and in memory, and the sealer of its values.

#[cfg(target_arch = "wasm32")]
mod indexed_db;
mod memory;
mod sealing;

#[cfg(target_arch = "wasm32")]
pub use self::indexed_db::IndexedDbStore;
pub use self::{
    memory::MemoryStore,
    sealing::{KeySealer, derive},
};
