//! Everything that differs between SQLite and PostgreSQL, and the only place where SQL may.

pub(super) mod catalogue;

use std::{path::Path, str::FromStr as _, time::Duration};

use sha2::{Digest as _, Sha256};
use sqlx::{
    PgConnection, SqliteConnection,
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgListener},
    sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    Connection, DatabaseLocation, StorageError, Stream, StreamPosition, Streams, WriteKey, args,
    bus::CHANNEL,
    connection::Inner,
    holding::Holding,
    pool::{Limits, Pool},
    words,
};

/// The pools of connections.
#[derive(Clone, Debug)]
pub(super) enum Database {
    /// Any number read while one writes.
    Sqlite {
        readers: Pool<SqliteConnection>,
        writer: Pool<SqliteConnection>,
    },
    Postgres {
        pool: Pool<PgConnection>,
        options: Box<PgConnectOptions>,
    },
}

/// Connections to a file do not get lost, and cost nothing while they rest but their caches. There is one
/// to write by.
const LOCAL: Limits =
    Limits { connections: 1, patience: Duration::from_secs(30), trusted: None, idle: None, age: None };

/// Connections to a server do. Whoever has waited for one, be it that all are in use or that there is no server, is
/// told so rather than left to wait.
const REMOTE: Limits = Limits {
    connections: 20,
    patience: Duration::from_secs(5),
    trusted: Some(Duration::from_secs(5)),
    idle: Some(Duration::from_secs(10 * 60)),
    age: Some(Duration::from_secs(30 * 60)),
};

/// Which SQL a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// Held while a process migrates: "trellis" in ASCII.
const MIGRATION_LOCK: i64 = 0x0074_7265_6c6c_6973;

/// The advisory lock that puts words in their order.
const WORDS_LOCK: i64 = 0x0074_7265_6c6c_6974;

impl Database {
    pub(super) async fn open(location: &DatabaseLocation) -> Result<Self, StorageError> {
        match location {
            DatabaseLocation::Sqlite(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    // A command beside the server waits for its turn, on a slow disk too.
                    .busy_timeout(Duration::from_secs(60))
                    .statement_cache_capacity(512)
                    // Rows pass between threads: many of them, or the two wait for each other by turns.
                    .row_buffer_size(512)
                    .pragma("cache_size", "-8192")
                    .pragma("temp_store", "memory")
                    .pragma("journal_size_limit", "67108864");
                // Vacuuming step by step has to be chosen before the first table is made.
                let writer = options.clone().auto_vacuum(SqliteAutoVacuum::Incremental);
                let writer = Pool::new(writer, LOCAL);
                // A reader cannot make the file.
                drop(writer.acquire().await?);
                // Each has a cache of its own, of a file that the system keeps in memory anyway.
                let readers = options.read_only(true).pragma("cache_size", "-4096");
                let cores = std::thread::available_parallelism().map_or(1, usize::from);
                let limits = Limits { connections: (2 * cores).clamp(4, 16), ..LOCAL };
                Ok(Self::Sqlite { readers: Pool::new(readers, limits), writer })
            }
            DatabaseLocation::Postgres(url) => {
                // Statements here are short: compiling one takes longer than any of them.
                let options = PgConnectOptions::from_str(url)?.statement_cache_capacity(512).options([("jit", "off")]);
                Ok(Self::Postgres { pool: Pool::new(options.clone(), REMOTE), options: Box::new(options) })
            }
        }
    }

    /// Copies the database, as it is at one moment, into a new file.
    pub(super) async fn back_up(&self, to: &Path) -> Result<(), StorageError> {
        match self.dialect() {
            Dialect::Sqlite => {
                let to = to.to_string_lossy().into_owned();
                self.acquire().await?.execute("VACUUM INTO $1", args![to]).await?;
                Ok(())
            }
            Dialect::Postgres => Err(StorageError::BackUpElsewhere),
        }
    }

    /// Listens to what other processes write, where there may be any.
    pub(super) async fn listen(&self) -> Result<Option<PgListener>, StorageError> {
        let Self::Postgres { options, .. } = self else { return Ok(None) };
        // Its own connection, which it replaces when it is lost.
        let pool = PoolOptions::new().max_connections(1).connect_lazy_with((**options).clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen_all([CHANNEL, words::CHANNEL]).await?;
        Ok(Some(listener))
    }

    /// A connection to read by.
    pub(super) async fn acquire(&self) -> Result<Connection, StorageError> {
        let holding = Holding::begin();
        let inner = match self {
            Self::Sqlite { readers, .. } => Inner::Sqlite(readers.acquire().await?),
            Self::Postgres { pool, .. } => Inner::Postgres(pool.acquire().await?),
        };
        Ok(Connection::new(inner, Some(holding)))
    }

    /// A transaction that excludes other processes that are starting.
    pub(super) async fn begin_exclusive(&self) -> Result<Connection, StorageError> {
        let mut connection = self.begin().await?;
        if connection.dialect() == Dialect::Postgres {
            connection.execute("SELECT pg_advisory_xact_lock($1)", args![MIGRATION_LOCK]).await?;
        }
        Ok(connection)
    }

    /// A transaction for reading, which sees everything as it is at one moment.
    pub(super) async fn begin_reading(&self) -> Result<Connection, StorageError> {
        let mut connection = self.acquire().await?;
        connection.set_in_transaction(true);
        let begin = match connection.dialect() {
            Dialect::Sqlite => "BEGIN",
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        connection.execute_script(begin.to_owned()).await?;
        Ok(connection)
    }

    /// A transaction for writing.
    pub(super) async fn begin(&self) -> Result<Connection, StorageError> {
        self.begin_by(String::new()).await
    }

    /// A transaction for units of work, with the savepoint of the first. Nobody else writes under the key,
    /// in no other process either, until it ends; SQLite has one writer anyway. All at once, since
    /// PostgreSQL is asked over a wire.
    pub(super) async fn begin_units(&self, key: Option<&WriteKey>) -> Result<Connection, StorageError> {
        let lock = match (self.dialect(), key) {
            (Dialect::Postgres, Some(key)) => {
                let digest = Sha256::digest(key.to_string());
                let mut number = [0; 8];
                number.copy_from_slice(&digest[..8]);
                let number = i64::from_be_bytes(number);
                // The transaction's ID is taken before any position is, so that whoever misses one can tell
                // when it will not come any more.
                format!("SELECT pg_advisory_xact_lock({number}), pg_current_xact_id();")
            }
            _ => String::new(),
        };
        self.begin_by(format!("{lock} SAVEPOINT unit")).await
    }

    async fn begin_by(&self, statements: String) -> Result<Connection, StorageError> {
        let (inner, begin) = match self {
            Self::Sqlite { writer, .. } => (Inner::Sqlite(writer.acquire().await?), "BEGIN IMMEDIATE"),
            Self::Postgres { pool, .. } => (Inner::Postgres(pool.acquire().await?), "BEGIN"),
        };
        let mut connection = Connection::new(inner, None);
        connection.set_in_transaction(true);
        connection.execute_script(format!("{begin}; {statements}")).await?;
        Ok(connection)
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres { .. } => Dialect::Postgres,
        }
    }
}

impl Connection {
    pub(super) fn dialect(&self) -> Dialect {
        match &self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    fn set_in_transaction(&mut self, in_transaction: bool) {
        match &mut self.inner {
            Inner::Sqlite(lent) => lent.set_in_transaction(in_transaction),
            Inner::Postgres(lent) => lent.set_in_transaction(in_transaction),
        }
    }

    /// Makes what was written durable.
    pub(super) async fn commit(mut self) -> Result<(), StorageError> {
        match self.execute("COMMIT", args![]).await {
            Ok(_) => {
                self.set_in_transaction(false);
                Ok(())
            }
            Err(error) => {
                self.rollback().await;
                Err(error)
            }
        }
    }

    /// Undoes what was written. If that fails, closing the connection does.
    pub(super) async fn rollback(mut self) {
        let outage = self.failed.take();
        match self.execute("ROLLBACK", args![]).await {
            Ok(_) => self.set_in_transaction(false),
            // After an outage there may be nothing left to undo.
            Err(error) if outage.is_none() => tracing::warn!(%error, "the database could not roll back"),
            Err(_) => {}
        }
    }

    /// Sets the savepoint of the next unit, behind one that is kept.
    pub(super) async fn set_savepoint_anew(&mut self) -> Result<(), StorageError> {
        self.execute_script("RELEASE SAVEPOINT unit; SAVEPOINT unit".to_owned()).await
    }
}

/// Writes the names of types as the engine has them.
pub(super) fn translate(sql: &str, dialect: Dialect) -> String {
    let tokens: [(&str, &str, &str); 5] = [
        ("{blob}", "BLOB", "BYTEA"),
        ("{text}", "TEXT", "TEXT COLLATE \"C\""),
        ("{bigint}", "INTEGER", "BIGINT"),
        ("{identity}", "INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
        // Rows lie in the order of their key, and are not kept twice.
        ("{clustered}", " WITHOUT ROWID", ""),
    ];
    tokens.iter().fold(sql.to_owned(), |sql, (token, sqlite, postgres)| {
        sql.replace(token, if dialect == Dialect::Sqlite { sqlite } else { postgres })
    })
}

/// Numbers this run of the process.
pub(super) async fn register_writer(connection: &mut Connection) -> Result<i64, StorageError> {
    let now: i64 = ruma::MilliSecondsSinceUnixEpoch::now().get().into();
    connection.fetch_one("INSERT INTO writers (started_at) VALUES ($1) RETURNING writer", args![now]).await?.get(0)
}

/// Makes the streams that are missing and reads how far each has come.
pub(super) async fn load_streams(connection: &mut Connection, writer: i64) -> Result<Streams, StorageError> {
    for stream in Stream::ALL {
        let name = stream.name();
        match connection.dialect() {
            Dialect::Sqlite => {
                let sql = "INSERT INTO streams (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING";
                connection.execute(sql, args![name]).await?;
            }
            Dialect::Postgres => {
                connection.execute_script(format!("CREATE SEQUENCE IF NOT EXISTS stream_{name}")).await?;
            }
        }
    }
    Ok(Streams::new(writer, positions(connection).await?))
}

/// The last position of each stream that anyone has taken.
pub(super) async fn positions(
    connection: &mut Connection,
) -> Result<[StreamPosition; Stream::ALL.len()], StorageError> {
    let mut positions = [0; Stream::ALL.len()];
    for stream in Stream::ALL {
        let name = stream.name();
        let sql = match connection.dialect() {
            Dialect::Sqlite => format!("SELECT position FROM streams WHERE name = '{name}'"),
            Dialect::Postgres => format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM stream_{name}"),
        };
        positions[stream as usize] = connection.fetch_one(sql, args![]).await?.get(0)?;
    }
    Ok(positions)
}

/// Sets the last position of each stream that anyone has taken.
pub(super) async fn set_positions(
    connection: &mut Connection,
    positions: [StreamPosition; Stream::ALL.len()],
) -> Result<(), StorageError> {
    for (stream, position) in Stream::ALL.into_iter().zip(positions) {
        match connection.dialect() {
            Dialect::Sqlite => store_position(connection, stream, position).await?,
            Dialect::Postgres if position > 0 => {
                let sql = format!("SELECT setval('stream_{}', $1)", stream.name());
                connection.fetch_one(sql, args![position]).await?;
            }
            Dialect::Postgres => {}
        }
    }
    Ok(())
}

/// A number that changes with every commit of another process, where no sequences tell of its positions.
pub(super) async fn version(connection: &mut Connection) -> Result<Option<i64>, StorageError> {
    match connection.dialect() {
        Dialect::Sqlite => Ok(Some(connection.fetch_one("PRAGMA data_version", args![]).await?.get(0)?)),
        Dialect::Postgres => Ok(None),
    }
}

/// The oldest transaction that is under way, and the one that will begin next.
pub(super) async fn snapshot(connection: &mut Connection) -> Result<(i64, i64), StorageError> {
    let sql = "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint \
        FROM pg_current_snapshot() s";
    let row = connection.fetch_one(sql, args![]).await?;
    Ok((row.get(0)?, row.get(1)?))
}

/// Tells the other processes, once the transaction is committed.
pub(super) async fn announce(connection: &mut Connection, parts: Vec<String>) -> Result<(), StorageError> {
    for part in parts {
        connection.execute("SELECT pg_notify($1, $2)", args![CHANNEL, part]).await?;
    }
    Ok(())
}

/// Says something to all processes, behind the ID of the transaction that says it. They hear the same order, that of
/// these IDs: whoever says something waits until the one before is committed. It need not survive anything.
pub(super) async fn say(database: &Database, channel: &str, text: String) -> Result<(), StorageError> {
    let mut connection = database
        .begin_by(format!("SET LOCAL synchronous_commit TO OFF; SELECT pg_advisory_xact_lock({WORDS_LOCK})"))
        .await?;
    let sql = "SELECT pg_notify($1, pg_current_xact_id()::text || ' ' || $2)";
    match connection.execute(sql, args![channel, text]).await {
        Ok(_) => connection.commit().await,
        Err(error) => {
            connection.rollback().await;
            Err(error)
        }
    }
}

/// The next number of a stream's sequence.
pub(super) async fn next_in_sequence(
    connection: &mut Connection,
    stream: Stream,
) -> Result<StreamPosition, StorageError> {
    connection.fetch_one("SELECT nextval($1::regclass)", args![format!("stream_{}", stream.name())]).await?.get(0)
}

/// Remembers how far a stream has come, where there are no sequences.
pub(super) async fn store_position(
    connection: &mut Connection,
    stream: Stream,
    position: StreamPosition,
) -> Result<(), StorageError> {
    connection
        .execute("UPDATE streams SET position = $1 WHERE name = $2 AND position < $1", args![position, stream.name()])
        .await?;
    Ok(())
}

/// Gives some free pages back. PostgreSQL does so by itself.
pub(super) async fn reclaim(connection: &mut Connection) -> Result<(), StorageError> {
    if connection.dialect() == Dialect::Sqlite {
        // A step at a time, since others wait to write.
        connection.execute("PRAGMA incremental_vacuum(4096)", args![]).await?;
        connection.execute("PRAGMA optimize", args![]).await?;
    }
    Ok(())
}
