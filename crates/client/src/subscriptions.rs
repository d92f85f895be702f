//! What the tabs watch, and telling them of changes: what changed, at most once per frame; and what is newly watched at
//! once.
//!
//! A commit marks what it touches; the loop here then lets every watch compare what it shows with what it sent. A watch
//! reads committed data only, and never takes the writer's turn.

mod members;
mod room;
mod rooms;
mod timeline;
mod window;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    pin::pin,
    rc::Rc,
    time::Duration,
};

use futures::future::{Either, join_all, select};
use trellis_model::protocol::{Command, SubscriptionId, Update};

pub(crate) use self::timeline::latest_rows;
use self::{members::MembersWatch, room::RoomWatch, rooms::RoomsWatch, timeline::TimelineWatch};
use crate::{core::Core, port::StoreError, tabs::TabId, writer::Committed};

/// The least time between two tellings of the same.
const FRAME: Duration = Duration::from_millis(16);

/// The watches of all tabs.
#[derive(Default)]
pub(crate) struct Subscriptions(RefCell<BTreeMap<(TabId, SubscriptionId), Subscription>>);

/// A watch of a tab.
#[derive(Clone)]
struct Subscription {
    watch: Watch,
    /// The tab was told something of it.
    is_told: Rc<Cell<bool>>,
}

/// Something that is watched.
#[derive(Clone)]
enum Watch {
    Rooms(Rc<RoomsWatch>),
    Room(Rc<RoomWatch>),
    Members(Rc<MembersWatch>),
    Timeline(Rc<TimelineWatch>),
}

impl Watch {
    fn committed(&self, room: &Committed) {
        match self {
            Self::Rooms(watch) => watch.committed(room),
            Self::Room(watch) => watch.committed(room),
            Self::Members(watch) => watch.committed(room),
            Self::Timeline(watch) => watch.committed(room),
        }
    }

    fn reload(&self) {
        match self {
            Self::Rooms(watch) => watch.reload(),
            Self::Room(watch) => watch.reload(),
            Self::Members(watch) => watch.reload(),
            Self::Timeline(watch) => watch.reload(),
        }
    }

    async fn updates(&self, core: &Rc<Core>) -> Result<Vec<Update>, StoreError> {
        match self {
            Self::Rooms(watch) => watch.updates(core).await,
            Self::Room(watch) => watch.updates(core).await,
            Self::Members(watch) => watch.updates(core).await,
            Self::Timeline(watch) => watch.updates(core).await,
        }
    }
}

impl Subscriptions {
    /// Marks what a commit touches.
    pub(crate) fn committed(&self, room: &Committed) {
        for subscription in self.0.borrow().values() {
            subscription.watch.committed(room);
        }
    }

    /// Everything is read anew: the cache was cleared.
    pub(crate) fn reload_all(&self) {
        for subscription in self.0.borrow().values() {
            subscription.watch.reload();
        }
    }

    /// Marks a room's header: its draft changed.
    pub(crate) fn draft_changed(&self, room_id: &ruma::RoomId) {
        for subscription in self.0.borrow().values() {
            if let Watch::Room(watch) = &subscription.watch {
                watch.draft_changed(room_id);
            }
        }
    }

    /// Forgets what a tab watched.
    pub(crate) fn disconnect(&self, tab: &TabId) {
        self.0.borrow_mut().retain(|(other, _), _| other != tab);
    }

    fn set(&self, tab: &TabId, id: SubscriptionId, watch: Watch) {
        self.0.borrow_mut().insert((tab.clone(), id), Subscription { watch, is_told: Rc::default() });
    }

    fn get(&self, tab: &TabId, id: SubscriptionId) -> Option<Watch> {
        self.0.borrow().get(&(tab.clone(), id)).map(|subscription| subscription.watch.clone())
    }

    fn timeline(&self, tab: &TabId, id: SubscriptionId) -> Option<Rc<TimelineWatch>> {
        match self.get(tab, id) {
            Some(Watch::Timeline(watch)) => Some(watch),
            _ => None,
        }
    }

    /// All of them, or those of which nothing was told yet.
    fn all(&self, only_new: bool) -> Vec<(TabId, SubscriptionId, Subscription)> {
        let all = self.0.borrow();
        let wanted = all.iter().filter(|(_, subscription)| !only_new || !subscription.is_told.get());
        wanted.map(|((tab, id), subscription)| (tab.clone(), *id, subscription.clone())).collect()
    }
}

/// Tells the tabs until it is dropped.
pub(crate) async fn run(core: Rc<Core>) {
    let mut shown = core.shown.listen();
    let mut is_heard = true;
    loop {
        if !is_heard {
            shown.heard().await;
        }
        is_heard = false;
        if !tell(&core, false).await {
            continue;
        }
        // Nobody sees more than one change in a frame. What a tab has only begun to watch is shown for the first time: it
        // does not wait.
        let mut pause = pin!(core.clock.sleep(FRAME));
        while let Either::Left(((), _)) = select(pin!(shown.heard()), &mut pause).await {
            is_heard = true;
            tell(&core, true).await;
        }
    }
}

/// Tells what changed of all that is watched, or of what is newly watched. False: nothing did.
async fn tell(core: &Rc<Core>, only_new: bool) -> bool {
    // Beside each other, since each waits for the database.
    let told = core.subscriptions.all(only_new).into_iter().map(|(tab, id, subscription)| async move {
        match subscription.watch.updates(core).await {
            // A watch that was replaced meanwhile has nothing to say any more.
            Ok(updates) if core.subscriptions.is(&tab, id, &subscription.watch) => {
                let is_any = !updates.is_empty();
                for update in updates {
                    core.tabs.send(&tab, update);
                }
                subscription.is_told.set(subscription.is_told.get() || is_any);
                is_any
            }
            Ok(_) => false,
            Err(error) => {
                tracing::error!(%error, "what is watched could not be read");
                false
            }
        }
    });
    join_all(told).await.contains(&true)
}

impl Subscriptions {
    fn is(&self, tab: &TabId, id: SubscriptionId, watch: &Watch) -> bool {
        match (self.get(tab, id), watch) {
            (Some(Watch::Rooms(now)), Watch::Rooms(then)) => Rc::ptr_eq(&now, then),
            (Some(Watch::Room(now)), Watch::Room(then)) => Rc::ptr_eq(&now, then),
            (Some(Watch::Members(now)), Watch::Members(then)) => Rc::ptr_eq(&now, then),
            (Some(Watch::Timeline(now)), Watch::Timeline(then)) => Rc::ptr_eq(&now, then),
            _ => false,
        }
    }
}

impl Core {
    /// Takes the commands about watching; gives back every other.
    pub(crate) async fn watch(self: &Rc<Self>, tab: &TabId, command: Command) -> Option<Command> {
        match command {
            Command::WatchRooms { subscription, filter, start, end } => match self.subscriptions.get(tab, subscription)
            {
                // The same list in another range or with another filter: only the difference is told.
                Some(Watch::Rooms(watch)) => watch.change(filter, start, end),
                _ => {
                    let watch = RoomsWatch::new(subscription, filter, start, end);
                    self.subscriptions.set(tab, subscription, Watch::Rooms(Rc::new(watch)));
                }
            },
            Command::WatchRoom { subscription, room_id } => {
                let watch = RoomWatch::new(subscription, room_id);
                self.subscriptions.set(tab, subscription, Watch::Room(Rc::new(watch)));
            }
            Command::WatchMembers { subscription, room_id, filter, start, end } => {
                match self.subscriptions.get(tab, subscription) {
                    Some(Watch::Members(watch)) if *watch.room_id() == room_id => watch.change(filter, start, end),
                    _ => {
                        let watch = Rc::new(MembersWatch::new(subscription, room_id, filter, start, end));
                        self.subscriptions.set(tab, subscription, Watch::Members(watch.clone()));
                        self.tasks.add(members::complete(self.clone(), watch));
                    }
                }
            }
            Command::WatchTimeline { subscription, room_id, focus, limit } => {
                let watch = Rc::new(TimelineWatch::new(subscription, room_id, focus));
                self.subscriptions.set(tab, subscription, Watch::Timeline(watch.clone()));
                timeline::open(self, &watch, limit).await;
            }
            Command::ExtendTimeline { subscription, direction, limit } => {
                if let Some(watch) = self.subscriptions.timeline(tab, subscription) {
                    timeline::extend(self, &watch, direction, limit).await;
                }
            }
            Command::TrimTimeline { subscription, first, last } => {
                if let Some(watch) = self.subscriptions.timeline(tab, subscription) {
                    watch.trim(&first, &last);
                }
            }
            Command::Unwatch { subscription } => {
                self.subscriptions.0.borrow_mut().remove(&(tab.clone(), subscription));
            }
            command => return Some(command),
        }
        self.shown.ring();
        None
    }
}
