//! A window of a room's timeline: an order of keys, a handle per row, and what lies beyond each edge.

use leptos::prelude::*;
use ruma::OwnedRoomId;
use trellis_model::protocol::{
    Command, Edge, ItemKey, PaginationDirection, SubscriptionId, TimelineFocus, TimelineRow, Window,
};

use super::{Rows, State, lists::set, watch::Watched};

/// A watched timeline. Clones are the same timeline.
#[derive(Clone)]
pub struct Timeline {
    /// The rows of the window.
    pub rows: Rows<ItemKey, TimelineRow>,
    start: ArcRwSignal<Edge>,
    end: ArcRwSignal<Edge>,
    room_id: OwnedRoomId,
    subscription: SubscriptionId,
    state: State,
}

impl Timeline {
    /// What lies before the first row.
    pub fn start(&self) -> ArcReadSignal<Edge> {
        self.start.read_only()
    }

    /// What lies after the last row.
    pub fn end(&self) -> ArcReadSignal<Edge> {
        self.end.read_only()
    }

    /// Opens the window somewhere else.
    pub fn focus(&self, focus: TimelineFocus, limit: u32) {
        let room_id = self.room_id.clone();
        self.state.dispatch(Command::WatchTimeline { subscription: self.subscription, room_id, focus, limit });
    }

    /// Asks for more rows at one edge.
    pub fn extend(&self, direction: PaginationDirection, limit: u32) {
        self.state.dispatch(Command::ExtendTimeline { subscription: self.subscription, direction, limit });
    }

    /// Lets go of all rows outside `first..=last`.
    pub fn trim(&self, first: ItemKey, last: ItemKey) {
        self.state.dispatch(Command::TrimTimeline { subscription: self.subscription, first, last });
    }

    pub(super) fn apply(&self, window: Window<ItemKey, TimelineRow>, start: Edge, end: Edge) {
        self.rows.apply(window, |row| row.key.clone());
        set(&self.start, start);
        set(&self.end, end);
    }
}

impl State {
    /// Watches a window of a timeline until the component ends; begins with the boot record where that is the room.
    pub fn watch_timeline(self, room_id: OwnedRoomId, focus: TimelineFocus, limit: u32) -> Timeline {
        let timeline = self.subscribe(|subscription| {
            let timeline = Timeline {
                rows: Rows::default(),
                start: ArcRwSignal::new(Edge::Loading),
                end: ArcRwSignal::new(Edge::Loading),
                room_id: room_id.clone(),
                subscription,
                state: self,
            };
            (Watched::Timeline(timeline.clone()), timeline)
        });
        let booted = self.booted(|boot| {
            let is_this = boot.room.as_ref().is_some_and(|room| room.room_id == room_id);
            (is_this && focus == TimelineFocus::Live).then(|| boot.timeline.clone())
        });
        if let Some(rows) = booted.flatten().filter(|rows| !rows.is_empty()) {
            let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            let order = Some(rows.iter().map(|row| row.key.clone()).collect());
            timeline.apply(Window { total, start: 0, order, rows }, Edge::Loading, Edge::End);
        }
        timeline.focus(focus, limit);
        timeline
    }
}
