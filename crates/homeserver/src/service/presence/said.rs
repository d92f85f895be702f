//! What processes say to each other of who is there.

use std::time::Duration;

use ruma::{OwnedUserId, presence::PresenceState};
use serde::{Deserialize, Serialize};

use super::board::{News, Presence};

/// A word about presence. Its names are short: there are many of them.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Said {
    /// How present someone is at the process that says it.
    #[serde(rename = "u")]
    User(SaidOfUser),
    /// The process knows nothing yet, and wants to be told who is there.
    #[serde(rename = "w")]
    Who,
    /// The process is there.
    #[serde(rename = "a")]
    Alive,
    /// Another is not any more.
    #[serde(rename = "g")]
    Gone {
        /// The run of that process.
        #[serde(rename = "w")]
        speaker: i64,
    },
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct SaidOfUser {
    #[serde(rename = "u")]
    user_id: OwnedUserId,
    #[serde(rename = "p")]
    state: PresenceState,
    #[serde(rename = "a", default, skip_serializing_if = "std::ops::Not::not")]
    currently_active: bool,
    /// In milliseconds.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    last_active_ago: Option<u64>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    /// They have just said so.
    #[serde(rename = "n", default, skip_serializing_if = "std::ops::Not::not")]
    says_so: bool,
}

/// What a user says of themselves: it may be nothing any more.
#[derive(Debug, Deserialize, Serialize)]
struct Status {
    #[serde(rename = "m")]
    status_msg: Option<String>,
}

impl From<News> for SaidOfUser {
    fn from(news: News) -> Self {
        Self {
            user_id: news.user_id,
            state: news.presence.state,
            currently_active: news.presence.currently_active,
            last_active_ago: news.last_active_ago.and_then(|ago| u64::try_from(ago.as_millis()).ok()),
            status: news.status_msg.map(|status_msg| Status { status_msg }),
            says_so: news.says_so,
        }
    }
}

impl From<SaidOfUser> for News {
    fn from(said: SaidOfUser) -> Self {
        Self {
            user_id: said.user_id,
            presence: Presence { state: said.state, currently_active: said.currently_active },
            last_active_ago: said.last_active_ago.map(Duration::from_millis),
            status_msg: said.status.map(|status| status.status_msg),
            says_so: said.says_so,
        }
    }
}
