//! Where a client stands: a position in each stream, opaque to the client.

use std::{fmt, str::FromStr};

use crate::{
    service::Services,
    storage::{Storage, Stream, StreamPosition},
};

/// A `next_batch` or `since`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SyncToken {
    /// Events of rooms.
    pub(crate) events: StreamPosition,
    /// Receipts.
    pub(crate) receipts: StreamPosition,
    /// Account data.
    pub(crate) account_data: StreamPosition,
    /// Messages to this device.
    pub(crate) to_device: StreamPosition,
    /// Changes of devices and keys.
    pub(crate) device_lists: StreamPosition,
    /// Who types.
    pub(crate) typing: Mark,
    /// Who is there.
    pub(crate) presence: Mark,
    /// How many of the newest events of each room have come with the member events of their senders;
    /// see `members`.
    pub(crate) lazy_limit: usize,
}

/// How much a client has seen of what is kept in memory, see [`words`](crate::storage::Words).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// In what its serial can be compared: a run of a process, or all of them.
    pub(crate) epoch: i64,
    /// The newest change that was seen.
    pub(crate) serial: u64,
}

/// The epoch of those whose serials cannot be compared.
const ANOTHER: i64 = i64::MAX;

/// Not a token of ours.
#[derive(Debug, thiserror::Error)]
#[error("this is no token of /sync")]
pub(crate) struct InvalidToken;

/// The form of what follows; another one may come.
const VERSION: &str = "s1";

impl SyncToken {
    /// Everything there is to be read by now.
    pub(crate) fn now(services: &Services) -> Self {
        let streams = services.storage.streams();
        let mark = |serial| Mark { epoch: services.storage.words().epoch(), serial };
        Self {
            events: streams.current(Stream::Events),
            receipts: streams.current(Stream::Receipts),
            account_data: streams.current(Stream::AccountData),
            to_device: streams.current(Stream::ToDevice),
            device_lists: streams.current(Stream::DeviceLists),
            typing: mark(services.typing.serial()),
            presence: mark(services.presence.serial()),
            lazy_limit: 0,
        }
    }
}

impl SyncToken {
    /// The later of two in each stream; what is kept in memory is that of `self`.
    pub(crate) fn at_least(self, other: Self) -> Self {
        Self {
            events: self.events.max(other.events),
            receipts: self.receipts.max(other.receipts),
            account_data: self.account_data.max(other.account_data),
            to_device: self.to_device.max(other.to_device),
            device_lists: self.device_lists.max(other.device_lists),
            ..self
        }
    }

    /// Whether everything up to it can be read here.
    fn is_reached(&self, storage: &Storage) -> bool {
        Stream::ALL.into_iter().all(|stream| self.of(stream) <= storage.streams().current(stream))
    }

    fn of(&self, stream: Stream) -> StreamPosition {
        match stream {
            Stream::Events => self.events,
            Stream::Receipts => self.receipts,
            Stream::AccountData => self.account_data,
            Stream::ToDevice => self.to_device,
            Stream::DeviceLists => self.device_lists,
        }
    }

    /// Waits until everything up to it can be read: another process may have made it. Not for ever: a
    /// client may have made it up. Answers the token as it holds in this process.
    pub(crate) async fn reach(self, storage: &Storage) -> Self {
        let reached = async {
            for stream in Stream::ALL {
                let mut moved = storage.streams().watch(stream);
                while self.of(stream) > storage.streams().current(stream) && moved.changed().await.is_ok() {}
            }
        };
        if !self.is_reached(storage) {
            // If the time is up, the answer is what there is.
            drop(tokio::time::timeout(BEHIND, reached).await);
        }
        let words = storage.words();
        let here = |mark: Mark| mark.here(words.epoch(), words.first());
        Self { typing: here(self.typing), presence: here(self.presence), ..self }
    }
}

/// How long a process may be behind another one.
const BEHIND: std::time::Duration = std::time::Duration::from_secs(2);

impl fmt::Display for SyncToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, receipts, account_data, to_device, device_lists, typing, presence, lazy_limit } = self;
        write!(
            f,
            "{VERSION}_{events}_{receipts}_{account_data}_{to_device}_{device_lists}_{typing}_{lazy_limit}_{presence}"
        )
    }
}

impl FromStr for SyncToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let mut parts = text.split('_');
        if parts.next() != Some(VERSION) {
            return Err(InvalidToken);
        }
        let mut part = || parts.next().ok_or(InvalidToken);
        let token = Self {
            events: position(part()?)?,
            receipts: position(part()?)?,
            account_data: position(part()?)?,
            to_device: position(part()?)?,
            device_lists: position(part()?)?,
            typing: part()?.parse()?,
            lazy_limit: part()?.parse().map_err(|_| InvalidToken)?,
            // Tokens were made once that did not have it.
            presence: parts.next().map(str::parse).transpose()?.unwrap_or_default(),
        };
        if parts.next().is_some() { Err(InvalidToken) } else { Ok(token) }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.serial)
    }
}

impl FromStr for Mark {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let (epoch, serial) = text.split_once('.').ok_or(InvalidToken)?;
        Ok(Self { epoch: position(epoch)?, serial: serial.parse().map_err(|_| InvalidToken)? })
    }
}

impl Mark {
    /// The serial to go on from: the beginning, for who saw another epoch.
    pub(crate) fn serial_of(self, epoch: i64) -> u64 {
        if self.epoch == epoch { self.serial } else { 0 }
    }

    /// As it holds where all changes after `first` are known.
    fn here(self, epoch: i64, first: u64) -> Self {
        if self.epoch == epoch && self.serial >= first { self } else { Self { epoch: ANOTHER, serial: 0 } }
    }
}

fn position(text: &str) -> Result<StreamPosition, InvalidToken> {
    text.parse().ok().filter(|position| *position >= 0).ok_or(InvalidToken)
}

#[cfg(test)]
mod tests {
    use super::{Mark, SyncToken};

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = SyncToken {
            events: 1,
            receipts: 2,
            account_data: 3,
            to_device: 4,
            device_lists: 5,
            typing: Mark { epoch: 6, serial: 7 },
            presence: Mark { epoch: 9, serial: 10 },
            lazy_limit: 8,
        };

        insta::assert_snapshot!(token, @"s1_1_2_3_4_5_6.7_8_9.10");
        assert_eq!(token.to_string().parse::<SyncToken>().unwrap(), token);
        let older = "s1_1_2_3_4_5_6.7_8".parse::<SyncToken>().unwrap();
        assert_eq!(older, SyncToken { presence: Mark::default(), ..token });
    }

    #[test]
    fn a_mark_holds_where_all_that_follows_is_known() {
        let mark = Mark { epoch: 6, serial: 7 };

        assert_eq!(mark.here(6, 7), mark);
        for (epoch, first) in [(6, 8), (5, 7)] {
            assert_eq!(mark.here(epoch, first).serial_of(epoch), 0);
            assert_ne!(mark.here(epoch, first).epoch, epoch);
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in [
            "",
            "s1",
            "s2_1_2_3_4_5_6.7_8",
            "s1_1_2_3_4_5_6.7_8_9",
            "s1_1_2_3_4_5_6.7_8_9.1_2",
            "s1_-1_2_3_4_5_6.7_8",
            "s1_1_2_3_4_5_6_7",
        ] {
            assert!(text.parse::<SyncToken>().is_err(), "{text}");
        }
    }
}
