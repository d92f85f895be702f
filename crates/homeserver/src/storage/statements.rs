//! Which statements a test has run, so that their plans can be looked at.

use std::{cell::RefCell, collections::BTreeSet};

thread_local! {
    static SEEN: RefCell<Option<BTreeSet<String>>> = const { RefCell::new(None) };
}

/// Remembers what this thread runs from now on.
pub(crate) fn record() {
    SEEN.with_borrow_mut(|seen| *seen = Some(BTreeSet::new()));
}

/// What this thread has run since.
pub(crate) fn take() -> BTreeSet<String> {
    SEEN.take().unwrap_or_default()
}

pub(super) fn see(sql: &str) {
    SEEN.with_borrow_mut(|seen| {
        if let Some(seen) = seen {
            seen.insert(sql.to_owned());
        }
    });
}
