//! The first message both ways.

use serde::{Deserialize, Serialize};

/// Raised whenever a [`Command`](super::Command) or [`Update`](super::Update) changes its shape.
pub const PROTOCOL_VERSION: u32 = 2;

/// Who is speaking. JSON for ever, so that builds years apart still understand it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The build's identifier: increases with time, compared as text.
    pub build: String,
    /// [`PROTOCOL_VERSION`] of that build.
    pub protocol: u32,
    /// The version of the account database that build writes.
    pub schema: u32,
}
