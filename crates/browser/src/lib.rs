//! What the page and the worker must do alike in the browser: the names they meet under, the form of their messages, Web
//! Locks, and the boot database.
//!
//! Knows the protocol's types, but no views, no client and no main database.

pub mod boot;
pub mod idb;
pub mod json;
pub mod listener;
pub mod lock;
pub mod message;
pub mod names;
pub mod timer;

mod greeting;
mod random;

pub use self::{greeting::Greeting, random::random_id};
