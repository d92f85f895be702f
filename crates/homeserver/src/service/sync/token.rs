//! Where a client stands: a position in each stream, opaque to the client.

use std::{fmt, str::FromStr};

use crate::storage::{Storage, Stream, StreamPosition};

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
    pub(crate) typing: TypingMark,
    /// How many of the newest events of each room have come with the member events of their senders;
    /// see `members`.
    pub(crate) lazy_limit: usize,
}

/// How much of the typing a client has seen. Serials hold for one run of the process only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TypingMark {
    /// The run of the process.
    pub(crate) writer: i64,
    /// The newest change seen in that run.
    pub(crate) serial: u64,
}

/// Not a token of ours.
#[derive(Debug, thiserror::Error)]
#[error("this is no token of /sync")]
pub(crate) struct InvalidToken;

/// The form of what follows; another one may come.
const VERSION: &str = "s1";

impl SyncToken {
    /// Everything there is to be read by now.
    pub(crate) fn now(storage: &Storage, typing: u64) -> Self {
        let streams = storage.streams();
        Self {
            events: streams.current(Stream::Events),
            receipts: streams.current(Stream::Receipts),
            account_data: streams.current(Stream::AccountData),
            to_device: streams.current(Stream::ToDevice),
            device_lists: streams.current(Stream::DeviceLists),
            typing: TypingMark { writer: streams.writer(), serial: typing },
            lazy_limit: 0,
        }
    }
}

impl fmt::Display for SyncToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, receipts, account_data, to_device, device_lists, typing, lazy_limit } = self;
        write!(
            f,
            "{VERSION}_{events}_{receipts}_{account_data}_{to_device}_{device_lists}_{}.{}_{lazy_limit}",
            typing.writer, typing.serial
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
            typing: {
                let (writer, serial) = part()?.split_once('.').ok_or(InvalidToken)?;
                TypingMark { writer: position(writer)?, serial: serial.parse().map_err(|_| InvalidToken)? }
            },
            lazy_limit: part()?.parse().map_err(|_| InvalidToken)?,
        };
        if parts.next().is_some() { Err(InvalidToken) } else { Ok(token) }
    }
}

fn position(text: &str) -> Result<StreamPosition, InvalidToken> {
    text.parse().ok().filter(|position| *position >= 0).ok_or(InvalidToken)
}

#[cfg(test)]
mod tests {
    use super::{SyncToken, TypingMark};

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = SyncToken {
            events: 1,
            receipts: 2,
            account_data: 3,
            to_device: 4,
            device_lists: 5,
            typing: TypingMark { writer: 6, serial: 7 },
            lazy_limit: 8,
        };

        insta::assert_snapshot!(token, @"s1_1_2_3_4_5_6.7_8");
        assert_eq!(token.to_string().parse::<SyncToken>().unwrap(), token);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in ["", "s1", "s2_1_2_3_4_5_6.7_8", "s1_1_2_3_4_5_6.7_8_9", "s1_-1_2_3_4_5_6.7_8", "s1_1_2_3_4_5_6_7"]
        {
            assert!(text.parse::<SyncToken>().is_err(), "{text}");
        }
    }
}
