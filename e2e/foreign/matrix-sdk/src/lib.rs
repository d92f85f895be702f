//! People who use matrix-sdk as Element X does: with its sync service, which is sliding sync for the rooms and for
//! encryption, its room list and its timelines.
//!
//! Nothing here knows what the homeserver is. Nothing sleeps: [`wait`] looks again when the library says that
//! something has changed.

pub mod person;
pub mod wait;

pub use self::person::Person;
