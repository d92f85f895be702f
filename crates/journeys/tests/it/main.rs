//! Journeys of the real client against the real homeserver, in one process, over a socket.
//!
//! People are clients with a page that keeps what it is told; a test awaits what must come to stand on the page. Nothing
//! sleeps: every wait is for a condition.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod harness;

mod account;
mod chat;
mod encrypted_files;
mod encryption;
mod files;
mod full_disk;
mod offline;
mod recovery;
mod recovery_key;
mod rooms;
