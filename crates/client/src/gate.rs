//! A gate that loops wait at while the session is not valid (soft logout): nothing is asked of the homeserver behind it.

use std::cell::Cell;

use crate::bell::Bell;

/// Open or closed.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    closed: Cell<bool>,
    changed: Bell,
}

impl Gate {
    pub(crate) fn close(&self) {
        self.closed.set(true);
    }

    pub(crate) fn open(&self) {
        self.closed.set(false);
        self.changed.ring();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Waits until the gate is open.
    pub(crate) async fn opened(&self) {
        let mut changed = self.changed.listen();
        while self.closed.get() {
            changed.heard().await;
        }
    }
}
