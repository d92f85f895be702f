//! Who holds a connection to read by asks for no other, nor for a write.
//!
//! Connections are few. Once as many tasks hold one as there are, and each asks for another, all of them wait for each
//! other: a database that stands still, but only under load. So builds for development watch every task, and what
//! would do it at the worst time fails in the first test that comes by.

#[cfg(debug_assertions)]
use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

#[cfg(debug_assertions)]
use tokio::task::{self, Id};

#[cfg(debug_assertions)]
static HOLDERS: Mutex<Option<HashSet<Id>>> = Mutex::new(None);

/// Held with a connection, by a task.
#[derive(Debug)]
pub(super) struct Holding(#[cfg(debug_assertions)] Option<Id>);

#[cfg(debug_assertions)]
impl Holding {
    /// Notes that the task will hold a connection.
    pub(super) fn begin() -> Self {
        check();
        let id = task::try_id();
        holders().get_or_insert_default().extend(id);
        Self(id)
    }
}

#[cfg(debug_assertions)]
impl Drop for Holding {
    fn drop(&mut self) {
        if let (Some(id), Some(holders)) = (self.0, holders().as_mut()) {
            holders.remove(&id);
        }
    }
}

/// Fails if the task holds a connection.
#[cfg(debug_assertions)]
#[track_caller]
pub(super) fn check() {
    let holds = |id| holders().as_ref().is_some_and(|holders| holders.contains(&id));
    assert!(!task::try_id().is_some_and(holds), "who holds a connection asks for no other, nor for a write");
}

#[cfg(debug_assertions)]
fn holders() -> MutexGuard<'static, Option<HashSet<Id>>> {
    HOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(not(debug_assertions))]
impl Holding {
    pub(super) fn begin() -> Self {
        Self()
    }
}

#[cfg(not(debug_assertions))]
pub(super) fn check() {}
