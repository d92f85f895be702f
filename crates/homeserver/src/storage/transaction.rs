//! What a unit of work holds in its hands.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use super::{
    Connection, News, StorageError, Stream, StreamPosition, Streams, announcement,
    engine::{self, Dialect},
    streams::Ticket,
};

/// A transaction. Statements are those of [`Connection`]; beyond them it hands out stream
/// positions and remembers whom to wake after the commit.
pub struct Transaction {
    connection: Connection,
    streams: Arc<Streams>,
    tickets: Vec<Ticket>,
    news: Vec<News>,
    after_commit: Vec<Box<dyn FnOnce() + Send>>,
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").field("news", &self.news).finish_non_exhaustive()
    }
}

/// How much a transaction had gathered when a unit began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    news: usize,
    after_commit: usize,
}

/// What is left to do after the commit.
pub(super) struct Aftermath {
    streams: Arc<Streams>,
    tickets: Vec<Ticket>,
    pub(super) news: Vec<News>,
    pub(super) after_commit: Vec<Box<dyn FnOnce() + Send>>,
}

impl Transaction {
    pub(super) fn new(connection: Connection, streams: Arc<Streams>) -> Self {
        Self { connection, streams, tickets: Vec::new(), news: Vec::new(), after_commit: Vec::new() }
    }

    /// Takes the next position of the stream for a row this transaction writes.
    pub async fn next_position(&mut self, stream: Stream) -> Result<StreamPosition, StorageError> {
        match self.connection.dialect() {
            Dialect::Sqlite => {
                let (position, ticket) = self.streams.take(stream);
                self.tickets.push(ticket);
                Ok(position)
            }
            Dialect::Postgres => {
                // Remembered before the sequence is asked: the ticket is settled even if it fails.
                let index = self.tickets.len();
                self.tickets.push(self.streams.expect(stream));
                let position = engine::next_in_sequence(&mut self.connection, stream).await?;
                let ticket = self.tickets.swap_remove(index);
                self.tickets.push(self.streams.taken(ticket, position));
                Ok(position)
            }
        }
    }

    /// The number of this process's run, for the `writer` column of stream rows.
    pub fn writer(&self) -> i64 {
        self.streams.writer()
    }

    /// Tells this to those who wait for it once this is committed.
    pub fn notify(&mut self, news: impl Into<News>) {
        self.news.push(news.into());
    }

    /// Does something in memory once this is committed, before anyone is woken.
    pub fn after_commit(&mut self, action: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(action));
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { news: self.news.len(), after_commit: self.after_commit.len() }
    }

    /// Forgets what a unit that failed had gathered. Its positions stay taken.
    pub(super) fn forget_since(&mut self, mark: Mark) {
        self.news.truncate(mark.news);
        self.after_commit.truncate(mark.after_commit);
    }

    /// Stores how far the streams have come, where the database does not count by itself.
    pub(super) async fn store_positions(&mut self) -> Result<(), StorageError> {
        if self.connection.dialect() == Dialect::Postgres {
            return Ok(());
        }
        for stream in Stream::ALL {
            if self.tickets.iter().any(|ticket| ticket.stream() == stream) {
                let last = self.streams.last(stream);
                engine::store_position(&mut self.connection, stream, last).await?;
            }
        }
        Ok(())
    }

    /// Tells the other processes, once this is committed, where there may be any.
    pub(super) async fn announce(&mut self) -> Result<(), StorageError> {
        if self.connection.dialect() == Dialect::Sqlite || (self.tickets.is_empty() && self.news.is_empty()) {
            return Ok(());
        }
        let positions: Vec<_> = self.tickets.iter().map(Ticket::place).collect();
        let broken = |_| StorageError::Column { column: "news".to_owned(), expected: "JSON" };
        let parts = announcement::encode(self.streams.writer(), &positions, &self.news).map_err(broken)?;
        engine::announce(&mut self.connection, parts).await
    }

    pub(super) fn into_parts(self) -> (Connection, Aftermath) {
        let aftermath = Aftermath {
            streams: self.streams,
            tickets: self.tickets,
            news: self.news,
            after_commit: self.after_commit,
        };
        (self.connection, aftermath)
    }
}

impl Drop for Aftermath {
    fn drop(&mut self) {
        self.settle();
    }
}

impl Aftermath {
    /// The transaction is over: its positions, which it answers, hold nobody back any longer.
    pub(super) fn settle(&mut self) -> Vec<(Stream, StreamPosition)> {
        self.streams.settle(&self.tickets);
        self.tickets.drain(..).map(|ticket| ticket.place()).collect()
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
