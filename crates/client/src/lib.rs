//! Drives the model through ports: the sync loop, the writer queue, the send loop, pagination, media, log-in, discovery.
//!
//! Two cores: [`SignIn`] for a page without an account, [`Client`] for one account and all its tabs. Both are one thread
//! and know no browser. What Matrix data mean is the model's; here is only when things happen, and in which order they
//! are stored.

mod cancellation;
mod client;
mod commands;
mod core;
mod discovery;
pub mod port;
mod queue;
mod records;
mod request;
mod sign_in;
mod signal;
mod tabs;
mod tasks;

pub use self::{
    cancellation::Cancellation,
    client::{Client, Ended, OpenError, Ports, Tab},
    records::SCHEMA,
    request::{MatrixError, RequestError, Retry},
    sign_in::{SignIn, SignInPorts},
    tabs::{Attachment, TabId, TabSink},
};
