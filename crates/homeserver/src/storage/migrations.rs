//! The schema's history: named, forward only, recorded in the database.
//!
//! To add one, put `NNNN_name.sql` into `migrations/` and a line below. A migration that has been
//! released is never changed. Types are written as `{bigint}`, `{text}`, `{blob}` and `{identity}`;
//! `{clustered}` follows a table of little more than its key.

use std::collections::BTreeSet;

use super::{Connection, StorageError, args, engine};

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("migrations/", $name, ".sql")))),*]
    };
}

// One to a line, so that two that are added at once do not stand in each other's way.
#[rustfmt::skip]
const MIGRATIONS: &[(&str, &str)] = migrations![
    "0001_storage",
    "0002_accounts",
    "0003_rooms",
    "0004_sync",
    "0005_media",
    "0006_user_directory",
    "0007_notable_events",
    "0008_sliding_connections",
    "0010_relations",
    "0011_room_jobs",
    "0020_uiaa_requests",
    "0021_key_backups",
    "0022_media_keeping",
    "0023_pushers",
    "0024_search",
    "0025_sessions",
    "0030_registrations",
    "0031_erased_users",
    "0032_pusher_badges",
];

/// Brings the database up to this binary, within the transaction given.
pub(super) async fn run(connection: &mut Connection) -> Result<(), StorageError> {
    run_these(connection, MIGRATIONS).await
}

/// The last migration of a database that lacks some; nothing for one that is new or up to date.
pub(super) async fn outdated(connection: &mut Connection) -> Result<Option<String>, StorageError> {
    let sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'";
    if connection.fetch_optional(sql, args![]).await?.is_none() {
        return Ok(None);
    }
    let rows = connection.fetch_all("SELECT name FROM migrations ORDER BY name", args![]).await?;
    let applied = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, _>>()?;
    let lacks = MIGRATIONS.iter().any(|(name, _)| !applied.iter().any(|applied| applied == name));
    Ok(applied.into_iter().next_back().filter(|_| lacks))
}

/// The first migrations only, as an older version had them.
#[cfg(test)]
pub(super) async fn run_first(connection: &mut Connection, count: usize) -> Result<(), StorageError> {
    run_these(connection, &MIGRATIONS[..count]).await
}

async fn run_these(
    connection: &mut Connection,
    migrations: &[(&'static str, &'static str)],
) -> Result<(), StorageError> {
    let dialect = connection.dialect();
    let table = "CREATE TABLE IF NOT EXISTS migrations (name {text} NOT NULL PRIMARY KEY)";
    connection.execute_script(engine::translate(table, dialect)).await?;

    let mut applied = BTreeSet::new();
    for row in connection.fetch_all("SELECT name FROM migrations ORDER BY name", args![]).await? {
        applied.insert(row.get::<String>(0)?);
    }
    let known = |name: &String| migrations.iter().any(|(known, _)| known == name);
    if let Some(unknown) = applied.iter().find(|name| !known(name)) {
        return Err(StorageError::Newer(unknown.clone()));
    }

    let is_new = applied.is_empty();
    if is_new {
        tracing::info!("making the database");
    }
    for (name, sql) in migrations {
        if !applied.contains(*name) {
            if !is_new {
                tracing::info!(name, "migrating the database");
            }
            connection.execute_script(engine::translate(sql, dialect)).await?;
            connection.execute("INSERT INTO migrations (name) VALUES ($1)", args![*name]).await?;
        }
    }
    Ok(())
}
