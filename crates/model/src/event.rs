//! Events as they arrive: the fields every event has, and the rest as text.
//!
//! Content is matched type by type with small structures of our own; ruma's `Any…Event` enums would put every event type
//! of the specification into the worker.

use std::borrow::Cow;

use ruma::{EventId, OwnedEventId, OwnedTransactionId, OwnedUserId, UserId};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use crate::protocol::Undecryptable;

/// The type of events that are encrypted.
pub(crate) const ENCRYPTED: &str = "m.room.encrypted";

/// An event of a room, with the fields that place it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub event_id: OwnedEventId,
    pub sender: OwnedUserId,
    pub event_type: String,
    /// `Some`: a state event.
    pub state_key: Option<String>,
    /// `origin_server_ts`, milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// The event as it came, or as it was decrypted: text of a JSON object.
    pub json: String,
    /// The event as it came, where `json` is what was decrypted.
    pub encrypted: Option<String>,
    /// Why it could not be decrypted.
    pub undecryptable: Option<Undecryptable>,
    /// From `unsigned`: the transaction with which this device sent it.
    pub transaction_id: Option<OwnedTransactionId>,
    /// Whether the fields every event must have were as they must be.
    pub well_formed: bool,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    event_id: Cow<'a, str>,
    #[serde(borrow)]
    sender: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    event_type: Cow<'a, str>,
    #[serde(borrow)]
    state_key: Option<Cow<'a, str>>,
    origin_server_ts: u64,
    #[serde(borrow)]
    content: &'a RawValue,
    #[serde(borrow)]
    unsigned: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Unsigned<'a> {
    #[serde(borrow)]
    transaction_id: Option<Cow<'a, str>>,
}

impl Event {
    /// Reads an event. `None`: it has no valid ID or no valid sender, so it can be neither named nor shown.
    pub fn parse(raw: &RawValue) -> Option<Self> {
        let json = raw.get();
        let Ok(header) = serde_json::from_str::<Header<'_>>(json) else { return Self::parse_malformed(json) };
        Some(Self {
            event_id: EventId::parse(&*header.event_id).ok()?,
            sender: UserId::parse(&*header.sender).ok()?,
            event_type: header.event_type.into_owned(),
            state_key: header.state_key.map(Cow::into_owned),
            timestamp: header.origin_server_ts,
            transaction_id: header
                .unsigned
                .and_then(|unsigned| serde_json::from_str::<Unsigned<'_>>(unsigned.get()).ok())
                .and_then(|unsigned| unsigned.transaction_id)
                .map(|id| OwnedTransactionId::from(&*id)),
            well_formed: header.content.get().starts_with('{'),
            json: json.to_owned(),
            encrypted: None,
            undecryptable: None,
        })
    }

    /// An event with a field of the wrong type still has its place in the timeline, where it shows as malformed.
    fn parse_malformed(json: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(json).ok()?;
        Some(Self {
            event_id: EventId::parse(value.get("event_id")?.as_str()?).ok()?,
            sender: UserId::parse(value.get("sender")?.as_str()?).ok()?,
            event_type: value.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
            state_key: value.get("state_key").and_then(Value::as_str).map(ToOwned::to_owned),
            timestamp: value.get("origin_server_ts").and_then(Value::as_f64).map_or(0, |number| number as u64),
            json: json.to_owned(),
            encrypted: None,
            undecryptable: None,
            transaction_id: None,
            well_formed: false,
        })
    }

    /// The content as a structure. `None`: it is not of that form.
    pub fn content<T: DeserializeOwned>(&self) -> Option<T> {
        content_of(&self.json)
    }

    /// Whether it is encrypted and was not decrypted. Of a redacted event nothing is left to be decrypted.
    pub fn is_encrypted(&self) -> bool {
        self.event_type == ENCRYPTED && self.state_key.is_none() && self.json.contains("\"ciphertext\"")
    }

    /// The session whose key decrypts it.
    pub fn session_id(&self) -> Option<String> {
        session_of(self.encrypted.as_ref().unwrap_or(&self.json))
    }

    /// Takes over what was decrypted: type and content. Who sent it, when, and that it is no state was said in the
    /// clear, and stays as it was said there.
    pub fn decrypt(&mut self, json: String) {
        #[derive(Deserialize)]
        struct Inner<'a> {
            #[serde(rename = "type", borrow)]
            event_type: Cow<'a, str>,
            #[serde(borrow)]
            content: &'a RawValue,
        }
        let inner = serde_json::from_str::<Inner<'_>>(&json).ok();
        let Some(event_type) = inner
            .filter(|inner| inner.content.get().starts_with('{') && inner.event_type != ENCRYPTED)
            .map(|inner| inner.event_type.into_owned())
        else {
            self.undecryptable = Some(Undecryptable::Broken);
            return;
        };
        self.event_type = event_type;
        self.encrypted = Some(std::mem::replace(&mut self.json, json));
        self.undecryptable = None;
    }
}

/// The session an encrypted event's text names.
pub(crate) fn session_of(json: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Content {
        session_id: Option<String>,
    }
    content_of::<Content>(json)?.session_id
}

/// The `content` of an event's text as a structure.
pub fn content_of<T: DeserializeOwned>(json: &str) -> Option<T> {
    #[derive(Deserialize)]
    struct Content<'a> {
        #[serde(borrow)]
        content: &'a RawValue,
    }
    let event: Content<'_> = serde_json::from_str(json).ok()?;
    serde_json::from_str(event.content.get()).ok()
}

/// A field of `unsigned` of an event's text.
pub(crate) fn unsigned_of<T: DeserializeOwned>(json: &str) -> Option<T> {
    #[derive(Deserialize)]
    struct Outer<'a> {
        #[serde(borrow)]
        unsigned: Option<&'a RawValue>,
    }
    let event: Outer<'_> = serde_json::from_str(json).ok()?;
    serde_json::from_str(event.unsigned?.get()).ok()
}

/// A stripped state event: no ID, no time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrippedEvent {
    pub sender: OwnedUserId,
    pub event_type: String,
    pub state_key: String,
    pub json: String,
}

impl StrippedEvent {
    /// Reads a stripped state event. `None`: a field is missing or not what it must be.
    pub fn parse(raw: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        struct Header<'a> {
            #[serde(borrow)]
            sender: Cow<'a, str>,
            #[serde(rename = "type", borrow)]
            event_type: Cow<'a, str>,
            #[serde(borrow)]
            state_key: Cow<'a, str>,
        }
        let header: Header<'_> = serde_json::from_str(raw.get()).ok()?;
        Some(Self {
            sender: UserId::parse(&*header.sender).ok()?,
            event_type: header.event_type.into_owned(),
            state_key: header.state_key.into_owned(),
            json: raw.get().to_owned(),
        })
    }

    /// The content as a structure. `None`: it is not of that form.
    pub fn content<T: DeserializeOwned>(&self) -> Option<T> {
        content_of(&self.json)
    }
}

/// An event without a place: account data, ephemeral, to-device.
#[derive(Debug, Clone, Deserialize)]
pub struct BasicEvent<'a> {
    #[serde(rename = "type", borrow)]
    pub event_type: Cow<'a, str>,
    #[serde(borrow)]
    pub content: &'a RawValue,
}

impl<'a> BasicEvent<'a> {
    /// Reads the event. `None`: it has no type or no content.
    pub fn parse(raw: &'a RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }
}
