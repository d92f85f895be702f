//! The small query interface that both engines share.

use std::{borrow::Cow, fmt::Write as _};

use sqlx::{
    AssertSqlSafe, Executor as _, PgConnection, Postgres, Sqlite, SqliteConnection, pool::PoolConnection,
    postgres::PgArguments, query::Query, sqlite::SqliteArguments,
};

use super::{
    StorageError, Value,
    holding::Holding,
    row::{Inner as InnerRow, Row},
};

/// A connection to the database. Statements are written once for both engines: parameters are
/// `$1`, `$2` …, upserts are `ON CONFLICT`, sums are cast to `BIGINT`, and there are no functions
/// of JSON or dates.
pub struct Connection {
    pub(super) inner: Inner,
    /// Why it does nothing more: after a full disk SQLite may have undone the transaction by itself, and what
    /// follows would be written outside of any.
    pub(super) failed: Option<StorageError>,
    #[expect(dead_code, reason = "it is let go of with the connection")]
    pub(super) holding: Option<Holding>,
}

pub(super) enum Inner {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    /// Rolls back when it is dropped before the commit.
    PostgresTransaction(sqlx::Transaction<'static, Postgres>),
}

pub(super) enum Engine<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn new(inner: Inner, holding: Option<Holding>) -> Self {
        Self { inner, failed: None, holding }
    }

    pub(super) fn engine(&mut self) -> Engine<'_> {
        match &mut self.inner {
            Inner::Sqlite(connection) => Engine::Sqlite(connection),
            Inner::Postgres(connection) => Engine::Postgres(connection),
            Inner::PostgresTransaction(transaction) => Engine::Postgres(transaction),
        }
    }

    /// Runs a statement and says how many rows it touched.
    pub async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<u64, StorageError> {
        let sql = self.begin(sql.into())?;
        let result = match self.engine() {
            Engine::Sqlite(connection) => {
                connection.execute(sqlite_query(sql, values)).await.map(|done| done.rows_affected())
            }
            Engine::Postgres(connection) => {
                connection.execute(postgres_query(sql, values)).await.map(|done| done.rows_affected())
            }
        };
        self.end(result)
    }

    /// Every row of the answer.
    pub async fn fetch_all(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StorageError> {
        let sql = self.begin(sql.into())?;
        let result = match self.engine() {
            Engine::Sqlite(connection) => {
                let rows = connection.fetch_all(sqlite_query(sql, values)).await;
                rows.map(|rows| rows.into_iter().map(|row| Row(InnerRow::Sqlite(row))).collect())
            }
            Engine::Postgres(connection) => {
                let rows = connection.fetch_all(postgres_query(sql, values)).await;
                rows.map(|rows| rows.into_iter().map(|row| Row(InnerRow::Postgres(row))).collect())
            }
        };
        self.end(result)
    }

    /// The first row of the answer, if there is one.
    pub async fn fetch_optional(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StorageError> {
        let sql = self.begin(sql.into())?;
        let result = match self.engine() {
            Engine::Sqlite(connection) => {
                let row = connection.fetch_optional(sqlite_query(sql, values)).await;
                row.map(|row| row.map(|row| Row(InnerRow::Sqlite(row))))
            }
            Engine::Postgres(connection) => {
                let row = connection.fetch_optional(postgres_query(sql, values)).await;
                row.map(|row| row.map(|row| Row(InnerRow::Postgres(row))))
            }
        };
        self.end(result)
    }

    fn begin(&self, sql: Cow<'static, str>) -> Result<Cow<'static, str>, StorageError> {
        #[cfg(test)]
        super::statements::see(&sql);
        self.failed.clone().map_or(Ok(sql), Err)
    }

    fn end<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, StorageError> {
        result.map_err(|error| {
            let error = StorageError::from(error);
            if error.outage().is_some() {
                self.failed = Some(error.clone());
            }
            error
        })
    }

    /// The first row of an answer that always has one.
    pub async fn fetch_one(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Row, StorageError> {
        self.fetch_optional(sql, values).await?.ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    /// Runs several statements without parameters.
    pub(super) async fn execute_script(&mut self, sql: String) -> Result<(), StorageError> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match self.engine() {
            Engine::Sqlite(connection) => connection.execute(script).await.map(|_| ())?,
            Engine::Postgres(connection) => connection.execute(script).await.map(|_| ())?,
        }
        Ok(())
    }
}

fn sqlite_query(sql: Cow<'static, str>, values: Vec<Value>) -> Query<'static, Sqlite, SqliteArguments> {
    // Statements made at run time are not kept prepared: their texts would never end.
    let persistent = matches!(sql, Cow::Borrowed(_));
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(persistent);
    for value in values {
        query = match value {
            Value::Integer(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        };
    }
    query
}

fn postgres_query(sql: Cow<'static, str>, values: Vec<Value>) -> Query<'static, Postgres, PgArguments> {
    // Statements made at run time are not kept prepared: their texts would never end.
    let persistent = matches!(sql, Cow::Borrowed(_));
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(persistent);
    for value in values {
        query = match value {
            Value::Integer(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        };
    }
    query
}

/// `($2, $3, $4)`: the parameters of an `IN`, `count` of them from the `first` on.
pub fn in_list(first: usize, count: usize) -> String {
    let mut list = String::from("(");
    for number in first..first + count {
        if number > first {
            list.push_str(", ");
        }
        // Writing to a string cannot fail.
        let _: std::fmt::Result = write!(list, "${number}");
    }
    list.push(')');
    list
}

/// `($1, $2), ($3, $4)`: the parameters of an `INSERT … VALUES` of several rows.
pub fn rows_list(rows: usize, columns: usize) -> String {
    (0..rows).map(|row| in_list(row * columns + 1, columns)).collect::<Vec<_>>().join(", ")
}
