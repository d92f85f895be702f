//! The rows of the room list in memory, and who types: the only data of the whole account that are kept there.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use futures::future::try_join3;
use ruma::{OwnedRoomId, OwnedUserId, RoomId};
use trellis_model::{
    protocol::{RoomDetails, RoomListFilter, RoomTile, SectionCount},
    room::{Members, room_details, typing_names},
    room_list::RoomList,
};

use crate::{core::Core, port::StoreError, records::ListedRoom, writer::Committed};

/// The account's rooms as the list shows them.
#[derive(Default)]
pub(crate) struct Rooms {
    list: RefCell<RoomList>,
    tiles: RefCell<BTreeMap<OwnedRoomId, RoomTile>>,
    typing: RefCell<BTreeMap<OwnedRoomId, BTreeSet<OwnedUserId>>>,
}

/// A part of the list with its rows.
pub(crate) struct TileWindow {
    pub(crate) total: u32,
    pub(crate) sections: Vec<SectionCount>,
    pub(crate) tiles: Vec<RoomTile>,
}

impl Rooms {
    /// Replaces all rows by those that are stored.
    pub(crate) fn fill(&self, rooms: Vec<ListedRoom>) {
        self.typing.borrow_mut().clear();
        let mut list = RoomList::default();
        for room in &rooms {
            list.update(&room.tile, room.alias.as_deref());
        }
        self.list.replace(list);
        self.tiles.replace(rooms.into_iter().map(|room| (room.tile.room_id.clone(), room.tile)).collect());
    }

    /// Takes over what was committed.
    pub(crate) fn committed(&self, room: &Committed) {
        let room_id = &room.changes.room_id;
        match &room.listed {
            Some(Some(listed)) => {
                self.list.borrow_mut().update(&listed.tile, listed.alias.as_deref());
                self.tiles.borrow_mut().insert(room_id.clone(), listed.tile.clone());
            }
            Some(None) => {
                self.list.borrow_mut().remove(room_id);
                self.tiles.borrow_mut().remove(room_id);
            }
            None => {}
        }
        if let Some(typing) = &room.changes.typing {
            let mut rooms = self.typing.borrow_mut();
            if typing.is_empty() {
                rooms.remove(room_id);
            } else {
                rooms.insert(room_id.clone(), typing.clone());
            }
        }
    }

    /// The rows of a range of those that pass a filter.
    pub(crate) fn window(&self, filter: &RoomListFilter, start: u32, end: u32) -> TileWindow {
        let window = self.list.borrow().window(filter, start, end);
        let tiles = self.tiles.borrow();
        let tiles = window.keys.iter().filter_map(|room_id| tiles.get(room_id).cloned()).collect();
        TileWindow { total: window.total, sections: window.sections, tiles }
    }

    /// Who types in a room.
    pub(crate) fn typing(&self, room_id: &RoomId) -> BTreeSet<OwnedUserId> {
        self.typing.borrow().get(room_id).cloned().unwrap_or_default()
    }
}

impl Core {
    /// The names of those who type in a room.
    pub(crate) async fn typing_names(&self, room_id: &RoomId) -> Result<Vec<String>, StoreError> {
        let typing = self.rooms.typing(room_id);
        if typing.is_empty() {
            return Ok(Vec::new());
        }
        let members = Members::new(self.records.members_of(room_id, &typing).await?);
        Ok(typing_names(&self.account.borrow(), &members, typing))
    }

    /// A room's header.
    pub(crate) async fn room_details(&self, room_id: &RoomId) -> Result<Option<RoomDetails>, StoreError> {
        let typing = self.rooms.typing(room_id);
        let (room, members) = (self.records.room(room_id), self.records.members_of(room_id, &typing));
        let (room, members, draft) = try_join3(room, members, self.records.draft(room_id)).await?;
        let Some(room) = room else { return Ok(None) };
        let members = Members::new(members);
        Ok(Some(room_details(&self.account.borrow(), &room, &members, typing, draft)))
    }
}
