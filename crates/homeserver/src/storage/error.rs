//! Why the database did not do what it was asked.

use std::sync::Arc;

/// Why the database did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    /// The text names neither a SQLite file nor a PostgreSQL server.
    #[error("`{0}` names no database: write sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")]
    Location(String),
    /// The database has been migrated by a newer version of the homeserver.
    #[error(
        "the database was written by a newer version of Trellis (it has the migration `{0}`): \
         run that version, or restore a backup from before the update"
    )]
    Newer(String),
    /// The engine refused or could not be reached.
    #[error("the database failed")]
    Engine(#[source] Arc<sqlx::Error>),
    /// PostgreSQL has tools of its own for this, which know how to do it while it is written.
    #[error("back up PostgreSQL with pg_dump or its continuous archiving")]
    BackUpElsewhere,
    /// A row holds what this code does not understand.
    #[error("column `{column}` holds no {expected}")]
    Column {
        /// The name or number of the column.
        column: String,
        /// What was expected there.
        expected: &'static str,
    },
    /// The unit of work was given up: it panicked, or the homeserver is stopping.
    #[error("the write was abandoned")]
    Abandoned,
}

impl StorageError {
    /// Whether doing the same again may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Engine(error) => match &**error {
                // Serialization failure, deadlock; SQLite's "busy".
                sqlx::Error::Database(error) => {
                    matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
                }
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a text holds the one character that PostgreSQL's cannot.
    pub fn is_unstorable_text(&self) -> bool {
        matches!(self, Self::Engine(error)
            if error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("22021")))
    }

    /// Whether a unique key was taken already.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Engine(error)
            if error.as_database_error().is_some_and(|error| error.is_unique_violation()))
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        Self::Engine(Arc::new(error))
    }
}
