//! One thing that waits to be sent. Stored for ever: a change of shape is a migration.

use ruma::{OwnedEventId, OwnedMxcUri, OwnedRoomId, OwnedTransactionId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Effect;
use crate::{
    compose,
    protocol::{ItemKey, Refusal},
    sync::{EchoBody, LocalEcho, SendProgress},
};

/// One thing that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    pub room_id: OwnedRoomId,
    pub transaction_id: OwnedTransactionId,
    /// Increases with every entry of the account.
    pub order: u64,
    /// When it was written, milliseconds since the Unix epoch.
    pub timestamp: u64,
    pub outgoing: Outgoing,
    pub state: EntryState,
}

/// Whether an entry waits for its turn or for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryState {
    Waiting,
    Failed(Refused),
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outgoing {
    /// `content`: text of a JSON object, to which the relation is added when its target has an ID.
    Event {
        event_type: String,
        content: String,
        relation: Option<Relation>,
    },
    /// A file, uploaded first.
    Media(Media),
    Redaction {
        target: Target,
        of: Redacts,
        reason: Option<String>,
    },
    /// A file whose stored bytes are encrypted already. `key`: what opens them, an
    /// [`EncryptedFile`](https://spec.matrix.org/v1.18/client-server-api/#extensions-to-mroommessage-msgtypes) without its
    /// `url`, text of a JSON object.
    EncryptedMedia {
        media: Media,
        key: String,
    },
}

impl Outgoing {
    /// The file that goes along.
    pub fn media(&self) -> Option<&Media> {
        match self {
            Self::Media(media) | Self::EncryptedMedia { media, .. } => Some(media),
            Self::Event { .. } | Self::Redaction { .. } => None,
        }
    }

    pub(super) fn media_mut(&mut self) -> Option<&mut Media> {
        match self {
            Self::Media(media) | Self::EncryptedMedia { media, .. } => Some(media),
            Self::Event { .. } | Self::Redaction { .. } => None,
        }
    }

    /// The content of a file's message.
    pub(super) fn media_content(&self) -> Option<Value> {
        match self {
            Self::Media(media) => Some(compose::media(media, None)),
            Self::EncryptedMedia { media, key } => Some(compose::media(media, Some(key))),
            Self::Event { .. } | Self::Redaction { .. } => None,
        }
    }
}

/// How an event refers to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    Reply(Target),
    Replacement(Target),
    Reaction { target: Target, key: String },
}

impl Relation {
    fn target(&self) -> &Target {
        match self {
            Self::Reply(target) | Self::Replacement(target) | Self::Reaction { target, .. } => target,
        }
    }

    fn target_mut(&mut self) -> &mut Target {
        match self {
            Self::Reply(target) | Self::Replacement(target) | Self::Reaction { target, .. } => target,
        }
    }
}

/// An event that is referred to, by the name it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The row it shows in.
    pub item: ItemKey,
    /// Known once it was sent.
    pub event_id: Option<OwnedEventId>,
    /// Of what was not sent yet.
    pub transaction_id: Option<OwnedTransactionId>,
}

/// What a redaction takes away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Redacts {
    Item,
    /// The person's reaction with this key.
    Reaction {
        key: String,
    },
}

/// A file that is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    pub file_name: String,
    pub mimetype: String,
    pub size: u64,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Milliseconds.
    pub duration: Option<u64>,
    /// Markdown as typed.
    pub caption: Option<String>,
    /// Named by the homeserver before the upload, so that an upload can be repeated.
    pub uri: Option<OwnedMxcUri>,
    pub uploaded: bool,
}

/// Why the homeserver did not take something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub status: u16,
    pub errcode: String,
    pub error: String,
}

impl Refused {
    /// The same for the page.
    pub fn refusal(&self) -> Refusal {
        match &*self.errcode {
            "M_FORBIDDEN" | "M_GUEST_ACCESS_FORBIDDEN" => Refusal::Forbidden { reason: Some(self.error.clone()) },
            "M_NOT_FOUND" => Refusal::NotFound,
            "M_USER_DEACTIVATED" => Refusal::UserDeactivated,
            _ => Refusal::Homeserver { errcode: self.errcode.clone(), error: self.error.clone(), status: self.status },
        }
    }
}

/// The request that brings an entry further.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// [`POST /media/create`](https://spec.matrix.org/v1.18/client-server-api/#post_matrixmediav1create).
    CreateUri,
    /// Upload the file to this URI.
    Upload { uri: OwnedMxcUri },
    /// `PUT …/send/{eventType}/{txnId}`. `content`: text of a JSON object.
    Send { event_type: String, content: String },
    /// `PUT …/redact/{eventId}/{txnId}`.
    Redact { event_id: OwnedEventId, reason: Option<String> },
}

impl OutboxEntry {
    /// The transaction whose event ID must be known first.
    pub fn waits_for(&self) -> Option<&OwnedTransactionId> {
        let target = self.target()?;
        if target.event_id.is_some() { None } else { target.transaction_id.as_ref() }
    }

    fn target(&self) -> Option<&Target> {
        match &self.outgoing {
            Outgoing::Event { relation, .. } => relation.as_ref().map(Relation::target),
            Outgoing::Media(_) | Outgoing::EncryptedMedia { .. } => None,
            Outgoing::Redaction { target, .. } => Some(target),
        }
    }

    /// What the entry refers to was sent.
    pub(super) fn resolve(&mut self, event_id: &OwnedEventId) {
        let target = match &mut self.outgoing {
            Outgoing::Event { relation, .. } => relation.as_mut().map(Relation::target_mut),
            Outgoing::Media(_) | Outgoing::EncryptedMedia { .. } => None,
            Outgoing::Redaction { target, .. } => Some(target),
        };
        if let Some(target) = target {
            target.event_id = Some(event_id.clone());
        }
    }

    pub(super) fn progress(&self, progress: SendProgress) -> Effect {
        Effect::Progress { room_id: self.room_id.clone(), transaction_id: self.transaction_id.clone(), progress }
    }

    /// The request to make now. `None`: what it refers to has no ID and no transaction.
    pub fn task(&self) -> Option<Task> {
        Some(match &self.outgoing {
            Outgoing::Event { event_type, content, relation } => {
                let mut content: Map<String, Value> = serde_json::from_str(content).unwrap_or_default();
                if let Some(relation) = relation {
                    relate(&mut content, relation)?;
                }
                Task::Send { event_type: event_type.clone(), content: Value::Object(content).to_string() }
            }
            Outgoing::Redaction { target, reason, .. } => {
                Task::Redact { event_id: target.event_id.clone()?, reason: reason.clone() }
            }
            Outgoing::Media(media) | Outgoing::EncryptedMedia { media, .. } => match &media.uri {
                None => Task::CreateUri,
                Some(uri) if !media.uploaded => Task::Upload { uri: uri.clone() },
                Some(_) => {
                    let content = self.outgoing.media_content()?.to_string();
                    Task::Send { event_type: "m.room.message".to_owned(), content }
                }
            },
        })
    }

    /// How the entry shows in the timeline while it waits.
    pub fn echo(&self) -> LocalEcho {
        let body = match &self.outgoing {
            Outgoing::Event { relation: Some(Relation::Reaction { target, key }), .. } => {
                EchoBody::Reaction { target: target.item.clone(), key: key.clone() }
            }
            Outgoing::Event { event_type, content, relation: Some(Relation::Replacement(target)) } => {
                let content: Map<String, Value> = serde_json::from_str(content).unwrap_or_default();
                let new_content = content.get("m.new_content").map(Value::to_string).unwrap_or_default();
                EchoBody::Replacement { target: target.item.clone(), event_type: event_type.clone(), new_content }
            }
            Outgoing::Event { event_type, content, relation } => {
                let mut content: Map<String, Value> = serde_json::from_str(content).unwrap_or_default();
                if let Some(relation) = relation {
                    relate(&mut content, relation).unwrap_or_default();
                }
                EchoBody::Event { event_type: event_type.clone(), content: Value::Object(content).to_string() }
            }
            Outgoing::Media(_) | Outgoing::EncryptedMedia { .. } => {
                let content = self.outgoing.media_content().unwrap_or_default().to_string();
                EchoBody::Event { event_type: "m.room.message".to_owned(), content }
            }
            Outgoing::Redaction { target, of: Redacts::Item, reason } => {
                EchoBody::Redaction { target: target.item.clone(), reason: reason.clone() }
            }
            Outgoing::Redaction { target, of: Redacts::Reaction { key }, .. } => {
                EchoBody::ReactionRedaction { target: target.item.clone(), key: key.clone() }
            }
        };
        LocalEcho { transaction_id: self.transaction_id.clone(), timestamp: self.timestamp, body }
    }
}

/// Adds the relation to the content. `None`: its target has no ID yet.
fn relate(content: &mut Map<String, Value>, relation: &Relation) -> Option<()> {
    let event_id = relation.target().event_id.as_ref()?;
    let relates_to = match relation {
        Relation::Reply(_) => json!({ "m.in_reply_to": { "event_id": event_id } }),
        Relation::Replacement(_) => json!({ "rel_type": "m.replace", "event_id": event_id }),
        Relation::Reaction { key, .. } => json!({ "rel_type": "m.annotation", "event_id": event_id, "key": key }),
    };
    content.insert("m.relates_to".to_owned(), relates_to);
    Some(())
}
