//! What Matrix data means: pure functions and plain values.
//!
//! Nothing in this crate does I/O, reads a clock, draws randomness, awaits, or knows that it may run
//! in a browser. Everything here is tested natively, in milliseconds.

pub mod protocol;
pub mod rich_text;
