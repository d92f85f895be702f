//! One row of the timeline as it is stored: an event with everything that relates to it.

use std::collections::BTreeSet;

use ruma::{OwnedEventId, OwnedTransactionId, OwnedUserId, TransactionId, UserId};
use serde::{Deserialize, Serialize};

use super::IndexKey;
use crate::{
    event::{ENCRYPTED, Event, session_of},
    protocol::{ItemKey, Refusal, Undecryptable},
};

/// An event with everything that relates to it folded in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The same from the local echo to the redaction.
    pub key: ItemKey,
    /// Known once the homeserver has it.
    pub event_id: Option<OwnedEventId>,
    /// Known when this device sent it.
    pub transaction_id: Option<OwnedTransactionId>,
    pub sender: OwnedUserId,
    /// `origin_server_ts`; for a local echo, when it was queued.
    pub timestamp: u64,
    pub event_type: String,
    pub state_key: Option<String>,
    /// The event as it came, text of a JSON object; for a local echo, its type and content.
    pub json: String,
    /// Whether the fields every event must have were as they must be.
    pub well_formed: bool,
    /// The encrypted original, where `json` is what was decrypted.
    pub encrypted: Option<String>,
    /// Why `json` could not be decrypted.
    pub undecryptable: Option<Undecryptable>,
    /// Where the sending stands. `None`: the homeserver has ordered it.
    pub echo: Option<Echo>,
    /// Oldest first: the last one is shown.
    pub replacements: Vec<Replacement>,
    pub reactions: Vec<Reaction>,
    pub redaction: Option<Redaction>,
    /// Events without a row that stood between this item and the next.
    pub trailing: Vec<OwnedEventId>,
}

impl Item {
    /// The key of a local echo's item.
    pub fn key_of_transaction(transaction_id: &TransactionId) -> ItemKey {
        ItemKey(format!("~{transaction_id}"))
    }

    /// The key of an item first seen from the homeserver.
    pub fn key_of_event(event_id: &ruma::EventId) -> ItemKey {
        ItemKey(event_id.to_string())
    }

    /// The event's text as it is shown now: that of the last replacement, or its own.
    pub fn shown_json(&self) -> &str {
        self.replacements.last().map_or(&self.json, |replacement| &replacement.json)
    }

    /// The session of what could not be decrypted.
    pub fn missing_session(&self) -> Option<String> {
        self.undecryptable.and_then(|_| session_of(&self.json))
    }

    /// What could not be decrypted, as it came, to be tried again.
    pub fn encrypted_event(&self) -> Option<Event> {
        self.undecryptable?;
        Event::parse(serde_json::from_str(&self.json).ok()?)
    }

    /// Whether it is encrypted still: nothing is known of what it says.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.event_type == ENCRYPTED
    }

    /// Whether the content is gone, or about to go.
    pub fn is_redacted(&self) -> bool {
        self.redaction.is_some()
    }

    /// A person's reaction with a key, where it was not taken away.
    pub fn reaction(&self, sender: &UserId, key: &str) -> Option<&Reaction> {
        self.reactions
            .iter()
            .find(|reaction| reaction.sender == *sender && reaction.key == key && reaction.redacted_by.is_none())
    }

    pub(crate) fn index(&self, index: &mut BTreeSet<IndexKey>) {
        let mut add = |event_id: &Option<OwnedEventId>, transaction_id: &Option<OwnedTransactionId>| {
            index.extend(event_id.clone().map(IndexKey::Event));
            index.extend(transaction_id.clone().map(IndexKey::Transaction));
        };
        add(&self.event_id, &self.transaction_id);
        for replacement in &self.replacements {
            add(&replacement.event_id, &replacement.transaction_id);
        }
        for reaction in &self.reactions {
            add(&reaction.event_id, &reaction.transaction_id);
            add(&None, &reaction.redacted_by);
        }
        if let Some(redaction) = &self.redaction {
            add(&redaction.event_id, &redaction.transaction_id);
        }
        index.extend(self.trailing.iter().cloned().map(IndexKey::Event));
        index.extend(self.missing_session().map(IndexKey::Session));
    }
}

/// Where a local echo stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Echo {
    Queued,
    Sending,
    /// The homeserver has it; it comes back with the next sync.
    Sent,
    Failed(Refusal),
}

/// A newer text of an item (`m.replace`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    pub event_id: Option<OwnedEventId>,
    pub transaction_id: Option<OwnedTransactionId>,
    pub timestamp: u64,
    /// A JSON object with `type` and, as `content`, the event's `m.new_content`.
    pub json: String,
    pub echo: Option<Echo>,
}

/// One person's reaction (`m.annotation`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    pub key: String,
    pub sender: OwnedUserId,
    pub event_id: Option<OwnedEventId>,
    pub transaction_id: Option<OwnedTransactionId>,
    pub timestamp: u64,
    pub echo: Option<Echo>,
    /// The person took it away with this transaction; it goes when the homeserver says so.
    pub redacted_by: Option<OwnedTransactionId>,
}

/// Who took an item's content away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redaction {
    /// Known once the homeserver has it; until then the item keeps its content.
    pub event_id: Option<OwnedEventId>,
    pub transaction_id: Option<OwnedTransactionId>,
    pub sender: OwnedUserId,
    pub reason: Option<String>,
    pub timestamp: u64,
    pub echo: Option<Echo>,
}
