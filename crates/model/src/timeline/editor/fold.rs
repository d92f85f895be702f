//! Folds what relates to an event into its item.

use ruma::OwnedEventId;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Editor, Place};
use crate::{
    event::{Event, unsigned_of},
    timeline::{
        Item, Orphan, Position, Reaction, Redaction, Replacement,
        relation::{Meaning, RelationKind, meaning},
    },
};

/// An event and what it says about another.
#[derive(Debug, Clone)]
pub(crate) struct Related {
    pub(crate) event: Event,
    pub(crate) target: OwnedEventId,
    pub(crate) kind: RelationKind,
}

impl Editor<'_> {
    /// Folds every relation of a response, oldest first.
    pub(crate) fn fold_all(&mut self, related: &[Related]) {
        for related in related {
            self.fold(related);
        }
    }

    /// Takes over what the homeserver says about events that keep their place.
    pub(crate) fn renew_all(&mut self, events: &[Event]) {
        for event in events {
            match meaning(event) {
                Meaning::Row => {
                    let Some(place) = self.place_of(&event.event_id) else {
                        // A replacement that was redacted since does not say any more that it is one.
                        self.forget_folded(&event.event_id);
                        continue;
                    };
                    let Some(mut item) = self.item(place).cloned() else { continue };
                    let before = item.clone();
                    renew(&mut item, event);
                    if item != before
                        && let Some(stored) = self.item_mut(place)
                    {
                        *stored = item;
                    }
                }
                Meaning::Relation { target, kind } => self.fold(&Related { event: event.clone(), target, kind }),
                Meaning::Nothing => {
                    self.forget_folded(&event.event_id);
                }
            }
        }
    }

    /// Folds a relation into its target. A target that is not loaded is not stored: the relation waits for it in the
    /// chunk where it stands.
    pub(crate) fn fold(&mut self, related: &Related) {
        // It could not be read before, and stood as a row of its own.
        if let Some(place) = self.place_of(&related.event.event_id)
            && self.item(place).is_some_and(Item::is_encrypted)
        {
            self.set_aside(place);
        }
        if self.fold_into_target(related) {
            return;
        }
        let Some(position) = self.ordered_chunk_of(&related.event.event_id) else { return };
        let chunk = self.chunk_mut(position);
        if !chunk.orphans.iter().any(|orphan| orphan.event_id == related.event.event_id) {
            chunk.orphans.push(Orphan {
                event_id: related.event.event_id.clone(),
                target: related.target.clone(),
                json: related.event.json.clone(),
                was_encrypted: related.event.encrypted.is_some(),
            });
        }
    }

    /// Folds the orphans whose target has come.
    pub(crate) fn adopt(&mut self) {
        let waiting: Vec<(Position, Orphan)> = self
            .ordered()
            .flat_map(|chunk| chunk.orphans.iter().map(|orphan| (chunk.position, orphan.clone())))
            .collect();
        for (position, orphan) in waiting {
            let read = read_event(&orphan.json).map(|mut event| {
                event.encrypted = orphan.was_encrypted.then(|| event.json.clone());
                event
            });
            let adopted = read.is_some_and(|event| match meaning(&event) {
                Meaning::Relation { target, kind } => self.fold_into_target(&Related { event, target, kind }),
                Meaning::Row | Meaning::Nothing => true,
            });
            if adopted {
                self.chunk_mut(position).orphans.retain(|other| other.event_id != orphan.event_id);
            }
        }
    }

    fn fold_into_target(&mut self, related: &Related) -> bool {
        let Related { event, target, kind } = related;
        match kind {
            RelationKind::Reaction { key } => self.react(event, target, key),
            RelationKind::Replacement { json } => self.replace(event, target, json),
            RelationKind::Redaction { reason } => self.redact(event, target, reason.as_deref()),
        }
    }

    fn react(&mut self, event: &Event, target: &OwnedEventId, key: &str) -> bool {
        let Some(place) = self.place_of(target) else { return false };
        let Some(item) = self.item_mut(place) else { return false };
        // The redaction of the target took its reactions with it.
        if item.redaction.as_ref().is_some_and(|redaction| redaction.event_id.is_some()) {
            return true;
        }
        let known = item.reactions.iter_mut().find(|reaction| {
            is_same(&reaction.event_id, &reaction.transaction_id, event) && reaction.sender == event.sender
        });
        let reaction = Reaction {
            key: key.to_owned(),
            sender: event.sender.clone(),
            event_id: Some(event.event_id.clone()),
            transaction_id: event.transaction_id.clone(),
            timestamp: event.timestamp,
            echo: None,
            redacted_by: None,
        };
        match known {
            Some(known) => {
                let (transaction_id, redacted_by) = (known.transaction_id.take(), known.redacted_by.take());
                *known = Reaction {
                    transaction_id: transaction_id.or(reaction.transaction_id.clone()),
                    redacted_by,
                    ..reaction
                };
            }
            None => item.reactions.push(reaction),
        }
        true
    }

    fn replace(&mut self, event: &Event, target: &OwnedEventId, json: &str) -> bool {
        let Some(place) = self.place_of(target) else { return false };
        // Whether it may be replaced by this is known once it is decrypted.
        if self.item(place).is_some_and(|item| item.undecryptable.is_some()) {
            return false;
        }
        let Some(item) = self.item_mut(place) else { return false };
        add_replacement(item, event, json);
        true
    }

    fn redact(&mut self, event: &Event, target: &OwnedEventId, reason: Option<&str>) -> bool {
        if let Some(place) = self.place_of(target) {
            let redaction = Redaction {
                event_id: Some(event.event_id.clone()),
                transaction_id: event.transaction_id.clone(),
                sender: event.sender.clone(),
                reason: reason.map(ToOwned::to_owned),
                timestamp: event.timestamp,
                echo: None,
            };
            if let Some(item) = self.item_mut(place) {
                prune(item, redaction);
            }
            return true;
        }
        // What stands in the order without a row was taken away already, or waits here for its target.
        self.forget_folded(target) || self.ordered_chunk_of(target).is_some()
    }

    /// Removes a reaction or replacement from the item it is folded into, or from those that wait.
    pub(super) fn forget_folded(&mut self, event_id: &OwnedEventId) -> bool {
        if let Some(place) = self.place_of_folded(event_id) {
            if let Some(item) = self.item_mut(place) {
                item.reactions.retain(|reaction| reaction.event_id.as_ref() != Some(event_id));
                item.replacements.retain(|replacement| replacement.event_id.as_ref() != Some(event_id));
            }
            return true;
        }
        // What a redaction took away stays away when the redaction itself is redacted.
        let is_it = |orphan: &Orphan| orphan.event_id == *event_id && !is_redaction(&orphan.json);
        let Some(position) = self.ordered().find(|chunk| chunk.orphans.iter().any(is_it)).map(|chunk| chunk.position)
        else {
            return false;
        };
        self.chunk_mut(position).orphans.retain(|orphan| !is_it(orphan));
        true
    }

    /// The item into which a reaction or replacement is folded.
    fn place_of_folded(&self, event_id: &OwnedEventId) -> Option<Place> {
        self.find(|item| {
            item.reactions.iter().any(|reaction| reaction.event_id.as_ref() == Some(event_id))
                || item.replacements.iter().any(|replacement| replacement.event_id.as_ref() == Some(event_id))
        })
    }
}

/// Takes over what the homeserver says about an event that may be known already.
pub(super) fn renew(item: &mut Item, event: &Event) {
    item.event_id = Some(event.event_id.clone());
    if item.transaction_id.is_none() {
        item.transaction_id.clone_from(&event.transaction_id);
    }
    item.timestamp = event.timestamp;
    item.echo = None;
    if item.redaction.as_ref().is_some_and(|redaction| redaction.event_id.is_some()) {
        return;
    }
    // What was read once stays readable, should the key be gone meanwhile.
    let is_lost = event.is_encrypted() && !item.is_encrypted();
    if !is_lost {
        item.event_type.clone_from(&event.event_type);
        item.json.clone_from(&event.json);
        item.encrypted.clone_from(&event.encrypted);
        item.undecryptable = event.undecryptable;
        item.well_formed = event.well_formed;
    }
    if let Some(redaction) = redacted_because(event) {
        prune(item, redaction);
    } else {
        bundled_replacement(item, event);
    }
}

/// Whether a folded relation is the one an event tells of.
fn is_same(event_id: &Option<OwnedEventId>, transaction_id: &Option<ruma::OwnedTransactionId>, event: &Event) -> bool {
    event_id.as_ref() == Some(&event.event_id) || (transaction_id.is_some() && *transaction_id == event.transaction_id)
}

/// Only the sender replaces an event, with one of its type; the newest replacement is shown. What came encrypted is
/// replaced by what came encrypted only: anything else may be the homeserver's own.
fn add_replacement(item: &mut Item, event: &Event, json: &str) {
    if event.sender != item.sender || event.event_type != item.event_type || item.state_key.is_some() {
        return;
    }
    if item.encrypted.is_some() && event.encrypted.is_none() {
        return;
    }
    if item.redaction.as_ref().is_some_and(|redaction| redaction.event_id.is_some()) {
        return;
    }
    let mut transaction_id = event.transaction_id.clone();
    item.replacements.retain_mut(|known| {
        let same = is_same(&known.event_id, &known.transaction_id, event);
        if same && transaction_id.is_none() {
            transaction_id = known.transaction_id.take();
        }
        !same
    });
    item.replacements.push(Replacement {
        event_id: Some(event.event_id.clone()),
        transaction_id,
        timestamp: event.timestamp,
        json: json.to_owned(),
        echo: None,
    });
    sort_replacements(item);
}

/// By time, then by ID, as the specification says; those that wait are the newest.
pub(crate) fn sort_replacements(item: &mut Item) {
    item.replacements.sort_by(|a, b| {
        let order = |one: &Replacement| (one.echo.is_some(), one.timestamp);
        order(a).cmp(&order(b)).then_with(|| a.event_id.cmp(&b.event_id))
    });
}

/// Takes the content away.
fn prune(item: &mut Item, redaction: Redaction) {
    let transaction_id = item.redaction.take().and_then(|pending| pending.transaction_id);
    item.redaction =
        Some(Redaction { transaction_id: transaction_id.or(redaction.transaction_id.clone()), ..redaction });
    item.replacements.clear();
    item.reactions.clear();
    item.encrypted = None;
    item.undecryptable = None;
    let mut event: Map<String, Value> = serde_json::from_str(&item.json).unwrap_or_default();
    event.retain(|key, _| {
        matches!(&**key, "event_id" | "type" | "room_id" | "sender" | "state_key" | "origin_server_ts")
    });
    event.insert("content".to_owned(), Value::Object(Map::new()));
    item.json = Value::Object(event).to_string();
}

fn redacted_because(event: &Event) -> Option<Redaction> {
    #[derive(Deserialize)]
    struct Unsigned {
        redacted_because: Option<Value>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Content {
        reason: Option<String>,
    }
    if !event.json.contains("redacted_because") {
        return None;
    }
    let because = unsigned_of::<Unsigned>(&event.json)?.redacted_because?;
    let because = read_event(&because.to_string())?;
    Some(Redaction {
        event_id: Some(because.event_id.clone()),
        transaction_id: None,
        sender: because.sender.clone(),
        reason: because.content::<Content>().unwrap_or_default().reason,
        timestamp: because.timestamp,
        echo: None,
    })
}

/// The newest replacement, which homeservers send along with an event.
fn bundled_replacement(item: &mut Item, event: &Event) {
    #[derive(Deserialize)]
    struct Unsigned {
        #[serde(rename = "m.relations")]
        relations: Option<Relations>,
    }
    #[derive(Deserialize)]
    struct Relations {
        #[serde(rename = "m.replace")]
        replace: Option<Value>,
    }
    if !event.json.contains("m.replace") {
        return;
    }
    let replacement = unsigned_of::<Unsigned>(&event.json)
        .and_then(|unsigned| unsigned.relations?.replace)
        .and_then(|replace| read_event(&replace.to_string()));
    // The crypto machine leaves only those in an event it decrypted that it decrypted as well.
    let replacement = replacement.map(|mut replacement| {
        replacement.encrypted = event.encrypted.is_some().then(|| replacement.json.clone());
        replacement
    });
    if let Some(replacement) = replacement
        && let Meaning::Relation { target, kind: RelationKind::Replacement { json } } = meaning(&replacement)
        && target == event.event_id
    {
        add_replacement(item, &replacement, &json);
    }
}

fn is_redaction(json: &str) -> bool {
    read_event(json).is_some_and(|event| event.event_type == "m.room.redaction")
}

fn read_event(json: &str) -> Option<Event> {
    let raw: &serde_json::value::RawValue = serde_json::from_str(json).ok()?;
    Event::parse(raw)
}
