//! Reading rooms: stretches of their timeline, their state at any point, and what of it whom to show.
//!
//! Everything here reads what [`rooms`](super::rooms) wrote and changes nothing. Functions that take
//! a connection do not check who may see their answer, since `/sync` asks them for what a member sees
//! anyway; the methods of [`Rooms`](super::rooms::Rooms) do.

mod access;
mod bundle;
pub mod by_time;
pub mod context;
pub(super) mod erasure;
pub(super) mod event;
pub mod filter;
pub mod format;
pub mod members;
pub mod messages;
pub mod read;
pub mod related;
pub mod relations;
pub mod standing;
pub mod state;
pub mod tail;
pub mod threads;
mod token;
mod visibility;

pub use self::{
    event::StoredEvent,
    format::{Known, Shape, Viewer, plain, to_client},
    read::{MembershipChange, UserMembership, event, membership_changes, memberships, stripped_state},
    standing::Standing,
    token::Token,
    visibility::{History, ignored_by},
};
