//! The Store port on IndexedDB and in memory.

mod memory;

pub use self::memory::MemoryStore;
