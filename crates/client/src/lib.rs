//! Drives the model through ports: the sync loop, the writer queue, the send loop, pagination, media, log-in, discovery.
//!
//! Two cores: [`SignIn`] for a page without an account, [`Client`] for one account and all its tabs. Both are one thread
//! and know no browser. What Matrix data mean is the model's; here is only when things happen, and in which order they
//! are stored.

mod backoff;
mod bell;
mod boot;
mod cancellation;
mod client;
mod commands;
mod core;
mod discovery;
mod gate;
mod keys;
mod media;
pub mod port;
mod queue;
mod records;
mod request;
mod rooms;
mod sender;
mod sign_in;
mod subscriptions;
mod sync;
mod tabs;
mod tasks;
mod to_device;
mod writer;

pub use self::{
    cancellation::Cancellation,
    client::{Client, Ended, OpenError, Ports, Tab},
    records::SCHEMA,
    request::{MatrixError, RequestError, Retry},
    sign_in::{SignIn, SignInPorts},
    tabs::{Attachment, TabId, TabSink},
};
