//! Work on events after the fact, in their order and each once: how far it has come is stored under its
//! name, in the transaction of what it found. So a crash costs nothing but time, and of several processes
//! any may do it: whoever finds that another was quicker begins anew behind it.

use std::{sync::Arc, time::Duration};

use super::timeline::{StoredEvent, tail::Tail};
use crate::{
    MatrixError, Result,
    storage::{Storage, StorageError, Stream, StreamPosition, Transaction, UnitFuture, WriteKey, args},
};

/// The most events that are looked at before what they come to is written.
pub(super) const BATCH: usize = 256;

/// How long it rests after the database failed.
pub(super) const REST: Duration = Duration::from_secs(5);

/// One who follows the events. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Follower {
    name: &'static str,
    storage: Storage,
    tail: Tail,
}

/// The next events.
#[derive(Debug)]
pub(super) struct Batch {
    /// Behind this position.
    pub(super) after: StreamPosition,
    pub(super) events: Vec<Arc<StoredEvent>>,
    /// Up to where there are no others.
    pub(super) up_to: StreamPosition,
}

impl Follower {
    /// The one of this name, which has a row of its own.
    pub(super) fn new(name: &'static str, storage: Storage, tail: Tail) -> Self {
        Self { name, storage, tail }
    }

    /// Up to where events can be looked at.
    pub(super) fn now(&self) -> StreamPosition {
        self.storage.streams().current(Stream::Events)
    }

    /// How far it has come.
    pub(super) async fn position(&self) -> Result<StreamPosition, StorageError> {
        let sql = "SELECT position FROM follower_positions WHERE name = $1";
        self.storage.read().await?.fetch_one(sql, args![self.name]).await?.get(0)
    }

    /// The events behind a position, if there are any.
    pub(super) async fn next_after(&self, after: StreamPosition) -> Result<Option<Batch>, StorageError> {
        let now = self.now();
        if after >= now {
            return Ok(None);
        }
        let (events, up_to) = self.tail.next(after, now, BATCH).await?;
        Ok(Some(Batch { after, events, up_to }))
    }

    /// Moves behind a batch and writes what it came to; does neither, and says so, if another process was
    /// quicker.
    pub(super) async fn advance<F>(&self, batch: &Batch, write: F) -> Result<bool>
    where
        F: for<'t> FnOnce(&'t mut Transaction) -> UnitFuture<'t, (), MatrixError> + Send + 'static,
    {
        let (name, after, up_to) = (self.name, batch.after, batch.up_to);
        self.storage
            .write(WriteKey::Server(name), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE follower_positions SET position = $2 WHERE name = $3 AND position = $1";
                    if transaction.execute(sql, args![after, up_to, name]).await? == 0 {
                        return Ok(false);
                    }
                    write(transaction).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Moves forward within a unit of work, for one who does no harm by doing things twice.
    pub(super) async fn move_on(
        &self,
        transaction: &mut Transaction,
        up_to: StreamPosition,
    ) -> Result<(), StorageError> {
        let sql = "UPDATE follower_positions SET position = $1 WHERE name = $2 AND position < $1";
        transaction.execute(sql, args![up_to, self.name]).await?;
        Ok(())
    }

    /// Waits until there is an event behind a position, and for some time until there are `enough`, so that a
    /// single one does not cost a commit of its own at once. False: there will be none.
    pub(super) async fn gather(&self, after: StreamPosition, time: Duration, enough: StreamPosition) -> bool {
        let mut moved = self.storage.streams().watch(Stream::Events);
        while self.now() <= after {
            if moved.changed().await.is_err() {
                return false;
            }
        }
        let gathered = async { while self.now() - after < enough && moved.changed().await.is_ok() {} };
        // Nothing is lost if the time is up.
        drop(tokio::time::timeout(time, gathered).await);
        true
    }
}
