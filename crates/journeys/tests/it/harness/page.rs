//! A page that keeps what it is told, as the real one does, and can be waited on.

use std::{
    cell::{Ref, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use ruma::{OwnedRoomId, RoomId};
use tokio::sync::{oneshot, watch};
use trellis_client::{Attachment, TabSink};
use trellis_model::protocol::{
    AccountProfile, CommandId, Edge, EventItem, ItemContent, ItemKey, Member, MessageKind, Refusal, Reply, RoomDetails,
    RoomTile, SessionEnd, SubscriptionId, SyncStatus, TimelineRow, TimelineRowKind, Undecryptable, Update, Window,
};

use super::PATIENCE;

/// What stands on a page now.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) status: Option<SyncStatus>,
    pub(crate) profile: Option<AccountProfile>,
    pub(crate) signed_out: Option<SessionEnd>,
    pub(crate) retired: bool,
    pub(crate) rooms: List<OwnedRoomId, RoomTile>,
    pub(crate) details: BTreeMap<SubscriptionId, Option<RoomDetails>>,
    pub(crate) members: BTreeMap<SubscriptionId, (bool, List<ruma::OwnedUserId, Member>)>,
    pub(crate) timelines: BTreeMap<SubscriptionId, Timeline>,
    /// The largest update so far, in bytes.
    pub(crate) largest: usize,
    pub(crate) transfers: u32,
}

/// A windowed list.
pub(crate) struct List<K, R> {
    pub(crate) total: u32,
    order: Vec<K>,
    rows: BTreeMap<K, R>,
}

impl<K, R> Default for List<K, R> {
    fn default() -> Self {
        Self { total: 0, order: Vec::new(), rows: BTreeMap::new() }
    }
}

impl<K: Ord + Clone, R> List<K, R> {
    fn apply(&mut self, window: Window<K, R>, key: impl Fn(&R) -> K) {
        self.total = window.total;
        self.rows.extend(window.rows.into_iter().map(|row| (key(&row), row)));
        if let Some(order) = window.order {
            assert!(order.iter().all(|key| self.rows.contains_key(key)), "a row is in the order before it came");
            self.order = order;
        }
    }

    /// The rows in order.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = &R> {
        self.order.iter().map(|key| &self.rows[key])
    }
}

#[derive(Default)]
pub(crate) struct Timeline {
    pub(crate) list: List<ItemKey, TimelineRow>,
    pub(crate) edges: Option<(Edge, Edge)>,
}

impl Timeline {
    /// The events among the rows.
    pub(crate) fn events(&self) -> Vec<&EventItem> {
        let event = |row: &'_ TimelineRow| matches!(row.kind, TimelineRowKind::Event(_));
        self.list.rows().filter(|row| event(row)).map(event_of).collect()
    }

    /// The words of the messages.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.events().into_iter().filter_map(text).collect()
    }

    /// The key of the row with these words.
    pub(crate) fn key_of(&self, words: &str) -> ItemKey {
        let is_it = |row: &&TimelineRow| {
            matches!(row.kind, TimelineRowKind::Event(_)) && text(event_of(row)).as_deref() == Some(words)
        };
        self.list.rows().find(is_it).unwrap_or_else(|| panic!("no row says {words}")).key.clone()
    }

    pub(crate) fn event(&self, words: &str) -> &EventItem {
        event_of(&self.list.rows[&self.key_of(words)])
    }

    /// Whether the message with these words stands here and is as asked: what a person who waits for it
    /// asks, since another's page may be ahead of their own.
    pub(crate) fn shows(&self, words: &str, is_so: impl FnOnce(&EventItem) -> bool) -> bool {
        self.events().into_iter().find(|event| text(event).as_deref() == Some(words)).is_some_and(is_so)
    }

    /// Why messages cannot be read, in their order.
    pub(crate) fn undecryptable(&self) -> Vec<Undecryptable> {
        let why = |event: &EventItem| match event.content {
            ItemContent::Undecryptable(why) => Some(why),
            _ => None,
        };
        self.events().into_iter().filter_map(why).collect()
    }

    pub(crate) fn gaps(&self) -> usize {
        self.list.rows().filter(|row| matches!(row.kind, TimelineRowKind::Gap(_))).count()
    }
}

fn event_of(row: &TimelineRow) -> &EventItem {
    match &row.kind {
        TimelineRowKind::Event(event) => event,
        TimelineRowKind::Gap(_) => panic!("a gap is no event"),
    }
}

pub(crate) fn text(event: &EventItem) -> Option<String> {
    match &event.content {
        ItemContent::Message { kind: MessageKind::Text, body } => Some(body.to_plain()),
        _ => None,
    }
}

/// What answers a command.
pub(crate) type Answered = (Result<Reply, Refusal>, Vec<Attachment>);

/// A page.
#[derive(Clone)]
pub(crate) struct Page {
    shown: Rc<RefCell<Shown>>,
    changed: watch::Sender<()>,
    waiting: Rc<RefCell<BTreeMap<CommandId, oneshot::Sender<Answered>>>>,
}

impl Page {
    pub(crate) fn new() -> Self {
        Self { shown: Rc::default(), changed: watch::Sender::new(()), waiting: Rc::default() }
    }

    pub(crate) fn shown(&self) -> Ref<'_, Shown> {
        self.shown.borrow()
    }

    pub(crate) fn answer(&self, id: CommandId) -> oneshot::Receiver<Answered> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().insert(id, sender);
        receiver
    }

    /// Waits until something stands on the page. `what` names it for when it does not come.
    pub(crate) async fn until(&self, what: &str, condition: impl Fn(&Shown) -> bool) {
        let mut changed = self.changed.subscribe();
        let wait = async {
            while !condition(&self.shown.borrow()) {
                changed.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            panic!("did not come: {what}; status {:?}; {}", self.shown().status, self.shown().describe());
        }
    }
}

impl Shown {
    pub(crate) fn tile(&self, room_id: &RoomId) -> Option<&RoomTile> {
        self.rooms.rows().find(|tile| tile.room_id == room_id)
    }

    fn describe(&self) -> String {
        let timelines: Vec<_> = self.timelines.values().map(|timeline| (timeline.texts(), &timeline.edges)).collect();
        let rooms: Vec<_> = self.rooms.rows().map(|tile| (&tile.name, &tile.preview, tile.unread_count)).collect();
        let undecryptable: Vec<_> = self.timelines.values().map(Timeline::undecryptable).collect();
        format!("rooms {rooms:?}; timelines {timelines:?}; undecryptable {undecryptable:?}")
    }
}

impl TabSink for Page {
    fn send(&self, update: Update, files: Vec<Attachment>) {
        let mut shown = self.shown.borrow_mut();
        shown.largest = shown.largest.max(trellis_model::protocol::encode(&update).len());
        match update {
            Update::Reply { id, result } => {
                if let Some(waiting) = self.waiting.borrow_mut().remove(&id) {
                    drop(waiting.send((result, files)));
                }
            }
            Update::Status(status) => shown.status = Some(status),
            Update::Profile(profile) => shown.profile = Some(profile),
            Update::RoomList { window, .. } => shown.rooms.apply(window, |tile| tile.room_id.clone()),
            Update::Room { subscription, details } => {
                shown.details.insert(subscription, details.map(|details| *details));
            }
            Update::Members { subscription, complete, window } => {
                let members = shown.members.entry(subscription).or_default();
                members.0 = complete;
                members.1.apply(window, |member| member.user_id.clone());
            }
            Update::Timeline { subscription, window, start, end } => {
                let timeline = shown.timelines.entry(subscription).or_default();
                timeline.list.apply(window, |row| row.key.clone());
                timeline.edges = Some((start, end));
            }
            Update::Transfer(_) => shown.transfers += 1,
            Update::SignedOut(end) => shown.signed_out = Some(end),
            Update::Retired => shown.retired = true,
        }
        drop(shown);
        self.changed.send_replace(());
    }
}
