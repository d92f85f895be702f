//! Queues units of work, runs them one after the other and commits those that wait together at once.
//!
//! On SQLite there is one queue, since there is one writer. On PostgreSQL there is one for each
//! key, and an advisory lock keeps the same key of other processes out. Either way each unit has a
//! savepoint: one that fails undoes itself and no other.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    future::Future,
    marker::PhantomData,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    task::{Context, Poll, ready},
};

use futures::FutureExt as _;
use ruma::{OwnedRoomId, OwnedUserId};
use tokio::sync::oneshot;

use super::{
    Connection, Notifier, StorageError, Streams, Transaction, UnitFuture, args,
    engine::{self, Database, Dialect},
    health::Health,
    held::Held,
};

/// The most units that share a commit: none waits for long behind the others.
const GROUP: usize = 256;

/// What a unit writes to; units of one key never run at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WriteKey {
    /// A room and its events.
    Room(OwnedRoomId),
    /// A user: account, devices, keys, account data.
    User(OwnedUserId),
    /// What belongs to no one room or user: aliases, tokens, media; named by what it is.
    Server(&'static str),
}

impl fmt::Display for WriteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(room_id) => f.write_str(room_id.as_str()),
            Self::User(user_id) => f.write_str(user_id.as_str()),
            Self::Server(name) => f.write_str(name),
        }
    }
}

/// The answer of a unit that has its place in the queue.
pub struct Pending<T, E> {
    answer: oneshot::Receiver<Result<T, E>>,
    error: PhantomData<fn() -> E>,
}

impl<T, E> fmt::Debug for Pending<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

impl<T, E: From<StorageError>> Future for Pending<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(context));
        Poll::Ready(answer.unwrap_or_else(|_| Err(StorageError::Abandoned.into())))
    }
}

/// Says how the commit went to the one who waits for it.
type Answer = Box<dyn FnOnce(Result<(), StorageError>) + Send>;

/// What a unit came to before the commit.
struct Outcome {
    keep: bool,
    answer: Answer,
}

/// A unit of work and the one who waits for it; told an error instead where there is no transaction to be had.
type Job = Box<
    dyn for<'t> FnOnce(Result<&'t mut Transaction, StorageError>) -> Pin<Box<dyn Future<Output = Outcome> + Send + 't>>
        + Send,
>;

#[derive(Clone)]
pub(super) struct Writer(Arc<Inner>);

struct Inner {
    database: Database,
    streams: Arc<Streams>,
    notifier: Arc<dyn Notifier>,
    held: Arc<Held>,
    health: Health,
    /// What the database's version was when it was written last.
    version: AtomicI64,
    /// The queues that have a task to drain them.
    lanes: Mutex<HashMap<Lane, VecDeque<Job>>>,
}

/// `None` is the one queue of SQLite.
type Lane = Option<WriteKey>;

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("database", &self.0.database).finish_non_exhaustive()
    }
}

impl Writer {
    pub(super) fn start(
        database: Database,
        streams: Arc<Streams>,
        notifier: Arc<dyn Notifier>,
        held: Arc<Held>,
    ) -> Self {
        let (health, version, lanes) = (Health::default(), AtomicI64::default(), Mutex::default());
        Self(Arc::new(Inner { database, streams, notifier, held, health, version, lanes }))
    }

    pub(super) fn submit<T, E, F>(&self, key: WriteKey, unit: F) -> Pending<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Transaction) -> UnitFuture<'t, T, E> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            Box::pin(async move {
                // A panic must not take the writer with it: the unit is undone like any failure.
                let result = match transaction {
                    Ok(transaction) => AssertUnwindSafe(unit(transaction))
                        .catch_unwind()
                        .await
                        .unwrap_or_else(|_| Err(StorageError::Abandoned.into())),
                    Err(error) => Err(error.into()),
                };
                let keep = result.is_ok();
                let answer: Answer = Box::new(move |committed| {
                    let result = result.and_then(|value| Ok(committed.map(|()| value)?));
                    // The one who asked may have gone; what is written is written.
                    drop(sender.send(result));
                });
                Outcome { keep, answer }
            })
        });
        self.enqueue(key, job);
        Pending { answer, error: PhantomData }
    }

    /// Takes in that something else than a commit failed.
    pub(super) fn note(&self, error: &StorageError) {
        if error.outage().is_some() {
            self.0.health.note(Some(error));
        }
    }

    fn enqueue(&self, key: WriteKey, job: Job) {
        let lane = match self.0.database.dialect() {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(key),
        };
        let mut lanes = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = lanes.get_mut(&lane) {
            queue.push_back(job);
        } else {
            lanes.insert(lane.clone(), VecDeque::from([job]));
            tokio::spawn(drain(self.0.clone(), lane));
        }
    }
}

/// Works until the queue is empty. The queue is removed together with its task, under one lock, so
/// that nothing is ever queued that no task will take.
async fn drain(inner: Arc<Inner>, lane: Lane) {
    while inner.has_work_or_close(&lane) {
        inner.run_group(&lane).await;
    }
}

impl Inner {
    /// Whether there is a job to do; closes the queue where there is none.
    fn has_work_or_close(&self, lane: &Lane) -> bool {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.get(lane).is_some_and(|queue| !queue.is_empty()) {
            true
        } else {
            lanes.remove(lane);
            false
        }
    }

    fn pop(&self, lane: &Lane) -> Option<Job> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.get_mut(lane)?.pop_front()
    }

    /// Runs the units that wait, and those that come meanwhile, and commits them at once.
    async fn run_group(&self, lane: &Lane) {
        let mut transaction = match self.begin(lane).await {
            Ok(connection) => connection,
            Err(error) => {
                self.health.note(Some(&error));
                // Everyone who waits learns it at once, rather than one after the other.
                while let Some(job) = self.pop(lane) {
                    let Outcome { answer, .. } = job(Err(error.clone())).await;
                    answer(Err(error.clone()));
                }
                return;
            }
        };

        let mut answers = Vec::new();
        let mut written = Ok(());
        let mut kept = false;
        while answers.len() < GROUP
            && let Some(job) = self.pop(lane)
        {
            if kept {
                written = transaction.set_savepoint_anew().await;
                if let Err(error) = &written {
                    answers.push(job(Err(error.clone())).await.answer);
                    break;
                }
            }
            let unit = run_unit(&mut transaction, job, &mut answers).await;
            kept = unit.as_ref().is_ok_and(|kept| *kept);
            written = unit.map(drop);
            if written.is_err() {
                break;
            }
        }
        if written.is_ok() {
            written = transaction.store_positions().await;
        }
        if written.is_ok() {
            written = transaction.announce().await;
        }

        let (connection, mut aftermath) = transaction.into_parts();
        let committed = match written {
            Ok(()) => connection.commit().await,
            Err(error) => {
                connection.rollback().await;
                Err(error)
            }
        };
        let positions = aftermath.settle();
        if committed.is_ok() {
            for action in aftermath.after_commit.drain(..) {
                action();
            }
        }
        self.health.note(committed.as_ref().err());
        for answer in answers {
            answer(committed.clone());
        }
        if committed.is_ok() {
            self.held.add(positions, std::mem::take(&mut aftermath.news));
        }
        self.notifier.publish(&self.held.take_visible(&self.streams));
    }

    async fn begin(&self, lane: &Lane) -> Result<Transaction, StorageError> {
        let mut connection = self.database.begin_units(lane.as_ref()).await?;
        if let Err(error) = self.catch_up(&mut connection).await {
            connection.rollback().await;
            return Err(error);
        }
        Ok(Transaction::new(connection, self.streams.clone()))
    }

    /// Learns which positions a command beside this process has taken meanwhile.
    async fn catch_up(&self, connection: &mut Connection) -> Result<(), StorageError> {
        if let Some(version) = engine::version(connection).await?
            && self.version.load(Ordering::Relaxed) != version
        {
            self.streams.catch_up(engine::positions(connection).await?);
            self.version.store(version, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Runs one unit behind its savepoint, which is set already; says whether it is kept. An error means that
/// the whole transaction is lost.
async fn run_unit(transaction: &mut Transaction, job: Job, answers: &mut Vec<Answer>) -> Result<bool, StorageError> {
    let mark = transaction.mark();
    let Outcome { keep, answer } = job(Ok(transaction)).await;
    answers.push(answer);
    if !keep {
        transaction.forget_since(mark);
        // The savepoint stays, for the next unit.
        transaction.execute("ROLLBACK TO SAVEPOINT unit", args![]).await?;
    }
    Ok(keep)
}
