//! What a commit tells the other processes: which positions it settled, and the news.
//!
//! Travels with PostgreSQL's `NOTIFY`, in the transaction that is announced, so that it comes if and only
//! if that is committed. Nothing in it is authoritative.

use serde::{Deserialize, Serialize};

use super::{News, Stream, StreamPosition};

/// The most bytes of news in one notification; PostgreSQL takes 8,000 in all.
const SIZE: usize = 6_000;

/// The most positions in one notification.
const POSITIONS: usize = 256;

/// A part of what a transaction announces. The last one has `end`.
#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct Announcement {
    /// The run of the process that wrote.
    #[serde(rename = "w")]
    pub(super) writer: i64,
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) positions: Vec<(Stream, StreamPosition)>,
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) news: Vec<News>,
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) end: bool,
}

/// Puts what a transaction announces into as few notifications as hold it.
pub(super) fn encode(
    writer: i64,
    positions: &[(Stream, StreamPosition)],
    news: &[News],
) -> Result<Vec<String>, serde_json::Error> {
    let mut parts: Vec<Announcement> = Vec::new();
    let mut part = Announcement { writer, ..Announcement::default() };
    for positions in positions.chunks(POSITIONS) {
        part.positions = positions.to_vec();
        if positions.len() == POSITIONS {
            parts.push(std::mem::replace(&mut part, Announcement { writer, ..Announcement::default() }));
        }
    }
    let mut size = part.positions.len() * 20;
    for one in news {
        let more = serde_json::to_string(one)?.len();
        if size + more > SIZE {
            parts.push(std::mem::replace(&mut part, Announcement { writer, ..Announcement::default() }));
            size = 0;
        }
        size += more + 1;
        part.news.push(one.clone());
    }
    part.end = true;
    parts.push(part);
    parts.iter().map(serde_json::to_string).collect()
}

#[cfg(test)]
mod tests {
    use ruma::OwnedRoomId;

    use super::{Announcement, encode};
    use crate::storage::{News, Stream, Topic};

    #[test]
    fn what_is_long_is_told_in_parts_that_fit() {
        let room = |number: usize| OwnedRoomId::try_from(format!("!{number}{}:test", "x".repeat(200))).unwrap();
        let news: Vec<_> = (0..100).map(|number| News::of(Stream::Events, Topic::Room(room(number)))).collect();
        let positions: Vec<_> = (0..600).map(|position| (Stream::Receipts, position)).collect();

        let parts = encode(7, &positions, &news).unwrap();

        assert!(parts.len() > 3 && parts.iter().all(|part| part.len() < 8_000));
        let parts: Vec<Announcement> = parts.iter().map(|part| serde_json::from_str(part).unwrap()).collect();
        let heard: Vec<_> = parts.iter().flat_map(|part| part.news.clone()).collect();
        assert_eq!(heard, news);
        let heard: Vec<_> = parts.iter().flat_map(|part| part.positions.clone()).collect();
        assert_eq!(heard, positions);
        assert_eq!(parts.iter().filter(|part| part.end).count(), 1);
        assert!(parts.last().unwrap().end && parts.iter().all(|part| part.writer == 7));
    }
}
