//! What a tab was told of a list, and the difference to what it is now.

use std::collections::BTreeMap;

use serde::Serialize;
use trellis_model::protocol::{Window, encode};

/// How large the rows of one update may be together; with the order they stay within 64 kB.
const ROWS_LIMIT: usize = 40 * 1024;

/// The part of a list from `start` to `end`, as far as there is one.
pub(crate) fn range<T>(list: &[T], start: u32, end: u32) -> &[T] {
    let place = |index: u32| usize::try_from(index).map_or(list.len(), |index| index.min(list.len()));
    list.get(place(start)..place(end)).unwrap_or_default()
}

/// A window as it was sent.
#[derive(Debug)]
pub(crate) struct SentWindow<K, R> {
    sent: bool,
    total: u32,
    start: u32,
    order: Vec<K>,
    rows: BTreeMap<K, R>,
}

impl<K, R> Default for SentWindow<K, R> {
    fn default() -> Self {
        Self { sent: false, total: 0, start: 0, order: Vec::new(), rows: BTreeMap::new() }
    }
}

impl<K: Ord + Clone, R: PartialEq + Clone + Serialize> SentWindow<K, R> {
    /// The difference to `rows`, in parts that are small enough. None: nothing changed. `other`: something beside the
    /// window changed, so that there must be one.
    pub(crate) fn update(&mut self, total: u32, start: u32, rows: Vec<(K, R)>, other: bool) -> Vec<Window<K, R>> {
        let order: Vec<K> = rows.iter().map(|(key, _)| key.clone()).collect();
        let moved = !self.sent || self.order != order;
        let changed: Vec<(K, R)> = rows.iter().filter(|(key, row)| self.rows.get(key) != Some(row)).cloned().collect();
        if !(moved || other || !changed.is_empty() || self.total != total || self.start != start) {
            return Vec::new();
        }

        let mut windows = Vec::new();
        let mut parts = parts(changed).into_iter().peekable();
        loop {
            let part = parts.next().unwrap_or_default();
            self.rows.extend(part.iter().cloned());
            // Between two parts only those rows are in order that the page has.
            let last = parts.peek().is_none();
            let known = || order.iter().filter(|key| last || self.rows.contains_key(key)).cloned().collect();
            let order = (moved || !last).then(known);
            windows.push(Window { total, start, order, rows: part.into_iter().map(|(_, row)| row).collect() });
            if last {
                break;
            }
        }
        self.rows = rows.into_iter().collect();
        self.order = order;
        self.total = total;
        self.start = start;
        self.sent = true;
        windows
    }
}

/// Splits rows so that each part is small enough.
fn parts<K, R: Serialize>(rows: Vec<(K, R)>) -> Vec<Vec<(K, R)>> {
    let mut parts: Vec<Vec<(K, R)>> = Vec::new();
    let mut size = ROWS_LIMIT;
    for (key, row) in rows {
        let length = encode(&row).len();
        size += length;
        match parts.last_mut() {
            Some(part) if size <= ROWS_LIMIT => part.push((key, row)),
            _ => {
                parts.push(vec![(key, row)]);
                size = length;
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::SentWindow;

    fn rows(names: &[&str]) -> Vec<(String, String)> {
        names.iter().map(|name| ((*name).to_owned(), format!("row {name}"))).collect()
    }

    #[test]
    fn what_did_not_change_is_not_sent_again() {
        let mut sent = SentWindow::default();
        assert_eq!(sent.update(2, 0, rows(&["a", "b"]), false).len(), 1);

        assert!(sent.update(2, 0, rows(&["a", "b"]), false).is_empty());
        let moved = sent.update(3, 0, rows(&["c", "a", "b"]), false);

        assert_eq!(moved[0].order.as_deref(), Some(&["c".to_owned(), "a".to_owned(), "b".to_owned()][..]));
        assert_eq!(moved[0].rows, ["row c"]);
    }

    #[test]
    fn large_rows_come_in_parts_that_name_only_what_is_there() {
        let mut sent = SentWindow::default();
        let large: Vec<_> = (0..4).map(|place| (place, "x".repeat(20 * 1024))).collect();

        let windows = sent.update(4, 0, large, false);

        let orders: Vec<_> = windows.iter().map(|window| window.order.clone().unwrap_or_default()).collect();
        assert_eq!(orders, [vec![0], vec![0, 1], vec![0, 1, 2], vec![0, 1, 2, 3]]);
    }
}
