//! What Matrix data mean, rule by rule.
#![expect(clippy::unwrap_used, reason = "what panics here fails the test that called it")]

mod compose;
mod convergence;
mod encryption;
mod gaps;
mod local_echo;
mod protocol;
mod relations;
mod replay;
mod rich_text;
mod room_facts;
mod room_list;
mod send_queue;
mod spec_events;
mod state_facts;
mod unread;
