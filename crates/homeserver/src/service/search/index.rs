//! Keeps the words of events once they are committed. Whoever searches waits for what was not looked
//! at yet, so that what was said a moment ago is found.

use std::time::Duration;

use super::{Search, text};
use crate::{
    Result,
    service::{
        follower::REST,
        timeline::{StoredEvent, event::columns},
    },
    storage::{StreamPosition, Transaction, args, texts},
};

/// How long it waits for more: nobody searches for what was just said, and who does looks for it.
const GATHER: Duration = Duration::from_secs(2);
/// More events than this are not looked at while someone waits.
const MUCH: StreamPosition = 5_000;
/// How many rows go into one statement.
const ROWS: usize = 1_000;

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
        loop {
            match self.catch_up().await {
                Ok(followed) => {
                    if !self.follower.gather(followed, GATHER, StreamPosition::MAX).await {
                        return;
                    }
                }
                Err(error) => {
                    tracing::error!(?error, "words could not be kept");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    /// Looks at what is not looked at yet, unless that is so much that nobody would wait for it, as after
    /// an update: then what is known already has to do.
    pub(super) async fn look_at_the_newest(&self) -> Result<()> {
        if self.follower.now() - self.follower.position().await? <= MUCH {
            self.catch_up().await?;
        }
        Ok(())
    }

    /// Looks at everything there is; answers up to where.
    pub(super) async fn catch_up(&self) -> Result<StreamPosition> {
        loop {
            let followed = self.follower.position().await?;
            let Some(batch) = self.follower.next_after(followed).await? else { return Ok(followed) };
            let entries: Vec<Entry> = batch.events.iter().filter_map(|event| entry(event)).collect();
            let redacted: Vec<String> =
                batch.events.iter().filter_map(|event| Some(event.redacts()?.to_string())).collect();
            let moved = self.follower.advance(&batch, move |transaction| {
                Box::pin(async move {
                    store(transaction, &entries).await?;
                    forget(transaction, redacted).await
                })
            });
            moved.await?;
        }
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

async fn store(transaction: &mut Transaction, entries: &[Entry]) -> Result<()> {
    let rows: Vec<_> = entries.iter().flat_map(|entry| entry.words.iter().map(move |word| (entry, word))).collect();
    let sql = "INSERT INTO search_words (word, room_id, position, kind, weight) {rows 1 2 3 4 5} \
        ON CONFLICT DO NOTHING";
    for rows in rows.chunks(ROWS) {
        let values = args![
            texts(rows.iter().map(|(_, (word, _))| word)),
            texts(rows.iter().map(|(entry, _)| &entry.room_id)),
            rows.iter().map(|(entry, _)| entry.position).collect::<Vec<_>>(),
            rows.iter().map(|(entry, _)| entry.kind).collect::<Vec<_>>(),
            rows.iter().map(|(_, (_, weight))| *weight).collect::<Vec<_>>(),
        ];
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
