//! Tells the administrator when the database stops taking what is written, and when it takes it again: once each,
//! since a full disk is not helped by a log that grows.

use std::sync::{Mutex, PoisonError};

use super::{Outage, StorageError};

/// What keeps the database from being written at present.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Option<Outage>>);

impl Health {
    /// Takes in how a commit went.
    pub(super) fn note(&self, error: Option<&StorageError>) {
        let outage = error.and_then(StorageError::outage);
        if let (Some(error), None) = (error, outage) {
            return tracing::error!(?error, "a commit failed");
        }
        let before = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), outage);
        match (before, error) {
            (Some(_), None) => tracing::warn!("the database can be written again"),
            (_, Some(error)) if before != outage => match outage {
                Some(Outage::Disk) => tracing::error!(
                    ?error,
                    "the disk takes nothing more: make room, and the homeserver goes on by itself"
                ),
                _ => tracing::error!(?error, "the database cannot be reached: the homeserver goes on once it can"),
            },
            _ => {}
        }
    }
}
