//! The HTTP surface: parses requests into ruma's types, calls services, answers.
//!
//! Endpoints live one per file, named as ruma's module. They hold no policy and no SQL: a rule that
//! matters belongs to a service, so that every way in obeys it.

mod access;
pub mod admin;
pub mod client;
mod content;
pub mod cors;
pub mod extract;
mod json;
mod parts;
pub mod router;
pub mod trace;

pub use self::{
    access::Sender,
    extract::{Ruma, Stream},
    router::{Endpoints, router},
};
