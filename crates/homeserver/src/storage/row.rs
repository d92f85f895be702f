//! A row of an answer, and what its columns can be read as.

use std::fmt;

use ruma::{OwnedDeviceId, OwnedEventId, OwnedRoomAliasId, OwnedRoomId, OwnedTransactionId, OwnedUserId};
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

use super::StorageError;

/// A row of an answer.
pub struct Row(Inner);

enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of the column of this number, counted from 0 in the order of the `SELECT`.
    pub fn get<T: FromColumn>(&self, column: usize) -> Result<T, StorageError> {
        T::from_column(self, column)
    }
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self(Inner::Sqlite(row))
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self(Inner::Postgres(row))
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").finish_non_exhaustive()
    }
}

/// What a column can be read as.
pub trait FromColumn: Sized {
    /// Reads the column of this number.
    fn from_column(row: &Row, column: usize) -> Result<Self, StorageError>;
}

macro_rules! native {
    ($($kind:ty),*) => {$(
        impl FromColumn for $kind {
            fn from_column(row: &Row, column: usize) -> Result<Self, StorageError> {
                Ok(match &row.0 {
                    Inner::Sqlite(row) => row.try_get(column)?,
                    Inner::Postgres(row) => row.try_get(column)?,
                })
            }
        }
    )*};
}

native!(i64, Option<i64>, String, Option<String>, Vec<u8>, Option<Vec<u8>>);

impl FromColumn for bool {
    fn from_column(row: &Row, column: usize) -> Result<Self, StorageError> {
        Ok(i64::from_column(row, column)? != 0)
    }
}

macro_rules! identifiers {
    ($($kind:ty, $name:literal;)*) => {$(
        impl FromColumn for $kind {
            fn from_column(row: &Row, column: usize) -> Result<Self, StorageError> {
                String::from_column(row, column)?.try_into().map_err(|_| StorageError::Column {
                    column: column.to_string(),
                    expected: $name,
                })
            }
        }

        impl FromColumn for Option<$kind> {
            fn from_column(row: &Row, column: usize) -> Result<Self, StorageError> {
                let Some(text) = Option::<String>::from_column(row, column)? else {
                    return Ok(None);
                };
                text.try_into().map(Some).map_err(|_| StorageError::Column {
                    column: column.to_string(),
                    expected: $name,
                })
            }
        }
    )*};
}

identifiers! {
    OwnedEventId, "event ID";
    OwnedRoomAliasId, "room alias";
    OwnedRoomId, "room ID";
    OwnedUserId, "user ID";
}

macro_rules! opaque_identifiers {
    ($($kind:ty),*) => {$(
        impl FromColumn for $kind {
            fn from_column(row: &Row, column: usize) -> Result<Self, StorageError> {
                Ok(String::from_column(row, column)?.into())
            }
        }

        impl FromColumn for Option<$kind> {
            fn from_column(row: &Row, column: usize) -> Result<Self, StorageError> {
                Ok(Option::<String>::from_column(row, column)?.map(Into::into))
            }
        }
    )*};
}

opaque_identifiers!(OwnedDeviceId, OwnedTransactionId);
