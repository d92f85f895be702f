//! Which pushers are being told. What comes for one that is makes it look once more, and no other.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The pushers that are being told; of each, whether something came meanwhile. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Busy<K>(Arc<Mutex<HashMap<K, bool>>>);

impl<K> Default for Busy<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Clone> Busy<K> {
    /// Begins, unless it is being told: then that looks once more.
    pub(super) fn begin(&self, key: &K) -> Option<Turn<K>> {
        let mut busy = self.lock();
        if let Some(again) = busy.get_mut(key) {
            *again = true;
            return None;
        }
        busy.insert(key.clone(), false);
        Some(Turn { busy: self.clone(), key: key.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One pusher's turn, which ends when this is dropped.
pub(super) struct Turn<K: Eq + Hash + Clone> {
    busy: Busy<K>,
    key: K,
}

impl<K: Eq + Hash + Clone> Turn<K> {
    /// Ends the turn, unless something came meanwhile: then it goes on.
    pub(super) fn end(self) -> Option<Self> {
        let came = self.busy.lock().get_mut(&self.key).is_some_and(std::mem::take);
        came.then_some(self)
    }
}

impl<K: Eq + Hash + Clone> Drop for Turn<K> {
    fn drop(&mut self) {
        self.busy.lock().remove(&self.key);
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
}
