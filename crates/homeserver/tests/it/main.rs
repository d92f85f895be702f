//! Black-box tests of the homeserver: the real server on a real socket, over HTTP, on SQLite and on
//! PostgreSQL alike.
//!
//! A topic is a module of `async fn name_of_the_rule(server: &TestServer)`, listed once in
//! [`on_both!`](harness), which makes one test of each engine of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[macro_use]
mod harness;

mod access;
mod account_data;
mod api_errors;
mod backup;
mod bundle;
mod commands;
mod crash;
mod dehydrated;
mod devices;
mod erasure;
mod generated;
mod guests;
mod harness_itself;
mod keys;
mod limits;
mod malformed;
mod media;
mod media_keeping;
mod moving;
mod old_sync;
mod outages;
mod presence;
mod profile;
mod push_rules;
mod pushers;
mod receipts;
mod registration;
mod registration_by_token;
mod relations;
mod rooms_create;
mod rooms_directory;
mod rooms_events;
mod rooms_joining;
mod rooms_membership;
mod rooms_spaces;
mod rooms_upgrade;
mod rooms_versions;
mod search;
mod secrets;
mod sessions;
mod shared_secret;
mod sliding_sync;
mod spec_events;
mod standing;
mod storage;
mod sync;
mod to_device;
mod tokens;
mod two_processes;
mod typing;
mod unread;
mod user_directory;
