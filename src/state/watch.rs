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
#[derive(Default)]
pub(super) struct Watching {
    pub(super) boot: Option<BootRecord>,
    pub(super) link: Option<Rc<dyn Link>>,
    watched: BTreeMap<SubscriptionId, Watched>,
}

/// The way to the core, as far as watching needs it: the session, or fixtures.
pub trait Link {
    /// A name for a subscription, unique in the tab.
    fn subscription(&self) -> SubscriptionId;
    /// Takes a Command to the core.
    fn dispatch(&self, command: Command);
}

impl State {
    /// Makes a handle under a new subscription, which ends with the component.
    pub(super) fn subscribe<T>(self, make: impl FnOnce(SubscriptionId) -> (Watched, T)) -> T {
        let link = self.link().expect("the application connects the state before any view");
        let subscription = link.subscription();
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
        if let Some(link) = self.link() {
            link.dispatch(command);
        }
    }

    fn link(self) -> Option<Rc<dyn Link>> {
        self.watching.try_with_value(|watching| watching.link.clone()).flatten()
    }

    pub(super) fn watched(self, subscription: SubscriptionId) -> Option<Watched> {
        self.watching.try_with_value(|watching| watching.watched.get(&subscription).cloned()).flatten()
    }

    /// Reads the boot record, if there is one.
    pub(super) fn booted<T>(self, read: impl FnOnce(&BootRecord) -> T) -> Option<T> {
        self.watching.with_value(|watching| watching.boot.as_ref().map(read))
    }
}
