//! Builders of Matrix data for tests, and the suites every adapter of a port must pass.
//!
//! Runs in the browser as well as natively, and knows no homeserver. It panics where a test should fail.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "what panics here fails the test that called it")]

mod event;
mod room;
mod store;
mod sync;

pub use self::{
    event::{EventBuilder, Person, alice, bob, carol},
    room::TestRoom,
    store::store_conformance,
    sync::{MessagesBuilder, SyncBuilder},
};
