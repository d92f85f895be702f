//! What the parts of an open room share: which room it is, what is known of it, and what the person is about to do.

use leptos::prelude::*;
use ruma::{OwnedRoomId, OwnedUserId};
use trellis_model::protocol::{Command, EventItem, ItemKey, Reply, RoomDetails, TimelineRow, TimelineRowKind};

use crate::{
    route::{Navigator, Route, use_navigator},
    session::{Session, use_session},
    state::{Room, Timeline, rooms::RoomState},
    task::Tasks,
    ui::{Toasts, use_toasts},
    view::composer::Mode,
    wording::explain,
};

/// What the person is asked about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MessageDialog {
    React(ItemKey),
    Remove(ItemKey),
    Details(ItemKey),
}

/// The open room. Copy it into handlers; every part of the room finds it by [`use_room`].
#[derive(Clone, Copy)]
pub(crate) struct RoomContext {
    pub(crate) session: Session,
    pub(crate) navigator: Navigator,
    pub(crate) toasts: Toasts,
    /// What the composer's text will become.
    pub(crate) mode: RwSignal<Mode>,
    /// Which question about a message is open.
    pub(crate) dialog: RwSignal<Option<MessageDialog>>,
    /// Whose profile the member panel shows.
    pub(crate) profile: RwSignal<Option<OwnedUserId>>,
    room_id: StoredValue<OwnedRoomId>,
    details: ReadSignal<RoomState>,
    timeline: StoredValue<Timeline>,
    submitted: Tasks,
}

/// The open room.
pub(crate) fn use_room() -> RoomContext {
    use_context().expect("the room provides its context before its parts")
}

impl RoomContext {
    /// Makes the context of a room and provides it.
    pub(crate) fn provide(room_id: OwnedRoomId, room: &Room, timeline: Timeline) -> Self {
        let (session, navigator, toasts) = (use_session(), use_navigator(), use_toasts());
        let context = Self {
            session,
            navigator,
            toasts,
            mode: RwSignal::new(Mode::Message),
            dialog: RwSignal::new(None),
            profile: RwSignal::new(None),
            room_id: StoredValue::new(room_id),
            details: ReadSignal::from(room.details()),
            timeline: StoredValue::new(timeline),
            submitted: Tasks::new(),
        };
        provide_context(context);
        context
    }

    pub(crate) fn room_id(self) -> OwnedRoomId {
        self.room_id.get_value()
    }

    pub(crate) fn timeline(self) -> Timeline {
        self.timeline.get_value()
    }

    /// What is known of the room.
    pub(crate) fn details(self) -> ReadSignal<RoomState> {
        self.details
    }

    /// Reads what is known of the room, reactively; `None`: nothing yet.
    pub(crate) fn read<T>(self, read: impl FnOnce(&RoomDetails) -> T) -> Option<T> {
        self.details.with(|state| match state {
            RoomState::Known(details) => Some(read(details)),
            RoomState::Loading | RoomState::Missing => None,
        })
    }

    /// Reads what is known of the room now.
    pub(crate) fn read_now<T>(self, read: impl FnOnce(&RoomDetails) -> T) -> Option<T> {
        untrack(|| self.read(read))
    }

    /// Does what was asked; says why where it was refused; goes to the room that comes of it.
    pub(crate) fn submit(self, command: Command) {
        let Self { navigator, toasts, .. } = self;
        self.submitted.run(self.session.send(command), move |answer| match answer {
            Ok(Reply::Room { room_id }) => navigator.go(Route::room(room_id)),
            Ok(_) => {}
            Err(refusal) => toasts.explain(explain(&refusal)),
        });
    }

    /// Whether something that was submitted is under way.
    pub(crate) fn is_busy(self) -> Signal<bool> {
        self.submitted.busy()
    }

    /// An event of the window as it is now.
    pub(crate) fn event(self, key: &ItemKey) -> Option<EventItem> {
        let row = self.timeline.with_value(|timeline| timeline.rows.row(key))?;
        row.with_untracked(|row| event(row).cloned())
    }

    /// Opens a profile in the member panel.
    pub(crate) fn show_profile(self, user_id: OwnedUserId) {
        self.profile.set(Some(user_id));
        self.navigator.show_panel(Some(crate::route::Panel::Members));
    }
}

/// The event of a row; `None`: it is a gap.
pub(crate) fn event(row: &TimelineRow) -> Option<&EventItem> {
    match &row.kind {
        TimelineRowKind::Event(event) => Some(event),
        TimelineRowKind::Gap(_) => None,
    }
}
