//! Wakes those who wait for a change, without a query and without a thread per waiter.
//!
//! A notifier carries no state that the database does not: a waiter that is woken looks for itself,
//! and one that missed a call has lost nothing but time.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use ruma::{OwnedRoomId, OwnedUserId};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::Stream;

/// What a change concerns.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
pub enum Topic {
    /// Something only this user sees: account data, to-device messages, own memberships.
    User(OwnedUserId),
    /// Something everyone in the room sees.
    Room(OwnedRoomId),
    /// Whether a user is in a room has changed. It wakes nobody by itself.
    Membership {
        /// The user.
        user_id: OwnedUserId,
        /// The room.
        room_id: OwnedRoomId,
        /// They are in it now.
        joined: bool,
    },
}

/// What kind of change it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
pub enum Kind {
    /// One in any of the streams.
    #[default]
    Any,
    /// One in this stream.
    Stream(Stream),
    /// Who types, by its serial.
    Typing(u64),
    /// Who is there, by its serial.
    Presence(u64),
}

/// That something has changed, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
pub struct News {
    /// What the change concerns.
    pub topic: Topic,
    /// What it is.
    pub kind: Kind,
}

impl News {
    /// A change in a stream.
    pub fn of(stream: Stream, topic: Topic) -> Self {
        Self { topic, kind: Kind::Stream(stream) }
    }
}

impl From<Topic> for News {
    fn from(topic: Topic) -> Self {
        Self { topic, kind: Kind::Any }
    }
}

/// Someone who is told all news, at once and in their order.
pub trait Listener: Send + Sync {
    /// Something has changed and can be read.
    fn heard(&self, news: &[News]);

    /// News may have been missed: nothing that was learned from them holds any longer.
    fn lost(&self);
}

/// Carries the news of a commit to those who wait for it: in this process, and in the others where
/// several serve one database.
pub trait Notifier: fmt::Debug + Send + Sync {
    /// Tells the listeners and wakes everyone who waits for one of the topics.
    fn publish(&self, news: &[News]);

    /// News may have been missed: wakes everyone.
    fn lost(&self);

    /// Registers someone who is told everything from now on.
    fn listen(&self, listener: Arc<dyn Listener>);

    /// Registers a waiter for `topics`.
    fn subscribe(self: Arc<Self>, topics: Vec<Topic>) -> Subscription;

    /// Forgets a waiter.
    fn unsubscribe(&self, id: u64, topics: &[Topic]);
}

/// A waiter's registration. Dropping it ends it.
#[derive(Debug)]
pub struct Subscription {
    id: u64,
    topics: Vec<Topic>,
    woken: Arc<Notify>,
    notifier: Arc<dyn Notifier>,
}

impl Subscription {
    /// Waits until something was published since the registration, or since the last call returned.
    pub async fn changed(&self) {
        self.woken.notified().await;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.notifier.unsubscribe(self.id, &self.topics);
    }
}

/// The notifier of a single process.
#[derive(Default)]
pub(super) struct LocalNotifier {
    waiters: Mutex<Waiters>,
    listeners: Mutex<Vec<Arc<dyn Listener>>>,
}

impl fmt::Debug for LocalNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalNotifier").field("waiters", &self.waiters).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Waiters {
    last_id: u64,
    by_topic: HashMap<Topic, Vec<(u64, Arc<Notify>)>>,
}

impl Notifier for LocalNotifier {
    fn publish(&self, news: &[News]) {
        if news.is_empty() {
            return;
        }
        // Held while they are told, so that news of two commits do not overtake each other.
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        for listener in &*listeners {
            listener.heard(news);
        }
        drop(listeners);
        let waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        for News { topic, .. } in news {
            for (_, woken) in waiters.by_topic.get(topic).into_iter().flatten() {
                // Keeps one permit, so a waiter that is just reading is woken when it waits next.
                woken.notify_one();
            }
        }
    }

    fn lost(&self) {
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        for listener in &*listeners {
            listener.lost();
        }
        drop(listeners);
        let waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, woken) in waiters.by_topic.values().flatten() {
            woken.notify_one();
        }
    }

    fn listen(&self, listener: Arc<dyn Listener>) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    fn subscribe(self: Arc<Self>, topics: Vec<Topic>) -> Subscription {
        let woken = Arc::new(Notify::new());
        let mut waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        waiters.last_id += 1;
        let id = waiters.last_id;
        for topic in &topics {
            waiters.by_topic.entry(topic.clone()).or_default().push((id, woken.clone()));
        }
        drop(waiters);
        Subscription { id, topics, woken, notifier: self }
    }

    fn unsubscribe(&self, id: u64, topics: &[Topic]) {
        let mut waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        for topic in topics {
            let Some(list) = waiters.by_topic.get_mut(topic) else { continue };
            list.retain(|(other, _)| *other != id);
            if list.is_empty() {
                waiters.by_topic.remove(topic);
            }
        }
    }
}
