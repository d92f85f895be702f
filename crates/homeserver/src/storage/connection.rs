//! The small query interface that both engines share.

use std::{borrow::Cow, fmt::Write as _};

use sqlx::{
    AssertSqlSafe, Database, Encode, Executor as _, PgConnection, Postgres, Sqlite, SqliteConnection, Type,
    database::HasStatementCache, query::Query,
};

use super::{
    StorageError, Value,
    holding::Holding,
    pool::Lent,
    row::Row,
    sql::{Rendered, render},
};

/// A connection to the database. Statements are written once for both engines: parameters are
/// `$1`, `$2` …, lists stand for themselves as [`sql`](super::sql) says, upserts are `ON CONFLICT`, sums
/// are cast to `BIGINT`, and there are no functions of JSON or dates.
pub struct Connection {
    pub(super) inner: Inner,
    /// Why it does nothing more: after a full disk SQLite may have undone the transaction by itself, and what
    /// follows would be written outside of any.
    pub(super) failed: Option<StorageError>,
    #[expect(dead_code, reason = "it is let go of with the connection")]
    pub(super) holding: Option<Holding>,
}

pub(super) enum Inner {
    Sqlite(Lent<SqliteConnection>),
    Postgres(Lent<PgConnection>),
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Asks whichever engine it is: the same words for both, of different types.
macro_rules! ask {
    ($this:ident, $connection:ident => $question:expr) => {{
        if let Some(error) = &$this.failed {
            return Err(error.clone());
        }
        let answer = match &mut $this.inner {
            Inner::Sqlite(lent) => {
                let $connection = lent.ask();
                $question.await.inspect(|_| lent.answered())
            }
            Inner::Postgres(lent) => {
                let $connection = lent.ask();
                $question.await.inspect(|_| lent.answered())
            }
        };
        answer.map_err(|error: sqlx::Error| $this.note(error))
    }};
}

impl Connection {
    pub(super) fn new(inner: Inner, holding: Option<Holding>) -> Self {
        Self { inner, failed: None, holding }
    }

    /// Runs a statement and says how many rows it touched.
    pub async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<u64, StorageError> {
        let statement = self.render(sql, values);
        ask!(self, connection => async {
            connection.execute(query(statement)).await.map(|done| done.rows_affected())
        })
    }

    /// Every row of the answer.
    pub async fn fetch_all(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StorageError> {
        let statement = self.render(sql, values);
        ask!(self, connection => async {
            connection.fetch_all(query(statement)).await.map(|rows| rows.into_iter().map(Row::from).collect())
        })
    }

    /// The first row of the answer, if there is one.
    pub async fn fetch_optional(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StorageError> {
        let statement = self.render(sql, values);
        ask!(self, connection => async {
            connection.fetch_optional(query(statement)).await.map(|row| row.map(Row::from))
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
        ask!(self, connection => async { connection.execute(script).await.map(|_| ()) })
    }

    /// Takes in that a statement failed.
    fn note(&mut self, error: sqlx::Error) -> StorageError {
        let error = StorageError::from(error);
        if error.outage().is_some() {
            self.failed = Some(error.clone());
        }
        error
    }

    fn render(&self, sql: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Rendered {
        let statement = render(sql.into(), values, self.dialect());
        #[cfg(test)]
        super::statements::see(&statement.sql);
        statement
    }
}

/// A statement with its values, as the engine `D` takes it.
type Bound<D> = Query<'static, D, <D as Database>::Arguments>;

fn query<D>(statement: Rendered) -> Bound<D>
where
    D: TakesLists,
    Option<i64>: Encode<'static, D> + Type<D>,
    Option<String>: Encode<'static, D> + Type<D>,
    Option<Vec<u8>>: Encode<'static, D> + Type<D>,
{
    let query = sqlx::query(AssertSqlSafe(statement.sql)).persistent(statement.persistent);
    statement.values.into_iter().fold(query, |query, value| match value {
        Value::Integer(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
        Value::Texts(list) => D::bind_texts(query, list),
        Value::Integers(list) => D::bind_integers(query, list),
    })
}

/// What an engine does with a list.
trait TakesLists: Database + HasStatementCache {
    fn bind_texts(query: Bound<Self>, list: Vec<String>) -> Bound<Self>;

    fn bind_integers(query: Bound<Self>, list: Vec<i64>) -> Bound<Self>;
}

impl TakesLists for Postgres {
    fn bind_texts(query: Bound<Self>, list: Vec<String>) -> Bound<Self> {
        query.bind(list)
    }

    fn bind_integers(query: Bound<Self>, list: Vec<i64>) -> Bound<Self> {
        query.bind(list)
    }
}

/// Lists are JSON by then.
impl TakesLists for Sqlite {
    fn bind_texts(query: Bound<Self>, _: Vec<String>) -> Bound<Self> {
        query.bind(None::<i64>)
    }

    fn bind_integers(query: Bound<Self>, _: Vec<i64>) -> Bound<Self> {
        query.bind(None::<i64>)
    }
}

/// `($2, $3, $4)`: `count` parameters from the `first` on.
fn in_list(first: usize, count: usize) -> String {
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
