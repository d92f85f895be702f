//! A room as it is stored, and what is derived from that: its name, what a person may do in it.

mod name;
mod names;
mod power_levels;
pub(crate) mod preview;
mod project;
mod stored;
pub(crate) mod unread;

pub use self::{
    name::room_name,
    names::{Members, completions, member_list, member_row},
    power_levels::{CREATOR, PowerLevels},
    project::{composable, permissions, room_details, room_tile, section, typing_names},
    stored::{
        Hero, Preview, Receipt, RoomAccountData, RoomEncryption, StateEvent, StoredMember, StoredRoom, Tombstone,
    },
};
