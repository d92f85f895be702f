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
use tokio::sync::Notify;

/// What a change concerns.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Something only this user sees: account data, to-device messages, own memberships.
    User(OwnedUserId),
    /// Something everyone in the room sees.
    Room(OwnedRoomId),
}

/// Carries the news of a commit to those who wait for it: in this process, and in the others where
/// several serve one database.
pub trait Notifier: fmt::Debug + Send + Sync {
    /// Wakes everyone who waits for one of `topics`.
    fn publish(&self, topics: &[Topic]);

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
#[derive(Debug, Default)]
pub(super) struct LocalNotifier {
    waiters: Mutex<Waiters>,
}

#[derive(Debug, Default)]
struct Waiters {
    last_id: u64,
    by_topic: HashMap<Topic, Vec<(u64, Arc<Notify>)>>,
}

impl Notifier for LocalNotifier {
    fn publish(&self, topics: &[Topic]) {
        let waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        for topic in topics {
            for (_, woken) in waiters.by_topic.get(topic).into_iter().flatten() {
                // Keeps one permit, so a waiter that is just reading is woken when it waits next.
                woken.notify_one();
            }
        }
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
