//! The room list: sections, a window of tiles, and the range that is watched.

use leptos::prelude::*;
use ruma::OwnedRoomId;
use trellis_model::protocol::{Command, RoomListFilter, RoomTile, SectionCount, SubscriptionId, Window};

use super::{Rows, State, lists::set, watch::Watched};

/// A watched range of the room list. Clones are the same list.
#[derive(Clone)]
pub struct RoomList {
    /// The tiles of the window.
    pub tiles: Rows<OwnedRoomId, RoomTile>,
    sections: ArcRwSignal<Vec<SectionCount>>,
    subscription: SubscriptionId,
    state: State,
}

impl RoomList {
    /// How many rooms each section has, in order.
    pub fn sections(&self) -> Vec<SectionCount> {
        self.sections.get()
    }

    /// Watches another range, or by another filter.
    pub fn watch(&self, filter: RoomListFilter, start: u32, end: u32) {
        self.state.dispatch(Command::WatchRooms { subscription: self.subscription, filter, start, end });
    }

    pub(super) fn apply(&self, sections: Vec<SectionCount>, window: Window<OwnedRoomId, RoomTile>) {
        self.tiles.apply(window, |tile| tile.room_id.clone());
        set(&self.sections, sections);
    }
}

impl State {
    /// Watches the first `end` rooms until the component ends; begins with those of the boot record.
    pub fn watch_rooms(self, end: u32) -> RoomList {
        let list = self.subscribe(|subscription| {
            let list = RoomList { tiles: Rows::default(), sections: ArcRwSignal::default(), subscription, state: self };
            (Watched::RoomList(list.clone()), list)
        });
        if let Some((sections, rooms)) = self.booted(|boot| (boot.sections.clone(), boot.rooms.clone())) {
            let total = sections.iter().map(|section| section.rooms).sum();
            let order = Some(rooms.iter().map(|tile| tile.room_id.clone()).collect());
            list.apply(sections, Window { total, start: 0, order, rows: rooms });
        }
        list.watch(RoomListFilter::default(), 0, end);
        list
    }
}
