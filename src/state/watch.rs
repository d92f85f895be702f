//! Which handle belongs to which subscription, and the Commands that begin and end one.

use std::{collections::BTreeMap, rc::Rc};

use leptos::prelude::*;
use trellis_model::protocol::{BootRecord, Command, SubscriptionId};

use super::{Members, Room, RoomList, State, Timeline};

/// The handle that a subscription's Updates are written to.
#[derive(Clone)]
pub(super) enum Watched {
    RoomList(RoomList),
    Room(Room),
    Members(Members),
    Timeline(Timeline),
}

/// All subscriptions of the tab.
pub(super) struct Watching {
    pub(super) boot: Option<BootRecord>,
    watched: BTreeMap<SubscriptionId, Watched>,
    next: u32,
    dispatch: Rc<dyn Fn(Command)>,
}

impl Watching {
    pub(super) fn new(dispatch: impl Fn(Command) + 'static) -> Self {
        Self { boot: None, watched: BTreeMap::new(), next: 1, dispatch: Rc::new(dispatch) }
    }
}

impl State {
    /// Makes a handle under a new subscription, which ends with the component.
    pub(super) fn subscribe<T>(self, make: impl FnOnce(SubscriptionId) -> (Watched, T)) -> T {
        let mut subscription = SubscriptionId(0);
        self.watching.update_value(|watching| {
            subscription = SubscriptionId(watching.next);
            watching.next += 1;
        });
        let (watched, handle) = make(subscription);
        self.watching.update_value(|watching| {
            watching.watched.insert(subscription, watched);
        });
        on_cleanup(move || {
            let known = self.watching.try_update_value(|watching| watching.watched.remove(&subscription)).flatten();
            if known.is_some() {
                self.dispatch(Command::Unwatch { subscription });
            }
        });
        handle
    }

    pub(super) fn dispatch(self, command: Command) {
        // Taken out first: what is dispatched may come back as an Update before the call ends.
        if let Some(dispatch) = self.watching.try_with_value(|watching| Rc::clone(&watching.dispatch)) {
            dispatch(command);
        }
    }

    pub(super) fn watched(self, subscription: SubscriptionId) -> Option<Watched> {
        self.watching.try_with_value(|watching| watching.watched.get(&subscription).cloned()).flatten()
    }

    /// Reads the boot record, if there is one.
    pub(super) fn booted<T>(self, read: impl FnOnce(&BootRecord) -> T) -> Option<T> {
        self.watching.with_value(|watching| watching.boot.as_ref().map(read))
    }
}
