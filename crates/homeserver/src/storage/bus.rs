//! Hears what other processes on the same PostgreSQL have committed.
//!
//! It carries no state that the database does not: when the connection was lost, and with it what was said
//! meanwhile, positions are read from the database and everyone who waits looks for themselves.

use std::{collections::HashMap, sync::Arc, time::Duration};

use sqlx::postgres::PgListener;
use tokio::task::JoinHandle;

use super::{
    Connection, News, Notifier, StorageError, Stream, StreamPosition, Streams,
    announcement::Announcement,
    engine::Database,
    held::Held,
    words::{self, Mouth, Words},
};

/// How long it waits before it asks again whether old transactions are over, or for a connection.
const PAUSE: Duration = Duration::from_millis(25);

/// The channel of the notifications; each database has its own.
pub(super) const CHANNEL: &str = "trellis";

/// What the bus moves.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) database: Database,
    pub(super) streams: Arc<Streams>,
    pub(super) held: Arc<Held>,
    pub(super) notifier: Arc<dyn Notifier>,
    pub(super) words: Words,
}

/// The tasks that listen; they end with this.
#[derive(Debug)]
pub(super) struct Bus(Vec<JoinHandle<()>>);

impl Drop for Bus {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Bus {
    pub(super) fn start(listener: PgListener, shared: Shared, mouth: Mouth) -> Self {
        let gaps = tokio::spawn(close_gaps(shared.clone()));
        let speaking = tokio::spawn(mouth.speak(shared.database.clone()));
        Self(vec![tokio::spawn(listen(listener, shared)), gaps, speaking])
    }
}

/// What a transaction has said so far, by the process that wrote it.
type Parts = HashMap<i64, (Vec<(Stream, StreamPosition)>, Vec<News>)>;

async fn listen(mut listener: PgListener, shared: Shared) {
    let mut parts = Parts::new();
    loop {
        match listener.try_recv().await {
            Ok(Some(notification)) if notification.channel() == words::CHANNEL => {
                shared.words.listen(notification.payload());
            }
            Ok(Some(notification)) => hear(&shared, &mut parts, notification.payload()),
            missed => {
                if let Err(error) = missed {
                    tracing::warn!(%error, "the database does not tell what other processes write");
                    tokio::time::sleep(PAUSE).await;
                }
                parts.clear();
                if let Err(error) = catch_up(&shared).await {
                    tracing::warn!(?error, "the positions of the streams cannot be read");
                }
            }
        }
    }
}

fn hear(shared: &Shared, parts: &mut Parts, payload: &str) {
    let part: Announcement = match serde_json::from_str(payload) {
        Ok(part) => part,
        Err(error) => return tracing::error!(%error, "another process says what cannot be understood"),
    };
    if part.writer == shared.streams.writer() {
        return;
    }
    let (positions, news) = parts.entry(part.writer).or_default();
    positions.extend(part.positions);
    news.extend(part.news);
    if part.end {
        let (positions, news) = parts.remove(&part.writer).unwrap_or_default();
        shared.streams.hear(&positions);
        shared.held.add(positions, news);
        shared.notifier.publish(&shared.held.take_visible(&shared.streams));
    }
}

/// Learns from the database how far the streams have come, and has everyone look.
async fn catch_up(shared: &Shared) -> Result<(), StorageError> {
    let mut connection = shared.database.acquire().await?;
    let positions = super::engine::positions(&mut connection).await?;
    shared.words.miss(words_missed(&mut connection).await?);
    for stream in Stream::ALL {
        shared.streams.reach(stream, positions[stream as usize]);
    }
    drop(connection);
    shared.notifier.lost();
    Ok(())
}

/// The last word that may have been said by now.
pub(super) async fn words_missed(connection: &mut Connection) -> Result<u64, StorageError> {
    let (_, next) = super::engine::snapshot(connection).await?;
    Ok(u64::try_from(next - 1).unwrap_or_default())
}

/// Positions that nobody speaks of were given up: once every transaction has ended that ran when they were
/// missed first, they will not come any more.
async fn close_gaps(shared: Shared) {
    let mut gapped = shared.streams.watch_gaps();
    loop {
        let missing = shared.streams.missing();
        if missing.is_empty() {
            if gapped.changed().await.is_err() {
                return;
            }
            continue;
        }
        if let Err(error) = wait_for_transactions(&shared).await {
            tracing::warn!(?error, "the transactions under way cannot be asked for");
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        shared.streams.give_up(&missing);
        shared.notifier.publish(&shared.held.take_visible(&shared.streams));
    }
}

/// Waits until every transaction has ended that is under way.
pub(super) async fn wait_for_transactions(shared: &Shared) -> Result<(), StorageError> {
    let (_, next) = super::engine::snapshot(&mut shared.database.acquire().await?).await?;
    loop {
        // Most are over before anyone asks.
        tokio::time::sleep(PAUSE).await;
        let (oldest, _) = super::engine::snapshot(&mut shared.database.acquire().await?).await?;
        if oldest >= next {
            return Ok(());
        }
    }
}
