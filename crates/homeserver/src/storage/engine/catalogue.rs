//! What an engine says of its own tables.

use super::Dialect;
use crate::storage::{Connection, StorageError, args};

/// The names of the tables.
pub(in crate::storage) async fn tables(connection: &mut Connection) -> Result<Vec<String>, StorageError> {
    let sql = match connection.dialect() {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
        }
        Dialect::Postgres => {
            "SELECT table_name::text FROM information_schema.tables \
             WHERE table_schema = current_schema() ORDER BY table_name"
        }
    };
    connection.fetch_all(sql, args![]).await?.iter().map(|row| row.get(0)).collect()
}

/// The names of a table's columns, and their types.
pub(in crate::storage) async fn columns(
    connection: &mut Connection,
    table: &str,
) -> Result<Vec<(String, String)>, StorageError> {
    let sql = match connection.dialect() {
        Dialect::Sqlite => "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
        Dialect::Postgres => {
            "SELECT column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
        }
    };
    let rows = connection.fetch_all(sql, args![table]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// What an insert says that gives numbers which the engine would give itself.
pub(in crate::storage) fn overriding(connection: &Connection) -> &'static str {
    match connection.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => "OVERRIDING SYSTEM VALUE",
    }
}

/// Goes on giving numbers behind those that were given to it. SQLite does so by itself.
pub(in crate::storage) async fn go_on_counting(connection: &mut Connection) -> Result<(), StorageError> {
    if connection.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let sql = "SELECT table_name::text, column_name::text FROM information_schema.columns \
        WHERE table_schema = current_schema() AND is_identity = 'YES'";
    for row in connection.fetch_all(sql, args![]).await? {
        let (table, column): (String, String) = (row.get(0)?, row.get(1)?);
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), COALESCE(MAX({column}), 0) + 1, false) \
             FROM {table}"
        );
        connection.fetch_one(sql, args![]).await?;
    }
    Ok(())
}
