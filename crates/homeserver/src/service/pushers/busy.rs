//! Which pushers are being told. What comes for one that is makes it look once more, and no other.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;

/// The pushers that are being told. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Busy<K>(Arc<Mutex<HashMap<K, Arc<Meanwhile>>>>);

/// What comes for a pusher while it is being told.
#[derive(Debug, Default)]
struct Meanwhile {
    came: AtomicBool,
    rung: Notify,
}

impl<K> Default for Busy<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Clone> Busy<K> {
    /// Begins, unless it is being told: then that looks once more.
    pub(super) fn begin(&self, key: &K) -> Option<Turn<K>> {
        let mut busy = self.lock();
        if let Some(meanwhile) = busy.get(key) {
            meanwhile.came.store(true, Ordering::Relaxed);
            meanwhile.rung.notify_one();
            return None;
        }
        let meanwhile = Arc::<Meanwhile>::default();
        busy.insert(key.clone(), meanwhile.clone());
        Some(Turn { busy: self.clone(), key: key.clone(), meanwhile })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Meanwhile>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One pusher's turn, which ends when this is dropped.
pub(super) struct Turn<K: Eq + Hash + Clone> {
    busy: Busy<K>,
    key: K,
    meanwhile: Arc<Meanwhile>,
}

impl<K: Eq + Hash + Clone> Turn<K> {
    /// Ends the turn, unless something came meanwhile: then it goes on.
    pub(super) fn end(self) -> Option<Self> {
        // What comes while it is locked begins a turn of its own, or this one goes on.
        let mut busy = self.busy.lock();
        if !self.meanwhile.came.swap(false, Ordering::Relaxed) {
            busy.remove(&self.key);
            return None;
        }
        drop(busy);
        Some(self)
    }

    /// Waits until something comes, and takes notice of it.
    pub(super) async fn came(&self) {
        while !self.meanwhile.came.swap(false, Ordering::Relaxed) {
            self.meanwhile.rung.notified().await;
        }
    }
}

impl<K: Eq + Hash + Clone> Drop for Turn<K> {
    fn drop(&mut self) {
        let mut busy = self.busy.lock();
        // One that ended has left its place, perhaps to another.
        if busy.get(&self.key).is_some_and(|there| Arc::ptr_eq(there, &self.meanwhile)) {
            busy.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Busy;

    #[test]
    fn what_comes_for_one_that_is_told_makes_it_look_once_more() {
        let busy = Busy::default();
        let turn = busy.begin(&"slow").unwrap();
        assert!(busy.begin(&"slow").is_none());
        assert!(busy.begin(&"slow").is_none());

        let turn = turn.end().unwrap();
        assert!(turn.end().is_none());
        assert!(busy.begin(&"slow").is_some());
    }

    #[test]
    fn one_that_is_slow_leaves_the_others_at_rest() {
        let busy = Busy::default();
        let slow = busy.begin(&"slow").unwrap();
        for _ in 0..3 {
            assert!(busy.begin(&"slow").is_none());
            assert!(busy.begin(&"quick").unwrap().end().is_none());
        }
        drop(slow);
        assert!(busy.begin(&"slow").is_some());
    }

    #[tokio::test]
    async fn what_comes_is_noticed_once() {
        let busy = Busy::default();
        let turn = busy.begin(&"slow").unwrap();
        assert!(busy.begin(&"slow").is_none());

        turn.came().await;

        assert!(turn.end().is_none());
    }
}
