//! Keeps the words of events once they are committed. Whoever searches waits for what was not looked
//! at yet, so that what was said a moment ago is found.

use std::time::Duration;

use super::{Search, text};
use crate::{
    MatrixError, Result,
    service::{
        rooms::Pdu,
        timeline::{StoredEvent, event::columns},
    },
    storage::{Stream, StreamPosition, Transaction, WriteKey, args, rows_list},
};

/// The most events whose words are written at once.
const BATCH: i64 = 256;
/// How long it waits for more: nobody searches for what was just said, and who does looks for it.
const GATHER: Duration = Duration::from_secs(2);
/// More events than this are not looked at while someone waits.
const MUCH: StreamPosition = 5_000;
/// How long it rests after the database failed.
const REST: Duration = Duration::from_secs(5);
/// How many rows go into one statement.
const ROWS: usize = 150;

const KEY: WriteKey = WriteKey::Server("search");

/// What is written of an event.
struct Entry {
    room_id: String,
    position: StreamPosition,
    kind: i64,
    /// Each word and how much of the text it is.
    words: Vec<(String, i64)>,
}

impl Search {
    /// Follows the events for ever.
    pub(super) async fn follow(&self) {
        let mut events = self.storage.streams().watch(Stream::Events);
        loop {
            if let Err(error) = self.catch_up().await {
                tracing::error!(?error, "words could not be kept");
                tokio::time::sleep(REST).await;
                continue;
            }
            if events.changed().await.is_err() {
                return;
            }
            tokio::time::sleep(GATHER).await;
        }
    }

    /// Looks at what is not looked at yet, unless that is so much that nobody would wait for it, as after
    /// an update: then what is known already has to do.
    pub(super) async fn look_at_the_newest(&self) -> Result<()> {
        let now = self.storage.streams().current(Stream::Events);
        let sql = "SELECT position FROM follower_positions WHERE name = 'search'";
        let followed: StreamPosition = self.storage.read().await?.fetch_one(sql, args![]).await?.get(0)?;
        if now - followed <= MUCH { self.catch_up().await } else { Ok(()) }
    }

    /// Looks at everything there is.
    pub(super) async fn catch_up(&self) -> Result<()> {
        while self.step().await? {}
        Ok(())
    }

    /// Looks at the next events; says whether there may be more.
    async fn step(&self) -> Result<bool> {
        let now = self.storage.streams().current(Stream::Events);
        let mut connection = self.storage.read().await?;
        let sql = "SELECT position FROM follower_positions WHERE name = 'search'";
        let followed: StreamPosition = connection.fetch_one(sql, args![]).await?.get(0)?;
        if followed >= now {
            return Ok(false);
        }
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM events event WHERE event.position > $1 AND event.position <= $2 ORDER BY event.position LIMIT $3"
        );
        let rows = connection.fetch_all(sql, args![followed, now, BATCH]).await?;
        drop(connection);
        let events: Vec<StoredEvent> = rows.iter().map(StoredEvent::from_row).collect::<Result<_, _>>()?;
        let full = i64::try_from(events.len()).is_ok_and(|count| count == BATCH);
        let reached = events.last().filter(|_| full).map_or(now, |event| event.position);
        let entries: Vec<Entry> = events.iter().filter_map(entry).collect();
        let redacted: Vec<String> = events.iter().filter_map(redacted).collect();
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE follower_positions SET position = $2 WHERE name = 'search' AND position = $1";
                    if transaction.execute(sql, args![followed, reached]).await? == 1 {
                        store(transaction, entries).await?;
                        forget(transaction, redacted).await?;
                    }
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        Ok(true)
    }
}

fn entry(event: &StoredEvent) -> Option<Entry> {
    if event.redacted_by.is_some() {
        return None;
    }
    let (kind, text) = text::searched(event)?;
    let (words, count) = text::words(&text);
    let words = words.into_iter().map(|(word, times)| (word, weight(times, count))).collect();
    Some(Entry { room_id: event.room_id.to_string(), position: event.position, kind: kind as i64, words })
}

/// How much of a text a word is: more where it is said more often, and in fewer words.
fn weight(times: usize, count: usize) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a few thousand words at most, and a rough measure"
    )]
    let weight = (1000.0 * (1.0 + (times as f64).ln()) / (count.max(1) as f64).sqrt()) as i64;
    weight
}

/// What a redaction takes back.
fn redacted(event: &StoredEvent) -> Option<String> {
    if event.event_type != "m.room.redaction" {
        return None;
    }
    let pdu = Pdu::parse(event.event_id.clone(), event.room_id.clone(), event.json.clone()).ok()?;
    pdu.redacts().map(|event_id| event_id.to_string())
}

async fn store(transaction: &mut Transaction, entries: Vec<Entry>) -> Result<()> {
    let rows: Vec<_> = entries
        .iter()
        .flat_map(|entry| entry.words.iter().map(move |(word, weight)| (entry, word.as_str(), *weight)))
        .collect();
    for rows in rows.chunks(ROWS) {
        let sql = format!(
            "INSERT INTO search_words (word, room_id, position, kind, weight) VALUES {} ON CONFLICT DO NOTHING",
            rows_list(rows.len(), 5)
        );
        let values = rows
            .iter()
            .flat_map(|(entry, word, weight)| args![*word, entry.room_id.as_str(), entry.position, entry.kind, *weight])
            .collect();
        transaction.execute(sql, values).await?;
    }
    Ok(())
}

async fn forget(transaction: &mut Transaction, events: Vec<String>) -> Result<()> {
    for event_id in events {
        let sql = concat!("SELECT ", columns!(), " FROM events event WHERE event.event_id = $1");
        let Some(row) = transaction.fetch_optional(sql, args![event_id]).await? else { continue };
        let event = StoredEvent::from_row(&row)?;
        // Its words are known no longer, but where they stood is.
        let sql = "DELETE FROM search_words WHERE position = $1";
        transaction.execute(sql, args![event.position]).await?;
    }
    Ok(())
}
