//! Copies a whole database into one that is new, of either engine: how a server moves between SQLite and PostgreSQL.
//!
//! Tables are copied by what the schema says of them, since both engines have the same columns of three types. Stream
//! positions and numbers go on where they were, so clients go on with their tokens.

use futures::{StreamExt as _, stream::BoxStream};
use sqlx::{AssertSqlSafe, Executor as _};

use super::{
    Connection, DatabaseLocation, Row, Storage, StorageError, Value, args,
    connection::{Inner, rows_list},
    engine::{self, Database, catalogue},
    migrations,
};

/// The most parameters of an insert: SQLite looks for each among all.
const PARAMETERS: usize = 240;

/// What is made for the new database by itself.
const OWN: [&str; 2] = ["migrations", "streams"];

/// A column, and what its values are.
struct Column {
    name: String,
    kind: Kind,
}

enum Kind {
    Integer,
    Text,
    Bytes,
}

impl Storage {
    /// Copies everything, as it is at one moment, into a database that has been used by nobody; answers how many rows
    /// that are. All of it is there in the end, or nothing.
    pub async fn copy_to(&self, location: &DatabaseLocation) -> Result<u64, StorageError> {
        let mut source = self.0.database.begin_reading().await?;
        let mut target = Database::open(location).await?.begin_exclusive().await?;
        migrations::run(&mut target).await?;
        if target.fetch_optional("SELECT 1 FROM writers", args![]).await?.is_some() {
            return Err(StorageError::InUse);
        }
        let mut copied = 0;
        for table in catalogue::tables(&mut target).await? {
            if !OWN.contains(&table.as_str()) {
                let rows = copy_table(&mut source, &mut target, &table).await?;
                tracing::info!(table, rows, "copied");
                copied += rows;
            }
        }
        catalogue::go_on_counting(&mut target).await?;
        let positions = engine::positions(&mut source).await?;
        engine::load_streams(&mut target, 0).await?;
        engine::set_positions(&mut target, positions).await?;
        target.commit().await?;
        Ok(copied)
    }
}

async fn copy_table(source: &mut Connection, target: &mut Connection, table: &str) -> Result<u64, StorageError> {
    let columns = columns(target, table).await?;
    let names = columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
    let (mut rows, mut copied) = (source.rows(format!("SELECT {names} FROM {table}")), 0);
    // Migrations have put rows there.
    target.execute(format!("DELETE FROM {table}"), args![]).await?;
    let insert = format!("INSERT INTO {table} ({names}) {} VALUES ", catalogue::overriding(target));
    let mut values = Vec::new();
    while let Some(row) = rows.next().await {
        let row = row?;
        for (index, column) in columns.iter().enumerate() {
            values.push(column.kind.read(&row, index)?);
        }
        copied += 1;
        if values.len() + columns.len() > PARAMETERS {
            write(target, &insert, &mut values, columns.len()).await?;
        }
    }
    write(target, &insert, &mut values, columns.len()).await?;
    Ok(copied)
}

async fn write(
    target: &mut Connection,
    insert: &str,
    values: &mut Vec<Value>,
    columns: usize,
) -> Result<(), StorageError> {
    if values.is_empty() {
        return Ok(());
    }
    let values = std::mem::take(values);
    let sql = format!("{insert}{}", rows_list(values.len() / columns, columns));
    target.execute(sql, values).await?;
    Ok(())
}

async fn columns(connection: &mut Connection, table: &str) -> Result<Vec<Column>, StorageError> {
    let mut columns = Vec::new();
    for (name, kind) in catalogue::columns(connection, table).await? {
        let kind = match kind.to_ascii_lowercase().as_str() {
            "integer" | "bigint" => Kind::Integer,
            "text" => Kind::Text,
            "blob" | "bytea" => Kind::Bytes,
            _ => return Err(StorageError::Column { column: name, expected: "number, text or bytes" }),
        };
        columns.push(Column { name, kind });
    }
    Ok(columns)
}

impl Kind {
    fn read(&self, row: &Row, index: usize) -> Result<Value, StorageError> {
        Ok(match self {
            Self::Integer => Value::Integer(row.get(index)?),
            Self::Text => Value::Text(row.get(index)?),
            Self::Bytes => Value::Bytes(row.get(index)?),
        })
    }
}

impl Connection {
    /// The rows of an answer that may be too long to be held at once.
    fn rows(&mut self, sql: String) -> BoxStream<'_, Result<Row, StorageError>> {
        let sql = AssertSqlSafe(sql);
        match &mut self.inner {
            Inner::Sqlite(lent) => lent.ask().fetch(sqlx::query(sql)).map(|row| Ok(Row::from(row?))).boxed(),
            Inner::Postgres(lent) => lent.ask().fetch(sqlx::query(sql)).map(|row| Ok(Row::from(row?))).boxed(),
        }
    }
}
