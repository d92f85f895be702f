//! Whether an event is a row, or says something about one.
//!
//! <https://spec.matrix.org/v1.18/client-server-api/#forming-relationships-between-events>

use ruma::{EventId, OwnedEventId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::event::Event;

/// What an event is to the timeline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Meaning {
    /// A row of its own.
    Row,
    /// Something about the event `target`.
    Relation { target: OwnedEventId, kind: RelationKind },
    /// No row, and nothing that can be told about another: a malformed relation.
    Nothing,
}

/// What is said about the target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RelationKind {
    Reaction {
        key: String,
    },
    /// `json`: the type and the new content.
    Replacement {
        json: String,
    },
    Redaction {
        reason: Option<String>,
    },
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RelationContent {
    #[serde(rename = "m.relates_to")]
    relates_to: Option<RelatesTo>,
    #[serde(rename = "m.new_content")]
    new_content: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct RelatesTo {
    rel_type: Option<String>,
    event_id: Option<String>,
    key: Option<String>,
}

/// What an event is to the timeline.
pub(crate) fn meaning(event: &Event) -> Meaning {
    match &*event.event_type {
        // Whether somebody may redact is the homeserver's to judge, and it cannot judge what is encrypted.
        "m.room.redaction" if event.state_key.is_none() && event.encrypted.is_none() => redaction(event),
        "m.reaction" if event.state_key.is_none() => reaction(event),
        // State events cannot be replaced or replace.
        _ if event.state_key.is_none() => replacement(event).unwrap_or(Meaning::Row),
        _ => Meaning::Row,
    }
}

fn redaction(event: &Event) -> Meaning {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Content {
        redacts: Option<String>,
        reason: Option<String>,
    }
    #[derive(Deserialize)]
    struct Top {
        redacts: Option<String>,
    }
    let content: Content = event.content().unwrap_or_default();
    // Since room version 11 `redacts` stands in the content.
    let target = content.redacts.or_else(|| serde_json::from_str::<Top>(&event.json).ok()?.redacts);
    let Some(target) = target.and_then(|id| EventId::parse(id).ok()) else { return Meaning::Nothing };
    Meaning::Relation { target, kind: RelationKind::Redaction { reason: content.reason } }
}

fn reaction(event: &Event) -> Meaning {
    let relates_to = event.content::<RelationContent>().unwrap_or_default().relates_to;
    let Some((target, key)) = relates_to
        .filter(|relates_to| relates_to.rel_type.as_deref() == Some("m.annotation"))
        .and_then(|relates_to| Some((EventId::parse(relates_to.event_id?).ok()?, relates_to.key?)))
    else {
        return Meaning::Nothing;
    };
    Meaning::Relation { target, kind: RelationKind::Reaction { key } }
}

fn replacement(event: &Event) -> Option<Meaning> {
    // Most events have no relation: look before parsing.
    if !event.json.contains("m.replace") {
        return None;
    }
    let content: RelationContent = event.content()?;
    let relates_to = content.relates_to?;
    if relates_to.rel_type.as_deref() != Some("m.replace") {
        return None;
    }
    let target = EventId::parse(relates_to.event_id?).ok()?;
    let json = replacement_json(&event.event_type, content.new_content?);
    Some(Meaning::Relation { target, kind: RelationKind::Replacement { json } })
}

/// What is kept of a replacement.
pub(crate) fn replacement_json(event_type: &str, new_content: Map<String, Value>) -> String {
    json!({ "type": event_type, "content": new_content }).to_string()
}
