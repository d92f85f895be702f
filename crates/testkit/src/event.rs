//! Events with everything they must have, and what a test says about them.

use ruma::{OwnedEventId, OwnedUserId};
use serde_json::{Value, json, value::RawValue};

/// Someone who sends events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person(OwnedUserId);

/// `@alice:x`
pub fn alice() -> Person {
    Person::new("@alice:x")
}

/// `@bob:x`
pub fn bob() -> Person {
    Person::new("@bob:x")
}

/// `@carol:x`
pub fn carol() -> Person {
    Person::new("@carol:x")
}

impl Person {
    /// The person with a user ID.
    pub fn new(user_id: &str) -> Self {
        Self(OwnedUserId::try_from(user_id).unwrap())
    }

    /// Their user ID.
    pub fn id(&self) -> OwnedUserId {
        self.0.clone()
    }

    /// A text message, whose event ID is made of its text: `$hi` for `hi`.
    pub fn text(&self, body: &str) -> EventBuilder {
        let content = json!({ "msgtype": "m.text", "body": body });
        self.event("m.room.message", content).id(&format!("${}", slug(body)))
    }

    /// A message with HTML.
    pub fn html(&self, body: &str, html: &str) -> EventBuilder {
        let content = json!({
            "msgtype": "m.text", "body": body, "format": "org.matrix.custom.html", "formatted_body": html,
        });
        self.event("m.room.message", content).id(&format!("${}", slug(body)))
    }

    /// A reply.
    pub fn reply(&self, to: &str, body: &str) -> EventBuilder {
        self.text(body).with("m.relates_to", json!({ "m.in_reply_to": { "event_id": to } }))
    }

    /// A new text for an event.
    pub fn edit(&self, of: &str, body: &str) -> EventBuilder {
        self.text(&format!("* {body}"))
            .with("m.new_content", json!({ "msgtype": "m.text", "body": body }))
            .with("m.relates_to", json!({ "rel_type": "m.replace", "event_id": of }))
            .id(&format!("$edit-{}", slug(body)))
    }

    /// A reaction.
    pub fn reaction(&self, to: &str, key: &str) -> EventBuilder {
        let relation = json!({ "rel_type": "m.annotation", "event_id": to, "key": key });
        self.event("m.reaction", json!({ "m.relates_to": relation })).id(&format!(
            "${}-{}-{}",
            key,
            self.0.localpart(),
            slug(to)
        ))
    }

    /// A redaction.
    pub fn redaction(&self, of: &str) -> EventBuilder {
        self.event("m.room.redaction", json!({ "redacts": of })).id(&format!("$redacts-{}", slug(of)))
    }

    /// A state event.
    pub fn state(&self, event_type: &str, state_key: &str, content: Value) -> EventBuilder {
        let name = event_type.rsplit('.').next().unwrap();
        self.event(event_type, content).state_key(state_key).id(&format!("${name}-{}", slug(state_key)))
    }

    /// The person's own membership.
    pub fn membership(&self, membership: &str, display_name: Option<&str>) -> EventBuilder {
        self.member(self, membership, display_name)
    }

    /// What the person makes of another's membership.
    pub fn member(&self, of: &Self, membership: &str, display_name: Option<&str>) -> EventBuilder {
        let mut content = json!({ "membership": membership });
        if let Some(display_name) = display_name {
            content["displayname"] = json!(display_name);
        }
        self.state("m.room.member", of.0.as_str(), content).id(&format!("${membership}-{}", of.0.localpart()))
    }

    /// Any event.
    pub fn event(&self, event_type: &str, content: Value) -> EventBuilder {
        EventBuilder(json!({
            "event_id": format!("${}", slug(event_type)), "sender": self.0, "type": event_type, "content": content,
        }))
    }
}

/// An event in the making.
#[derive(Debug, Clone, PartialEq)]
pub struct EventBuilder(Value);

impl EventBuilder {
    /// Another event ID.
    #[must_use]
    pub fn id(mut self, event_id: &str) -> Self {
        self.0["event_id"] = json!(event_id);
        self
    }

    /// `origin_server_ts`; without it, the builder of the response counts.
    #[must_use]
    pub fn at(mut self, timestamp: u64) -> Self {
        self.0["origin_server_ts"] = json!(timestamp);
        self
    }

    /// The transaction with which this device sent it.
    #[must_use]
    pub fn transaction(self, transaction_id: &str) -> Self {
        self.unsigned("transaction_id", json!(transaction_id))
    }

    /// What the state event replaced.
    #[must_use]
    pub fn replacing(self, prev_content: Value) -> Self {
        self.unsigned("prev_content", prev_content)
    }

    /// A field of `unsigned`.
    #[must_use]
    pub fn unsigned(mut self, key: &str, value: Value) -> Self {
        self.0["unsigned"][key] = value;
        self
    }

    /// A field of the content.
    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.0["content"][key] = value;
        self
    }

    /// A field of the event itself.
    #[must_use]
    pub fn field(mut self, key: &str, value: Value) -> Self {
        self.0[key] = value;
        self
    }

    /// Makes it a state event.
    #[must_use]
    pub fn state_key(mut self, state_key: &str) -> Self {
        self.0["state_key"] = json!(state_key);
        self
    }

    /// The event ID.
    pub fn event_id(&self) -> OwnedEventId {
        OwnedEventId::try_from(self.0["event_id"].as_str().unwrap()).unwrap()
    }

    /// The event as JSON.
    pub fn json(&self) -> Value {
        let mut event = self.0.clone();
        if event.get("origin_server_ts").is_none() {
            event["origin_server_ts"] = json!(0);
        }
        event
    }

    /// The event as text.
    pub fn raw(&self) -> Box<RawValue> {
        RawValue::from_string(self.json().to_string()).unwrap()
    }

    pub(crate) fn json_at(&self, timestamp: u64) -> Value {
        let mut event = self.0.clone();
        if event.get("origin_server_ts").is_none() {
            event["origin_server_ts"] = json!(timestamp);
        }
        event
    }
}

/// A text as part of an ID.
fn slug(text: &str) -> String {
    let kept = text.trim_start_matches('$').chars().map(|character| match character {
        ' ' | '\n' | ':' => '-',
        other => other,
    });
    kept.collect()
}
