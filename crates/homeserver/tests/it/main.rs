//! Black-box tests of the homeserver: the real server on a real socket, over HTTP, on SQLite and on
//! PostgreSQL alike.
//!
//! A topic is a module of `async fn name_of_the_rule(server: &TestServer)`, listed once in
//! [`on_both!`](harness), which makes one test of each engine of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[macro_use]
mod harness;

mod harness_itself;
