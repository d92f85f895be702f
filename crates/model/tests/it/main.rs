//! What Matrix data mean, rule by rule.

mod compose;
mod gaps;
mod local_echo;
mod relations;
mod replay;
mod rich_text;
mod room_facts;
mod room_list;
mod send_queue;
mod state_facts;
mod unread;
