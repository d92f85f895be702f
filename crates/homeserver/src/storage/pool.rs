//! Connections that are lent out and come back at once.
//!
//! sqlx's own pool asks every connection that comes back whether it is well, and one of PostgreSQL's again
//! before it goes out: a read of one statement was three round trips. A connection is known to be well when
//! every statement on it was answered, so here it is lent again as it is. Only one that was given up in the
//! middle of something, or that failed, is looked at first.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::Connection;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::StorageError;

/// How long it waits before it calls again at a database that does not answer.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a look at a connection that was given up may take.
const LOOK: Duration = Duration::from_secs(5);

/// The limits of a pool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The most connections at a time.
    pub(super) connections: usize,
    /// How long anyone waits for one, and for a database that does not answer yet.
    pub(super) patience: Duration,
    /// Whom nobody has asked for this long is asked first whether they are still there.
    pub(super) trusted: Option<Duration>,
    /// How long one is kept that nobody needs.
    pub(super) idle: Option<Duration>,
    /// How long one is kept at all: a server's side of it only grows.
    pub(super) age: Option<Duration>,
}

/// Connections of one kind. Cheap to clone.
pub(super) struct Pool<C: Connection>(Arc<Inner<C>>);

struct Inner<C: Connection> {
    options: C::Options,
    limits: Limits,
    slots: Arc<Semaphore>,
    shelf: Mutex<Shelf<C>>,
}

/// The connections that are not lent.
struct Shelf<C> {
    /// The one that was used last is at the end, and is lent first.
    idle: Vec<Idle<C>>,
    /// When a connection was last found to be lost: the others may be too.
    lost_at: Option<Instant>,
}

struct Idle<C> {
    connection: C,
    born: Instant,
    since: Instant,
}

/// A connection that comes back when it is dropped.
pub(super) struct Lent<C: Connection + 'static> {
    connection: Option<C>,
    born: Instant,
    /// A statement was not answered, or failed.
    doubtful: bool,
    /// A transaction has not ended.
    in_transaction: bool,
    pool: Pool<C>,
    slot: Option<OwnedSemaphorePermit>,
}

impl<C: Connection> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Connection> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}

impl<C: Connection + 'static> Pool<C> {
    /// A pool without a connection yet.
    pub(super) fn new(options: C::Options, limits: Limits) -> Self {
        let slots = Arc::new(Semaphore::new(limits.connections));
        let shelf = Mutex::new(Shelf { idle: Vec::new(), lost_at: None });
        Self(Arc::new(Inner { options, limits, slots, shelf }))
    }

    /// Lends a connection.
    pub(super) async fn acquire(&self) -> Result<Lent<C>, StorageError> {
        let deadline = tokio::time::Instant::now() + self.0.limits.patience;
        let slot = tokio::time::timeout_at(deadline, self.0.slots.clone().acquire_owned()).await;
        let slot = slot.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        while let Some((Idle { mut connection, born, .. }, is_trusted)) = self.0.pop() {
            if is_trusted || is_well(&mut connection).await {
                return Ok(self.lend(connection, born, slot));
            }
            self.0.alarm();
        }
        let connection = self.0.connect(deadline).await?;
        Ok(self.lend(connection, Instant::now(), slot))
    }

    fn lend(&self, connection: C, born: Instant, slot: OwnedSemaphorePermit) -> Lent<C> {
        let (pool, slot) = (self.clone(), Some(slot));
        Lent { connection: Some(connection), born, doubtful: false, in_transaction: false, pool, slot }
    }
}

impl<C: Connection> Inner<C> {
    /// The connection that was used last, unless it is too old, and whether it need not be looked at.
    fn pop(&self) -> Option<(Idle<C>, bool)> {
        let mut shelf = self.shelf();
        while let Some(last) = shelf.idle.pop() {
            if self.limits.age.is_none_or(|age| last.born.elapsed() < age) {
                let is_fresh = self.limits.trusted.is_none_or(|trusted| last.since.elapsed() < trusted);
                let is_trusted = is_fresh && shelf.lost_at.is_none_or(|lost_at| lost_at < last.since);
                return Some((last, is_trusted));
            }
        }
        None
    }

    fn push(&self, connection: C, born: Instant) {
        let now = Instant::now();
        let mut shelf = self.shelf();
        // Those at the front were needed when there was more to do.
        if let Some(limit) = self.limits.idle
            && shelf.idle.first().is_some_and(|first| now - first.since > limit)
        {
            shelf.idle.remove(0);
        }
        shelf.idle.push(Idle { connection, born, since: now });
    }

    /// A connection was lost.
    fn alarm(&self) {
        self.shelf().lost_at = Some(Instant::now());
    }

    /// Opens a connection. A database that refuses may only be starting.
    async fn connect(&self, deadline: tokio::time::Instant) -> Result<C, StorageError> {
        loop {
            let connected = tokio::time::timeout_at(deadline, C::connect_with(&self.options)).await;
            match connected.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(StorageError::from) {
                Ok(connection) => return Ok(connection),
                Err(error) if may_pass(&error) && tokio::time::Instant::now() + PAUSE < deadline => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<C>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a server may only be starting, or have all hands full, or a file is being made by another process:
/// SQLite lets nobody wait for that.
fn may_pass(error: &StorageError) -> bool {
    let StorageError::Engine(cause) = error else { return false };
    match &**cause {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(cause) => cause.is_transient_in_connect_phase() || error.is_transient(),
        _ => false,
    }
}

async fn is_well<C: Connection>(connection: &mut C) -> bool {
    let looked = tokio::time::timeout(LOOK, connection.ping()).await;
    looked.is_ok_and(|looked| looked.is_ok())
}

impl<C: Connection> Lent<C> {
    /// The connection, for a statement that may be given up before it is answered.
    pub(super) fn ask(&mut self) -> &mut C {
        self.doubtful = true;
        self.connection.as_mut().expect("a connection is taken only when it is dropped")
    }

    /// The statement was answered.
    pub(super) fn answered(&mut self) {
        self.doubtful = false;
    }

    /// A transaction begins, or has ended.
    pub(super) fn set_in_transaction(&mut self, in_transaction: bool) {
        self.in_transaction = in_transaction;
    }
}

impl<C: Connection + 'static> Drop for Lent<C> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let (inner, born, slot) = (self.pool.0.clone(), self.born, self.slot.take());
        if self.in_transaction {
            // Closing it is the one way to undo that asks for nothing.
        } else if !self.doubtful {
            inner.push(connection, born);
        } else if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if is_well(&mut connection).await {
                    inner.push(connection, born);
                } else {
                    inner.alarm();
                }
                drop(slot);
            });
        }
    }
}
