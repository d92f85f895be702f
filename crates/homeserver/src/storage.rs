//! The database: one SQL text for SQLite and PostgreSQL, and the rules by which it is written.
//!
//! * Facts are written by [`Storage::write`]: a unit of work over one [`Transaction`] in which
//!   only the database is awaited. An answer means the unit is committed.
//! * Units with the same [`WriteKey`] run one after the other, in the order of their submission.
//!   Units that wait together share a commit, so durability costs little under load; each has a
//!   savepoint, so one that fails undoes itself alone.
//! * Whatever a client can see the change of is a row of a [`Stream`], its position taken in the
//!   transaction that makes the fact, and whoever waits for it is woken after the commit.
//!
//! This module must not know what the rows mean: queries belong to the services. SQL that only
//! one engine understands lives in [`engine`] and nowhere else.

mod announcement;
mod bus;
mod connection;
mod engine;
mod error;
mod health;
mod held;
mod holding;
mod migrations;
mod notifier;
mod pool;
mod row;
mod sql;
#[cfg(test)]
pub(crate) mod statements;
mod streams;
mod transaction;
mod transfer;
mod value;
mod words;
mod writer;

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

pub(crate) use self::value::{args, texts};
pub use self::{
    connection::{Connection, rows_list},
    error::{Outage, StorageError},
    notifier::{Kind, Listener, News, Notifier, Subscription, Topic},
    row::{FromColumn, Row},
    streams::{Stream, StreamPosition, Streams},
    transaction::Transaction,
    value::Value,
    words::{Hearer, Speech, Subject, Words},
    writer::{Pending, WriteKey},
};

use self::{
    bus::{Bus, Shared},
    engine::Database,
    held::Held,
    notifier::LocalNotifier,
    writer::Writer,
};

/// A future that borrows from the transaction it works on.
pub type UnitFuture<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseLocation {
    /// A file of SQLite, made where it is missing.
    Sqlite(PathBuf),
    /// A `postgres://…` address.
    Postgres(String),
}

impl DatabaseLocation {
    /// Reads `sqlite:PATH` or `postgres://…`.
    pub fn parse(text: &str) -> Result<Self, StorageError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            Ok(Self::Sqlite(path.strip_prefix("//").unwrap_or(path).into()))
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self::Postgres(text.to_owned()))
        } else {
            Err(StorageError::Location(text.to_owned()))
        }
    }
}

/// The database of a homeserver, open and migrated. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    database: Database,
    streams: Arc<Streams>,
    notifier: Arc<dyn Notifier>,
    writer: Writer,
    words: Words,
    _bus: Option<Bus>,
}

impl Storage {
    /// Opens the database, making it where it is missing and migrating it where it is older than
    /// this binary. A database that is newer is refused.
    pub async fn open(location: &DatabaseLocation) -> Result<Self, StorageError> {
        let database = Database::open(location).await?;
        // Before positions are read: what is committed in between is heard.
        let listener = database.listen().await?;
        if let DatabaseLocation::Sqlite(path) = location {
            keep_copy(&database, path).await?;
        }
        let mut connection = database.begin_exclusive().await?;
        migrations::run(&mut connection).await?;
        let writer_id = engine::register_writer(&mut connection).await?;
        let streams = Arc::new(engine::load_streams(&mut connection, writer_id).await?);
        connection.commit().await?;

        let notifier: Arc<dyn Notifier> = Arc::new(LocalNotifier::default());
        let held = Arc::new(Held::default());
        let writer = Writer::start(database.clone(), streams.clone(), notifier.clone(), held.clone());
        let mut words = Words::alone(writer_id);
        let mut bus = None;
        if let Some(listener) = listener {
            let (streams, notifier) = (streams.clone(), notifier.clone());
            let missed = bus::words_missed(&mut database.acquire().await?).await?;
            let (shared_words, mouth) = Words::shared(writer_id, missed);
            words = shared_words;
            let shared = Shared { database: database.clone(), streams, held, notifier, words: words.clone() };
            // Positions that others have in hand count as read from here on: they have to be there.
            bus::wait_for_transactions(&shared).await?;
            bus = Some(Bus::start(listener, shared, mouth));
        }
        Ok(Self(Arc::new(Parts { database, streams, notifier, writer, words, _bus: bus })))
    }

    /// Copies the database, as it is at one moment, into a new file; writing goes on meanwhile.
    pub async fn back_up(&self, to: &Path) -> Result<(), StorageError> {
        self.0.database.back_up(to).await
    }

    /// A connection to read by. It sees what is committed; statements are not tied together.
    pub async fn read(&self) -> Result<Connection, StorageError> {
        self.0.database.acquire().await.inspect_err(|error| self.0.writer.note(error))
    }

    /// Runs a unit of work and answers once it is committed.
    ///
    /// The unit must await nothing but the transaction. It runs to its end even if the caller is
    /// dropped meanwhile.
    ///
    /// ```text
    /// storage
    ///     .write(WriteKey::User(user_id.clone()), move |transaction| {
    ///         Box::pin(async move {
    ///             transaction.execute("DELETE FROM …  WHERE user_id = $1", args![user_id]).await?;
    ///             Ok(())
    ///         })
    ///     })
    ///     .await
    /// ```
    pub async fn write<T, E, F>(&self, key: WriteKey, unit: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Transaction) -> UnitFuture<'t, T, E> + Send + 'static,
    {
        holding::check();
        self.submit(key, unit).await
    }

    /// Takes the unit's place in the queue of its key before it returns; the answer is awaited on
    /// what it returns. Units of one key run in the order in which they were submitted.
    pub fn submit<T, E, F>(&self, key: WriteKey, unit: F) -> Pending<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Transaction) -> UnitFuture<'t, T, E> + Send + 'static,
    {
        self.0.writer.submit(key, unit)
    }

    /// Gives pages that are no longer used back to the file system, where the engine does not by
    /// itself.
    pub async fn reclaim(&self) -> Result<(), StorageError> {
        self.write(WriteKey::Server("reclaim"), |transaction| Box::pin(engine::reclaim(transaction))).await
    }

    /// The positions of the streams.
    pub fn streams(&self) -> &Streams {
        &self.0.streams
    }

    /// Registers for being woken when something of `topics` is committed from now on.
    pub fn subscribe(&self, topics: Vec<Topic>) -> Subscription {
        self.0.notifier.clone().subscribe(topics)
    }

    /// Registers someone who is told all news from now on.
    pub fn listen(&self, listener: Arc<dyn Listener>) {
        self.0.notifier.listen(listener);
    }

    /// What is said to every process and stored nowhere.
    pub fn words(&self) -> &Words {
        &self.0.words
    }

    /// Tells of changes that are not in the database (typing).
    pub fn notify(&self, news: &[News]) {
        self.0.notifier.publish(news);
    }
}

/// Copies a database that is about to be migrated, beside itself and named by the last migration it
/// has: migrations only go forward.
async fn keep_copy(database: &Database, path: &Path) -> Result<(), StorageError> {
    let Some(last) = migrations::outdated(&mut database.acquire().await?).await? else { return Ok(()) };
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-migrating-{last}"));
    let copy = PathBuf::from(name);
    if copy.exists() {
        return Ok(());
    }
    tracing::info!(copy = %copy.display(), "copying the database before it is migrated");
    database.back_up(&copy).await
}

#[cfg(test)]
pub(crate) mod tests;
