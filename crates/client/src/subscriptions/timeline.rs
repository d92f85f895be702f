//! Watching a window of a room's timeline.
//!
//! The window holds a run of stored chunks, from which the rows between its two bounds are shown. It is extended from
//! the store first, and from the homeserver where the store has a gap.

mod extend;
mod rows;
mod span;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use ruma::{OwnedEventId, OwnedRoomId};
use trellis_model::{
    protocol::{Edge, Gap, ItemKey, SubscriptionId, TimelineFocus, TimelineRow, Update},
    room::{Members, Receipt, StoredRoom},
    timeline::Item,
};

use self::span::Span;
pub(crate) use self::{
    extend::{extend, open},
    rows::latest_rows,
};
use super::window::SentWindow;
use crate::{core::Core, port::StoreError, writer::Committed};

/// More rows than this are not kept in a window while a gap in it is filled.
const MOST_ROWS: usize = 400;

/// A window of a timeline.
pub(crate) struct TimelineWatch {
    subscription: SubscriptionId,
    pub(super) room_id: OwnedRoomId,
    focus: TimelineFocus,
    changed: Cell<bool>,
    /// Whether the window was opened: before, there is nothing to tell.
    opened: Cell<bool>,
    /// Counts commits to the room, so that who reads from the store knows when to read again.
    generation: Cell<u64>,
    span: RefCell<Span>,
    context: RefCell<Context>,
    start: RefCell<Progress>,
    end: RefCell<Progress>,
    /// The gaps that are being filled, or could not be.
    gaps: RefCell<BTreeMap<ItemKey, Gap>>,
    sent: RefCell<Sent>,
}

/// What rows are seen with beside the items themselves. Read when it is needed, kept while the window is open.
#[derive(Default)]
struct Context {
    room: Option<StoredRoom>,
    members: Members,
    /// `None`: not read yet.
    readers: Option<BTreeMap<OwnedEventId, Vec<Receipt>>>,
    replied: BTreeMap<OwnedEventId, Item>,
}

/// What the page was told last.
#[derive(Default)]
struct Sent {
    edges: Option<(Edge, Edge)>,
    window: SentWindow<ItemKey, TimelineRow>,
}

/// How the loading at an edge goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Progress {
    #[default]
    Idle,
    Loading,
    Failed(trellis_model::protocol::Refusal),
}

impl TimelineWatch {
    pub(crate) fn new(subscription: SubscriptionId, room_id: OwnedRoomId, focus: TimelineFocus) -> Self {
        Self {
            subscription,
            room_id,
            focus,
            changed: Cell::new(false),
            opened: Cell::new(false),
            generation: Cell::new(0),
            span: RefCell::default(),
            context: RefCell::default(),
            start: RefCell::default(),
            end: RefCell::default(),
            gaps: RefCell::default(),
            sent: RefCell::default(),
        }
    }

    pub(crate) fn committed(&self, room: &Committed) {
        let changes = &room.changes;
        if changes.room_id != self.room_id {
            return;
        }
        self.generation.set(self.generation.get() + 1);
        if changes.evict {
            self.span.borrow_mut().clear();
            self.context.replace(Context::default());
        }
        self.span.borrow_mut().apply(&changes.chunks);
        let mut context = self.context.borrow_mut();
        context.room.clone_from(&room.room);
        for member in changes.members.values().flatten() {
            if context.members.get(&member.user_id).is_some() {
                context.members.insert(member.clone());
            }
        }
        if !changes.receipts.is_empty() {
            context.readers = None;
        }
        for item in changes.chunks.values().flatten().flat_map(|chunk| &chunk.items) {
            if let Some(event_id) = &item.event_id
                && let Some(replied) = context.replied.get_mut(event_id)
            {
                replied.clone_from(item);
            }
        }
        self.changed.set(true);
    }

    pub(crate) fn reload(&self) {
        self.generation.set(self.generation.get() + 1);
        self.span.borrow_mut().clear();
        self.context.replace(Context::default());
        self.changed.set(true);
    }

    /// The page let go of the rows outside two keys.
    pub(crate) fn trim(&self, first: &ItemKey, last: &ItemKey) {
        self.span.borrow_mut().trim(first, last);
        self.changed.set(true);
    }

    pub(crate) async fn updates(self: &Rc<Self>, core: &Rc<Core>) -> Result<Vec<Update>, StoreError> {
        if !self.opened.get() || !self.changed.take() {
            return Ok(Vec::new());
        }
        let rows = rows::rows(core, self).await?;
        let edges = self.edges();
        let mut sent = self.sent.borrow_mut();
        let other = sent.edges.as_ref() != Some(&edges);
        sent.edges = Some(edges.clone());
        let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let rows = rows.into_iter().map(|row| (row.key.clone(), row)).collect();
        let windows = sent.window.update(total, 0, rows, other);
        let (start, end) = edges;
        let update = |window| Update::Timeline {
            subscription: self.subscription,
            window,
            start: start.clone(),
            end: end.clone(),
        };
        Ok(windows.into_iter().map(update).collect())
    }

    fn edges(&self) -> (Edge, Edge) {
        let span = self.span.borrow();
        let edge = |progress: &RefCell<Progress>, ends: bool| match &*progress.borrow() {
            _ if ends => Edge::End,
            Progress::Idle => Edge::More,
            Progress::Loading => Edge::Loading,
            Progress::Failed(refusal) => Edge::Failed(refusal.clone()),
        };
        (edge(&self.start, span.is_beginning()), edge(&self.end, span.is_live()))
    }

    fn set_progress(&self, core: &Core, edge: &RefCell<Progress>, progress: Progress) {
        edge.replace(progress);
        self.mark(core);
    }

    fn mark(&self, core: &Core) {
        self.changed.set(true);
        core.shown.ring();
    }
}
