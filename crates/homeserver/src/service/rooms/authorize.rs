//! From what someone wants to say to an event: linked to the room's end, hashed, signed, authorised.

use std::sync::Arc;

use ruma::{
    CanonicalJsonObject, CanonicalJsonValue,
    events::{StateEventType, TimelineEventType},
    signatures::{hash_and_sign_event, reference_hash},
    state_res::{
        auth_types_for_event, check_pdu_format, check_state_dependent_auth_rules, check_state_independent_auth_rules,
    },
};
use serde_json::value::to_raw_value;

use super::{
    Inner,
    head::{Head, Undo},
    pdu::{Pdu, StateKey, room_id_of_create},
    template::NewEvent,
};
use crate::{MatrixError, Result};

/// An event that may be written.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) pdu: Arc<Pdu>,
    /// The state event it takes the place of.
    pub(super) replaces: Option<Arc<Pdu>>,
}

/// The entries of the state that decide whether the event is allowed, and that it refers to.
pub(super) fn auth_keys(head: &Head, event: &NewEvent) -> Result<Vec<StateKey>> {
    let content = to_raw_value(&event.content).map_err(MatrixError::internal)?;
    auth_types_for_event(
        &event.event_type,
        &event.sender,
        event.state_key.as_deref(),
        &content,
        &head.rules.authorization,
    )
    .map_err(MatrixError::bad_json)
}

/// The same, and the entries that have to be known to make the event.
pub(super) fn needed_keys(head: &Head, event: &NewEvent) -> Result<Vec<StateKey>> {
    let mut keys = auth_keys(head, event)?;
    keys.push((StateEventType::RoomCreate, String::new()));
    keys.extend(event.place());
    Ok(keys)
}

impl Inner {
    /// Makes the event at the end of the room and moves the end behind it. What it needs must have
    /// been fetched.
    pub(super) fn prepare(&self, head: &mut Head, event: NewEvent, undo: &mut Undo) -> Result<Prepared> {
        refuse_unstorable(&event)?;
        let rules = head.rules.clone();
        let auth_events: Vec<Arc<Pdu>> = auth_keys(head, &event)?
            .iter()
            .filter_map(|(event_type, state_key)| head.get(event_type, state_key).cloned())
            .collect();
        let is_create = event.event_type == TimelineEventType::RoomCreate;
        if is_create && !head.extremities.is_empty() {
            return Err(MatrixError::forbidden("a room is created once"));
        }
        let names_room = !(is_create && rules.authorization.room_create_event_id_as_room_id);

        let mut object = self.object(head, event, &auth_events, names_room);
        hash_and_sign_event(self.server_name.as_str(), self.key.pair(), &mut object, &rules.redaction)
            .map_err(|error| refuse_format(error.to_string()))?;
        check_pdu_format(&object, &rules.event_format).map_err(refuse_format)?;
        let hash = reference_hash(&object, &rules).map_err(|error| refuse_format(error.to_string()))?;
        let event_id = ruma::OwnedEventId::try_from(format!("${hash}")).map_err(MatrixError::internal)?;
        if !names_room {
            head.room_id = room_id_of_create(&event_id)?;
        }

        let json = serde_json::to_vec(&object).map_err(MatrixError::internal)?;
        let pdu = Arc::new(Pdu::parse(event_id, head.room_id.clone(), json)?);
        authorize(head, &pdu, &auth_events)?;
        let replaces = head.advance(&pdu, undo);
        Ok(Prepared { pdu, replaces })
    }

    /// The JSON of the event before it is hashed and signed.
    fn object(&self, head: &Head, event: NewEvent, auth_events: &[Arc<Pdu>], names_room: bool) -> CanonicalJsonObject {
        let text = |text: &str| CanonicalJsonValue::String(text.to_owned());
        let ids = |ids: &mut dyn Iterator<Item = &ruma::EventId>| {
            CanonicalJsonValue::Array(ids.map(|id| text(id.as_str())).collect())
        };
        let now = event.timestamp.unwrap_or_else(|| self.environment.now());
        let mut content = event.content;
        let mut object = CanonicalJsonObject::new();
        if let Some(redacts) = event.redacts {
            if head.rules.redaction.content_field_redacts {
                content.insert("redacts".to_owned(), text(redacts.as_str()));
            } else {
                object.insert("redacts".to_owned(), text(redacts.as_str()));
            }
        }
        if names_room {
            object.insert("room_id".to_owned(), text(head.room_id.as_str()));
        }
        if let Some(state_key) = event.state_key {
            object.insert("state_key".to_owned(), CanonicalJsonValue::String(state_key));
        }
        object.extend([
            ("auth_events".to_owned(), ids(&mut auth_events.iter().map(|pdu| &*pdu.event_id))),
            ("content".to_owned(), CanonicalJsonValue::Object(content)),
            ("depth".to_owned(), CanonicalJsonValue::Integer(integer(head.depth + 1))),
            ("origin_server_ts".to_owned(), CanonicalJsonValue::Integer(integer(now.get().into()))),
            ("prev_events".to_owned(), ids(&mut head.extremities.iter().map(|id| &**id))),
            ("sender".to_owned(), text(event.sender.as_str())),
            ("type".to_owned(), text(&event.event_type.to_string())),
        ]);
        object
    }
}

/// Checks the event by the rules of the room's version against its auth events and the state of the
/// room, which for an event at its end are the same.
fn authorize(head: &Head, pdu: &Arc<Pdu>, auth_events: &[Arc<Pdu>]) -> Result<()> {
    let rules = &head.rules.authorization;
    let create = head.get(&StateEventType::RoomCreate, "");
    let by_id =
        |event_id: &ruma::EventId| auth_events.iter().chain(create).find(|auth_event| auth_event.event_id == event_id);
    check_state_independent_auth_rules(rules, &**pdu, by_id).map_err(MatrixError::forbidden)?;
    let in_state = |event_type: &StateEventType, state_key: &str| head.get(event_type, state_key);
    check_state_dependent_auth_rules(rules, &**pdu, in_state).map_err(MatrixError::forbidden)
}

/// A NUL is legal JSON, but no engine's text can hold one.
fn refuse_unstorable(event: &NewEvent) -> Result<()> {
    let event_type = event.event_type.to_string();
    if event_type.contains('\0') || event.state_key.as_ref().is_some_and(|key| key.contains('\0')) {
        return Err(MatrixError::bad_json("the type or state key of an event cannot hold a NUL"));
    }
    if event_type.is_empty() {
        return Err(MatrixError::invalid_param("an event needs a type"));
    }
    Ok(())
}

fn refuse_format(reason: String) -> MatrixError {
    if reason.contains("larger than") { MatrixError::too_large(reason) } else { MatrixError::bad_json(reason) }
}

/// Depths and times are far from where JSON's integers end.
fn integer(value: i64) -> ruma::Int {
    ruma::Int::new_saturating(value)
}
