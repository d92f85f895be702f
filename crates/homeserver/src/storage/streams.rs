//! The append-only streams of changes, and how far each can be read.
//!
//! A position is taken in the transaction that makes the fact, so positions become visible out of
//! order. What a reader may use as "now" is therefore not the last position handed out but the
//! highest below which every one is settled, committed or given up: otherwise a reader would step
//! over a change that is committed a moment later, for ever.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// A stream. Its name is stored: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Events of rooms, and with them state and memberships.
    Events,
    /// Receipts and read markers.
    Receipts,
    /// Account data, global and of rooms.
    AccountData,
    /// Messages from device to device.
    ToDevice,
    /// Changes of users' devices and keys.
    DeviceLists,
}

impl Stream {
    /// Every stream.
    pub const ALL: [Self; 5] = [Self::Events, Self::Receipts, Self::AccountData, Self::ToDevice, Self::DeviceLists];

    /// The stored name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Receipts => "receipts",
            Self::AccountData => "account_data",
            Self::ToDevice => "to_device",
            Self::DeviceLists => "device_lists",
        }
    }
}

/// A place in a stream; the first is 1.
pub type StreamPosition = i64;

/// The positions of all streams, as this process knows them.
#[derive(Debug)]
pub struct Streams {
    writer: i64,
    trackers: [Mutex<Tracker>; Stream::ALL.len()],
    /// Says of each stream that it has moved.
    moved: [watch::Sender<()>; Stream::ALL.len()],
    /// Says that positions were skipped.
    gapped: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Tracker {
    /// The highest position handed out, as far as this process knows.
    last: StreamPosition,
    last_ticket: u64,
    /// A lower bound of each position that is not settled, with its ticket.
    in_flight: BTreeSet<(StreamPosition, u64)>,
    /// Positions that were handed out to other processes, and of which nothing was heard yet.
    missing: BTreeSet<StreamPosition>,
}

/// A position that is handed out and not settled.
#[derive(Debug)]
pub(super) struct Ticket {
    stream: Stream,
    position: StreamPosition,
    number: u64,
}

impl Streams {
    pub(super) fn new(writer: i64, positions: [StreamPosition; Stream::ALL.len()]) -> Self {
        let trackers = positions.map(|last| Mutex::new(Tracker { last, ..Tracker::default() }));
        Self {
            writer,
            trackers,
            moved: std::array::from_fn(|_| watch::Sender::new(())),
            gapped: watch::Sender::new(()),
        }
    }

    /// Tells of every move of a stream, for work that follows it after the fact.
    pub fn watch(&self, stream: Stream) -> watch::Receiver<()> {
        self.moved[stream as usize].subscribe()
    }

    /// The number of this process's run, which its rows carry. Positions of streams that live in
    /// memory only hold for one run.
    pub fn writer(&self) -> i64 {
        self.writer
    }

    /// The highest position up to which everything is there to be read.
    pub fn current(&self, stream: Stream) -> StreamPosition {
        let tracker = self.tracker(stream);
        let own = tracker.in_flight.first().map(|(position, _)| position - 1);
        let others = tracker.missing.first().map(|position| position - 1);
        tracker.last.min(own.unwrap_or(tracker.last)).min(others.unwrap_or(tracker.last))
    }

    /// Takes the next position, where this process alone hands them out.
    pub(super) fn take(&self, stream: Stream) -> (StreamPosition, Ticket) {
        let mut tracker = self.tracker(stream);
        tracker.last += 1;
        let position = tracker.last;
        (position, tracker.issue(stream, position))
    }

    /// Announces that a position is about to be taken from the database's own sequence, which
    /// will be higher than any this process has seen.
    pub(super) fn expect(&self, stream: Stream) -> Ticket {
        let mut tracker = self.tracker(stream);
        let bound = tracker.last + 1;
        tracker.issue(stream, bound)
    }

    /// Replaces what was expected by what was taken.
    pub(super) fn taken(&self, ticket: Ticket, position: StreamPosition) -> Ticket {
        let mut tracker = self.tracker(ticket.stream);
        tracker.in_flight.remove(&(ticket.position, ticket.number));
        tracker.in_flight.insert((position, ticket.number));
        let skipped = tracker.reach(position);
        tracker.missing.remove(&position);
        drop(tracker);
        if skipped {
            self.gapped.send_replace(());
        }
        Ticket { position, ..ticket }
    }

    /// The transaction of these positions is committed or rolled back.
    pub(super) fn settle(&self, tickets: &[Ticket]) {
        for ticket in tickets {
            self.tracker(ticket.stream).in_flight.remove(&(ticket.position, ticket.number));
        }
        for ticket in tickets {
            self.moved[ticket.stream as usize].send_replace(());
        }
    }

    /// Another process has committed these positions.
    pub(super) fn hear(&self, positions: &[(Stream, StreamPosition)]) {
        let mut skipped = false;
        for (stream, position) in positions {
            let mut tracker = self.tracker(*stream);
            skipped |= tracker.reach(*position);
            tracker.missing.remove(position);
        }
        if skipped {
            self.gapped.send_replace(());
        }
        for (stream, _) in positions {
            self.moved[*stream as usize].send_replace(());
        }
    }

    /// Another process has committed all positions up to these, when this one had none in hand.
    pub(super) fn catch_up(&self, positions: [StreamPosition; Stream::ALL.len()]) {
        for (stream, position) in Stream::ALL.into_iter().zip(positions) {
            let mut tracker = self.tracker(stream);
            let has_moved = tracker.last < position;
            tracker.last = tracker.last.max(position);
            drop(tracker);
            if has_moved {
                self.moved[stream as usize].send_replace(());
            }
        }
    }

    /// Positions up to this one were handed out.
    pub(super) fn reach(&self, stream: Stream, position: StreamPosition) {
        let mut tracker = self.tracker(stream);
        let skipped = tracker.last < position;
        let behind = tracker.last + 1;
        tracker.missing.extend(behind..=position);
        tracker.last = tracker.last.max(position);
        drop(tracker);
        if skipped {
            self.gapped.send_replace(());
        }
    }

    /// Tells when positions were skipped.
    pub(super) fn watch_gaps(&self) -> watch::Receiver<()> {
        self.gapped.subscribe()
    }

    /// The positions of which nothing was heard.
    pub(super) fn missing(&self) -> Vec<(Stream, StreamPosition)> {
        let of = |stream| self.tracker(stream).missing.iter().map(|position| (stream, *position)).collect::<Vec<_>>();
        Stream::ALL.into_iter().flat_map(of).collect()
    }

    /// These positions will not come any more, or have long come.
    pub(super) fn give_up(&self, positions: &[(Stream, StreamPosition)]) {
        for (stream, position) in positions {
            self.tracker(*stream).missing.remove(position);
        }
        for (stream, _) in positions {
            self.moved[*stream as usize].send_replace(());
        }
    }

    /// The highest position handed out.
    pub(super) fn last(&self, stream: Stream) -> StreamPosition {
        self.tracker(stream).last
    }

    fn tracker(&self, stream: Stream) -> std::sync::MutexGuard<'_, Tracker> {
        self.trackers[stream as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tracker {
    /// Goes on to a position; says whether others were skipped, which are missing then.
    fn reach(&mut self, position: StreamPosition) -> bool {
        let skipped = self.last + 1..position;
        let is_gap = !skipped.is_empty();
        self.missing.extend(skipped);
        self.last = self.last.max(position);
        is_gap
    }

    fn issue(&mut self, stream: Stream, position: StreamPosition) -> Ticket {
        self.last_ticket += 1;
        self.in_flight.insert((position, self.last_ticket));
        Ticket { stream, position, number: self.last_ticket }
    }
}

impl Ticket {
    pub(super) fn stream(&self) -> Stream {
        self.stream
    }

    pub(super) fn place(&self) -> (Stream, StreamPosition) {
        (self.stream, self.position)
    }
}

#[cfg(test)]
mod tests;
