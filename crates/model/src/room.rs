//! A room as it is stored, and what is derived from that: its name, what a person may do in it.

mod power_levels;
pub(crate) mod preview;
mod stored;
pub(crate) mod unread;

pub use self::{
    power_levels::PowerLevels,
    stored::{Hero, Preview, Receipt, RoomAccountData, StateEvent, StoredMember, StoredRoom, Tombstone},
};
