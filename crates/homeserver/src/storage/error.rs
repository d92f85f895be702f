//! Why the database did not do what it was asked.

use std::{borrow::Cow, sync::Arc};

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
    /// A database that is to take a copy has been used.
    #[error("a server has used this database already: name one that is new")]
    InUse,
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

/// Of SQLite's result codes: another connection is in the way.
const BUSY: u32 = 5;

/// What keeps the database from working, and passes without our doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outage {
    /// It cannot be reached.
    Unreachable,
    /// The disk takes nothing more: it is full, or fails.
    Disk,
}

impl StorageError {
    /// Whether others were in the way, so that doing the same again at once may succeed.
    pub fn is_transient(&self) -> bool {
        match self.code().as_deref() {
            // Serialization failure, deadlock.
            Some("40001" | "40P01") => true,
            Some(code) if code.len() < 5 => code.parse::<u32>().is_ok_and(|code| code & 0xff == BUSY),
            _ => false,
        }
    }

    /// Whether nothing can be done until the database or its disk works again.
    pub fn outage(&self) -> Option<Outage> {
        let Self::Engine(error) = self else { return None };
        match &**error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Some(Outage::Unreachable),
            sqlx::Error::Database(_) => self.code().as_deref().and_then(outage_of_code),
            _ => None,
        }
    }

    /// What the engine calls the error.
    fn code(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Engine(error) => error.as_database_error()?.code(),
            _ => None,
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

/// [SQLSTATE] has five characters; SQLite's [result codes] are numbers, the lower byte of which is the kind.
///
/// [SQLSTATE]: https://www.postgresql.org/docs/current/errcodes-appendix.html
/// [result codes]: https://www.sqlite.org/rescode.html
fn outage_of_code(code: &str) -> Option<Outage> {
    const READ_ONLY: u32 = 8;
    const INPUT_OUTPUT: u32 = 10;
    const FULL: u32 = 13;
    const CANNOT_OPEN: u32 = 14;
    match code {
        // Disk full; input or output failed.
        "53100" | "58030" => Some(Outage::Disk),
        // Stopped, crashed, starting; more connections than it takes.
        "57P01" | "57P02" | "57P03" | "53300" => Some(Outage::Unreachable),
        _ if code.len() == 5 => code.starts_with("08").then_some(Outage::Unreachable),
        _ => match code.parse::<u32>().ok()? & 0xff {
            READ_ONLY | INPUT_OUTPUT | FULL | CANNOT_OPEN => Some(Outage::Disk),
            _ => None,
        },
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        Self::Engine(Arc::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::{Outage, outage_of_code};

    #[test]
    fn an_outage_is_told_from_a_mistake() {
        // SQLite: full, cannot write, cannot open, "constraint failed". PostgreSQL: full, stopped, "no such table".
        for (code, expected) in [
            ("13", Some(Outage::Disk)),
            ("778", Some(Outage::Disk)),
            ("14", Some(Outage::Disk)),
            ("1555", None),
            ("53100", Some(Outage::Disk)),
            ("57P01", Some(Outage::Unreachable)),
            ("08006", Some(Outage::Unreachable)),
            ("42P01", None),
            ("23505", None),
        ] {
            assert_eq!(outage_of_code(code), expected, "{code}");
        }
    }
}
