//! The reactive mirror of the core: what the tab watches, as signals.
//!
//! A list is an order (one signal of keys) and one reactive handle per row. Only [`apply`] writes any of it; views read
//! handles and send Commands. Nothing here asks for anything by itself but what a view watches.

pub mod apply;
mod lists;
pub mod room_list;
pub mod rooms;
pub mod timeline;
mod watch;

use std::rc::Rc;

use leptos::prelude::*;
use ruma::OwnedTransactionId;
use trellis_model::protocol::{AccountProfile, BootRecord, SessionEnd, SyncStatus, TransferProgress};

use self::watch::Watching;
pub use self::{
    lists::Rows,
    room_list::RoomList,
    rooms::{Members, Room},
    timeline::Timeline,
    watch::Link,
};

/// All that the tab knows. Copy it into handlers; every component finds it by [`use_state`].
#[derive(Clone, Copy)]
pub struct State {
    profile: RwSignal<Option<AccountProfile>>,
    status: RwSignal<SyncStatus>,
    signed_out: RwSignal<Option<SessionEnd>>,
    transfers: RwSignal<Vec<TransferProgress>>,
    watching: StoredValue<Watching, LocalStorage>,
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self {
            profile: RwSignal::new(None),
            status: RwSignal::new(SyncStatus::Starting),
            signed_out: RwSignal::new(None),
            transfers: RwSignal::new(Vec::new()),
            watching: StoredValue::new_local(Watching::default()),
        }
    }

    /// Connects it to the core; before any view is made.
    pub fn connect(self, link: impl Link + 'static) {
        self.watching.update_value(|watching| watching.link = Some(Rc::new(link)));
    }

    /// Takes what was seen last, before anything else is loaded; lists opened from now on begin with it.
    pub fn boot(self, record: BootRecord) {
        self.profile.set(Some(record.profile.clone()));
        self.watching.update_value(|watching| watching.boot = Some(record));
    }

    /// What was seen last is old now: the core said what is.
    fn forget_boot(self) {
        self.watching.update_value(|watching| watching.boot = None);
    }

    /// The person's own profile, once known.
    pub fn profile(self) -> Signal<Option<AccountProfile>> {
        self.profile.into()
    }

    /// Where synchronisation stands.
    pub fn status(self) -> Signal<SyncStatus> {
        self.status.into()
    }

    /// Whether and how the session ended.
    pub fn signed_out(self) -> Signal<Option<SessionEnd>> {
        self.signed_out.into()
    }

    /// How far an upload is.
    pub fn transfer(self, transaction_id: OwnedTransactionId) -> Signal<Option<TransferProgress>> {
        Signal::derive(move || {
            self.transfers.with(|all| all.iter().find(|one| one.transaction_id == transaction_id).cloned())
        })
    }
}

/// The state of the page.
pub fn use_state() -> State {
    use_context().expect("the application provides the state before any view")
}
