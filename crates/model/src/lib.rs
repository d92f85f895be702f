//! What Matrix data means: pure functions and plain values.
//!
//! Nothing in this crate does I/O, reads a clock, draws randomness, awaits, or knows that it may run
//! in a browser. Everything here is tested natively, in milliseconds.
//!
//! The way of the data: a response is parsed ([`sync`]), says what it [`Needs`](changes::Needs) of the store, and is
//! reduced over a [`Snapshot`](changes::Snapshot) of that to [`RoomChanges`](changes::RoomChanges), which the client
//! commits. What was committed is projected to the rows of [`protocol`].

pub mod account;
pub mod changes;
pub mod compose;
pub mod event;
pub mod protocol;
pub mod rich_text;
pub mod room;
pub mod room_list;
pub mod search_text;
pub mod send_queue;
pub mod sync;
pub mod timeline;
