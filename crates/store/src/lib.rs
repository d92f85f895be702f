//! The Store port on IndexedDB and in memory.
