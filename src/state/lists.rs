//! An order and one handle per row.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, mem};

use leptos::prelude::*;
use trellis_model::protocol::Window;

/// A window of a list: its order as one signal, each of its rows as another. Clones are the same list.
pub struct Rows<K: 'static, R: 'static> {
    /// The length of the whole list; `None` before the core said anything.
    total: ArcRwSignal<Option<u32>>,
    start: ArcRwSignal<u32>,
    order: ArcRwSignal<Vec<K>>,
    rows: ArcStoredValue<BTreeMap<K, ArcRwSignal<R>>>,
}

impl<K, R> Clone for Rows<K, R> {
    fn clone(&self) -> Self {
        Self {
            total: self.total.clone(),
            start: self.start.clone(),
            order: self.order.clone(),
            rows: self.rows.clone(),
        }
    }
}

impl<K, R> Default for Rows<K, R>
where
    K: Ord + Clone + Send + Sync,
    R: PartialEq + Clone + Send + Sync,
{
    fn default() -> Self {
        Self {
            total: ArcRwSignal::new(None),
            start: ArcRwSignal::new(0),
            order: ArcRwSignal::new(Vec::new()),
            rows: ArcStoredValue::new(BTreeMap::new()),
        }
    }
}

impl<K, R> Rows<K, R>
where
    K: Ord + Clone + Send + Sync,
    R: PartialEq + Clone + Send + Sync,
{
    /// The length of the whole list; `None`: not known yet.
    pub fn total(&self) -> Option<u32> {
        self.total.get()
    }

    /// The index of the first key of the window.
    pub fn start(&self) -> u32 {
        self.start.get()
    }

    /// The keys of the window, in order.
    pub fn order(&self) -> Vec<K> {
        self.order.get()
    }

    /// The keys as a signal, to read in part with `with`.
    pub fn order_signal(&self) -> ArcReadSignal<Vec<K>> {
        self.order.read_only()
    }

    /// The handle of a row of the window.
    pub fn row(&self, key: &K) -> Option<ArcRwSignal<R>> {
        self.rows.with_value(|rows| rows.get(key).cloned())
    }

    /// Takes a part of the list: rows first, so that a key in the order always has its row.
    pub(super) fn apply(&self, window: Window<K, R>, key_of: impl Fn(&R) -> K) {
        for row in window.rows {
            let key = key_of(&row);
            match self.row(&key) {
                Some(handle) if handle.with_untracked(|known| *known == row) => {}
                Some(handle) => handle.set(row),
                None => self.rows.update_value(|rows| {
                    rows.insert(key, ArcRwSignal::new(row));
                }),
            }
        }
        set(&self.start, window.start);
        set(&self.total, Some(window.total));
        if let Some(order) = window.order {
            let before = self.rows.with_value(BTreeMap::len);
            set(&self.order, order);
            if before > self.order.with_untracked(Vec::len) {
                self.forget();
            }
        }
    }

    /// Forgets the rows that left the window.
    fn forget(&self) {
        self.order.with_untracked(|order| {
            self.rows.update_value(|rows| {
                let mut known = mem::take(rows);
                for key in order {
                    if let Some((key, row)) = known.remove_entry(key) {
                        rows.insert(key, row);
                    }
                }
            });
        });
    }
}

/// Writes a signal only where that changes it.
pub(super) fn set<T: PartialEq + Send + Sync + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|now| *now != value) {
        signal.set(value);
    }
}
