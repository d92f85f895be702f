//! Keeps the place in a timeline: holds what is seen while rows come and go, asks for more at the edges, lets go of what
//! is far away, and says what was read.

use std::time::Duration;

use leptos::{html, prelude::*};
use ruma::OwnedEventId;
use trellis_model::protocol::{Command, Edge, ItemKey, Membership, PaginationDirection, TimelineFocus};

use super::{
    PAGE,
    anchor::{Anchor, below, bottom},
};
use crate::{
    platform::{
        scroll::{self, Place, SizeWatch, Viewport},
        tab::Presence,
    },
    view::room::{RoomContext, event, use_room},
};

/// More rows than these are let go of at the far end.
const MOST: usize = 360;

/// How many are kept on either side of what is seen then.
const KEPT: usize = 120;

/// How long a message is seen before it counts as read.
const READING: Duration = Duration::from_millis(300);

/// Keeps the place. Copy it into handlers.
#[derive(Clone, Copy)]
pub(super) struct Keeper {
    room: RoomContext,
    pub(super) scroller: NodeRef<html::Div>,
    pub(super) content: NodeRef<html::Div>,
    /// What is seen is the room's newest.
    pub(super) at_end: RwSignal<bool>,
    anchor: StoredValue<Anchor>,
    /// The event to show as soon as it is there.
    wanted: StoredValue<Option<OwnedEventId>>,
    /// Which edges were asked for more, backward and forward, until something came.
    asked: StoredValue<(bool, bool)>,
    /// Rows changed, and the anchor was not restored since.
    unsettled: StoredValue<bool>,
    /// The newest row seen, as an index of the order it was seen in, and whether a timer is set to say so.
    seen: StoredValue<(Option<ItemKey>, bool)>,
    told: StoredValue<Option<OwnedEventId>>,
    watch: StoredValue<Option<SizeWatch>, LocalStorage>,
}

impl Keeper {
    pub(super) fn new(wanted: Option<OwnedEventId>) -> Self {
        Self {
            room: use_room(),
            scroller: NodeRef::new(),
            content: NodeRef::new(),
            at_end: RwSignal::new(true),
            anchor: StoredValue::new(Anchor::Bottom),
            wanted: StoredValue::new(wanted),
            asked: StoredValue::new((false, false)),
            unsettled: StoredValue::new(false),
            seen: StoredValue::new((None, false)),
            told: StoredValue::new(None),
            watch: StoredValue::new_local(None),
        }
    }

    /// Begins to watch the sizes, once the elements are there.
    pub(super) fn mounted(self) {
        if let (Some(scroller), Some(content)) = (self.scroller.get(), self.content.get()) {
            self.watch.set_value(SizeWatch::new(&[&scroller, &content], move || self.settle()));
        }
    }

    /// Rows or edges changed: holds the place as soon as they are on the screen.
    pub(super) fn changed(self) {
        self.asked.set_value((false, false));
        self.unsettled.set_value(true);
        request_animation_frame(move || self.settle());
    }

    /// The person scrolled, or we did.
    pub(super) fn scrolled(self) {
        if self.unsettled.try_get_value() == Some(true) {
            self.settle();
        } else if let Some((viewport, rows)) = self.measure() {
            self.remember(viewport, &rows);
        }
    }

    /// Shows the newest event, from wherever.
    pub(super) fn jump_to_newest(self) {
        self.wanted.set_value(None);
        if self.is_live() {
            if let (Some(scroller), Some((viewport, _))) = (self.scroller.get_untracked(), self.measure()) {
                scroll::scroll_to(&scroller, bottom(viewport));
            }
        } else {
            self.anchor.set_value(Anchor::Bottom);
            self.at_end.set(true);
            self.room.timeline().focus(TimelineFocus::Live, PAGE);
        }
    }

    /// Shows an event: scrolls to it, or opens the window around it.
    pub(super) fn show(self, event_id: OwnedEventId) {
        let known = self.key_of(&event_id).is_some();
        self.wanted.set_value(Some(event_id.clone()));
        if known {
            self.settle();
        } else {
            self.room.timeline().focus(TimelineFocus::Event(event_id), PAGE);
        }
    }

    /// Puts the held row where it was.
    fn settle(self) {
        let (Some(scroller), Some((mut viewport, rows))) =
            (self.scroller.try_get_untracked().flatten(), self.measure())
        else {
            return;
        };
        self.unsettled.set_value(false);
        let target = self.wanted_place(viewport, &rows);
        if let Some(target) = target.or_else(|| self.anchor.with_value(|anchor| anchor.restore(viewport, &rows))) {
            scroll::scroll_to(&scroller, target);
            viewport = scroll::viewport(&scroller);
        }
        self.remember(viewport, &rows);
    }

    /// Where to scroll for the wanted event, when it is there: a third of the height above it is left for what was before.
    fn wanted_place(self, viewport: Viewport, rows: &[Place]) -> Option<f64> {
        let key = self.key_of(&self.wanted.get_value()?)?;
        let row = rows.iter().find(|row| row.name == key.0)?;
        self.wanted.set_value(None);
        Some((row.top - viewport.client_height / 3.0).clamp(0.0, bottom(viewport)))
    }

    fn key_of(self, event_id: &OwnedEventId) -> Option<ItemKey> {
        let rows = self.room.timeline().rows;
        let is_it = |key: &&ItemKey| {
            rows.row(key).is_some_and(|row| {
                row.with_untracked(|row| event(row).is_some_and(|event| event.event_id.as_ref() == Some(event_id)))
            })
        };
        rows.order_signal().with_untracked(|order| order.iter().find(is_it).cloned())
    }

    fn measure(self) -> Option<(Viewport, Vec<Place>)> {
        let scroller = self.scroller.try_get_untracked().flatten()?;
        Some((scroll::viewport(&scroller), scroll::places(&scroller, "data-key")))
    }

    fn is_live(self) -> bool {
        self.room.timeline().end().with_untracked(|end| *end == Edge::End)
    }

    /// Notes what is seen, and what follows from it.
    fn remember(self, viewport: Viewport, rows: &[Place]) {
        // Before the first rows are there, nothing was seen, and the end stays what is wanted.
        if !rows.is_empty() {
            let anchor = Anchor::of(viewport, rows, self.is_live());
            let at_end = anchor == Anchor::Bottom;
            if self.at_end.get_untracked() != at_end {
                self.at_end.set(at_end);
            }
            self.anchor.set_value(anchor);
        }
        self.fill(viewport);
        self.trim(viewport, rows);
        let end = viewport.scroll_top + viewport.client_height + 1.0;
        if let Some(last) = rows.iter().rev().find(|row| row.top + row.height.min(viewport.client_height) <= end) {
            self.saw(ItemKey(last.name.clone()));
        }
    }

    /// Asks for more where an edge is near.
    fn fill(self, viewport: Viewport) {
        if self.wanted.with_value(Option::is_some) {
            return;
        }
        let timeline = self.room.timeline();
        let near = viewport.client_height * 1.5;
        let is_more = |edge: ArcReadSignal<Edge>| edge.with_untracked(|edge| *edge == Edge::More);
        let (backward, forward) = self.asked.get_value();
        if !backward && viewport.scroll_top < near && is_more(timeline.start()) {
            self.asked.update_value(|asked| asked.0 = true);
            timeline.extend(PaginationDirection::Backward, PAGE);
        }
        if !forward && below(viewport) < near && is_more(timeline.end()) {
            self.asked.update_value(|asked| asked.1 = true);
            timeline.extend(PaginationDirection::Forward, PAGE);
        }
    }

    /// Lets go of rows far from what is seen.
    fn trim(self, viewport: Viewport, rows: &[Place]) {
        let timeline = self.room.timeline();
        let order = timeline.rows.order_signal().get_untracked();
        if order.len() <= MOST {
            return;
        }
        let end = viewport.scroll_top + viewport.client_height;
        let at = |name: &str| order.iter().position(|key| key.0 == name);
        let first = rows.iter().find(|row| row.top + row.height >= viewport.scroll_top).and_then(|row| at(&row.name));
        let last = rows.iter().rev().find(|row| row.top <= end).and_then(|row| at(&row.name));
        if let (Some(first), Some(last)) = (first, last) {
            let (first, last) = (first.saturating_sub(KEPT), (last + KEPT).min(order.len() - 1));
            timeline.trim(order[first].clone(), order[last].clone());
        }
    }

    /// Notes the newest row seen, and says so after a moment.
    fn saw(self, key: ItemKey) {
        let waiting = self.seen.with_value(|(_, waiting)| *waiting);
        self.seen.set_value((Some(key), true));
        if !waiting {
            set_timeout(move || self.tell_read(), READING);
        }
    }

    /// Tells the core up to where was read, unless nobody looks.
    pub(super) fn tell_read(self) {
        let Some((Some(key), _)) = self.seen.try_get_value() else { return };
        self.seen.update_value(|(_, waiting)| *waiting = false);
        let is_member = self.room.read_now(|room| room.membership == Membership::Join).unwrap_or_default();
        if !is_member || !Presence::now().visible {
            return;
        }
        let rows = self.room.timeline().rows;
        let order = rows.order_signal().get_untracked();
        let event_id = |key: &ItemKey| {
            rows.row(key).and_then(|row| row.with_untracked(|row| event(row).and_then(|event| event.event_id.clone())))
        };
        let place = |event: &OwnedEventId| order.iter().position(|key| event_id(key).as_ref() == Some(event));
        let Some(seen) = order.iter().position(|known| *known == key) else { return };
        let Some((at, up_to)) = (0..=seen).rev().find_map(|at| Some((at, event_id(&order[at])?))) else { return };
        let fully_read = self.room.read_now(|room| room.fully_read.clone()).flatten();
        let before = [self.told.get_value(), fully_read].iter().flatten().filter_map(place).max();
        if before.is_none_or(|before| at > before) {
            self.told.set_value(Some(up_to.clone()));
            let room_id = self.room.room_id();
            self.room.session.dispatch(Command::MarkRead { room_id, up_to, private: false });
        }
    }
}
