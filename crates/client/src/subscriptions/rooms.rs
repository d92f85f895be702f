//! Watching the room list in a range.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use ruma::OwnedRoomId;
use trellis_model::protocol::{RoomListFilter, RoomTile, SectionCount, SubscriptionId, Update};

use super::window::SentWindow;
use crate::{core::Core, port::StoreError, rooms::TileWindow, writer::Committed};

/// A range of the room list.
pub(crate) struct RoomsWatch {
    subscription: SubscriptionId,
    range: RefCell<(RoomListFilter, u32, u32)>,
    changed: Cell<bool>,
    sent: RefCell<(Vec<SectionCount>, SentWindow<OwnedRoomId, RoomTile>)>,
}

impl RoomsWatch {
    pub(crate) fn new(subscription: SubscriptionId, filter: RoomListFilter, start: u32, end: u32) -> Self {
        Self {
            subscription,
            range: RefCell::new((filter, start, end)),
            changed: Cell::new(true),
            sent: RefCell::default(),
        }
    }

    pub(crate) fn change(&self, filter: RoomListFilter, start: u32, end: u32) {
        self.range.replace((filter, start, end));
        self.changed.set(true);
    }

    pub(crate) fn committed(&self, room: &Committed) {
        if room.listed.is_some() || room.changes.typing.is_some() {
            self.changed.set(true);
        }
    }

    pub(crate) fn reload(&self) {
        self.changed.set(true);
    }

    pub(crate) async fn updates(&self, core: &Rc<Core>) -> Result<Vec<Update>, StoreError> {
        if !self.changed.take() {
            return Ok(Vec::new());
        }
        let (filter, start, end) = self.range.borrow().clone();
        let TileWindow { total, sections, mut tiles } = core.rooms.window(&filter, start, end);
        for tile in &mut tiles {
            tile.typing = core.typing_names(&tile.room_id).await?;
        }
        let rows = tiles.into_iter().map(|tile| (tile.room_id.clone(), tile)).collect();
        let mut sent = self.sent.borrow_mut();
        let other = sent.0 != sections;
        let windows = sent.1.update(total, start, rows, other);
        sent.0.clone_from(&sections);
        let update = |window| Update::RoomList { subscription: self.subscription, sections: sections.clone(), window };
        Ok(windows.into_iter().map(update).collect())
    }
}
