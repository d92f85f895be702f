//! State events: kept by type and state key, and their facts taken over into the room's record.

use std::collections::BTreeSet;

use ruma::{OwnedUserId, RoomAliasId, RoomId, UserId};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    changes::RoomChanges,
    event::{Event, StrippedEvent, content_of, unsigned_of},
    protocol::{JoinRule, Membership},
    room::{PowerLevels, RoomEncryption, StateEvent, StoredMember, StoredRoom, Tombstone},
};

/// Takes over a state event.
pub(super) fn fold(event: &Event, room: &mut StoredRoom, changes: &mut RoomChanges) {
    let Some(state_key) = &event.state_key else { return };
    let state = StateEvent {
        event_id: Some(event.event_id.clone()),
        sender: event.sender.clone(),
        timestamp: event.timestamp,
        json: event.json.clone(),
    };
    keep(&event.event_type, state_key, state, room, changes);
}

/// Takes over a stripped state event.
pub(super) fn fold_stripped(event: &StrippedEvent, room: &mut StoredRoom, changes: &mut RoomChanges) {
    let state = StateEvent { event_id: None, sender: event.sender.clone(), timestamp: 0, json: event.json.clone() };
    keep(&event.event_type, &event.state_key, state, room, changes);
}

fn keep(event_type: &str, state_key: &str, state: StateEvent, room: &mut StoredRoom, changes: &mut RoomChanges) {
    if event_type == "m.room.member" {
        if let Some(member) = member(state_key, &state.json) {
            changes.touched.members.insert(member.user_id.clone());
            for hero in room.heroes.iter_mut().filter(|hero| hero.user_id == member.user_id) {
                hero.display_name.clone_from(&member.display_name);
                hero.avatar_url.clone_from(&member.avatar_url);
            }
            if let Some(preview) = room.preview.as_mut().filter(|preview| preview.sender == member.user_id) {
                preview.sender_name.clone_from(&member.display_name);
            }
            changes.members.insert(member.user_id.clone(), Some(member));
        }
        return;
    }
    if state_key.is_empty() {
        take_over(event_type, &state, room, changes);
    }
    changes.state.insert((event_type.to_owned(), state_key.to_owned()), Some(state));
}

/// A member from the text of its event. `None`: the content has no membership, or the state key is no user ID.
pub(crate) fn member(state_key: &str, json: &str) -> Option<StoredMember> {
    #[derive(Deserialize)]
    struct Content {
        membership: String,
        displayname: Option<Value>,
        avatar_url: Option<Value>,
    }
    let content: Content = content_of(json)?;
    Some(StoredMember {
        user_id: UserId::parse(state_key).ok()?,
        membership: membership(&content.membership)?,
        display_name: content.displayname.as_ref().and_then(Value::as_str).and_then(filled),
        avatar_url: content.avatar_url.as_ref().and_then(Value::as_str).filter(|url| !url.is_empty()).map(Into::into),
        json: json.to_owned(),
    })
}

/// Whether an event says that a person came into the room, and not only that they changed their name.
pub(super) fn is_joining(event: &Event, user_id: &UserId) -> bool {
    #[derive(Deserialize)]
    struct Content {
        membership: String,
    }
    #[derive(Deserialize)]
    struct Unsigned {
        prev_content: Option<Content>,
    }
    let is_join = |content: Option<Content>| content.is_some_and(|content| content.membership == "join");
    event.event_type == "m.room.member"
        && event.state_key.as_deref() == Some(user_id.as_str())
        && is_join(event.content())
        && !is_join(unsigned_of::<Unsigned>(&event.json).and_then(|unsigned| unsigned.prev_content))
}

/// The specification's names of memberships.
pub(crate) fn membership(name: &str) -> Option<Membership> {
    Some(match name {
        "join" => Membership::Join,
        "invite" => Membership::Invite,
        "leave" => Membership::Leave,
        "ban" => Membership::Ban,
        "knock" => Membership::Knock,
        _ => return None,
    })
}

/// The content of a join rules event.
pub(crate) fn join_rule(content: &Map<String, Value>) -> JoinRule {
    let allow = || {
        let conditions = content.get("allow").and_then(Value::as_array).into_iter().flatten();
        conditions.filter_map(|one| RoomId::parse(one.get("room_id")?.as_str()?).ok()).collect()
    };
    match text(content, "join_rule") {
        Some("public") => JoinRule::Public,
        Some("invite") => JoinRule::Invite,
        Some("knock") => JoinRule::Knock,
        Some("private") => JoinRule::Private,
        Some("restricted") => JoinRule::Restricted { allow: allow() },
        Some("knock_restricted") => JoinRule::KnockRestricted { allow: allow() },
        other => JoinRule::Unknown(other.unwrap_or_default().to_owned()),
    }
}

/// A redacted or malformed event has none of its facts: every field is read as if it might be missing.
fn take_over(event_type: &str, state: &StateEvent, room: &mut StoredRoom, changes: &mut RoomChanges) {
    let content: Map<String, Value> = content_of(&state.json).unwrap_or_default();
    match event_type {
        "m.room.create" => {
            room.room_version = text(&content, "room_version").unwrap_or("1").to_owned();
            room.room_type = text(&content, "type").map(ToOwned::to_owned);
            room.power_levels.creators = creators(&content, state, &room.room_version);
            changes.touched.power_levels = true;
        }
        "m.room.power_levels" => {
            let creators = std::mem::take(&mut room.power_levels.creators);
            room.power_levels = PowerLevels::parse(&content, creators);
            changes.touched.power_levels = true;
        }
        "m.room.name" => room.name = text(&content, "name").and_then(filled),
        "m.room.topic" => room.topic = text(&content, "topic").and_then(filled),
        "m.room.avatar" => room.avatar_url = text(&content, "url").filter(|url| !url.is_empty()).map(Into::into),
        "m.room.canonical_alias" => {
            room.canonical_alias = text(&content, "alias").and_then(|alias| RoomAliasId::parse(alias).ok());
        }
        "m.room.join_rules" => room.join_rule = join_rule(&content),
        "m.room.encryption" => encryption(&content, room),
        "m.room.tombstone" => {
            room.tombstone = Some(Tombstone {
                replacement: text(&content, "replacement_room").and_then(|id| RoomId::parse(id).ok()),
                body: text(&content, "body").unwrap_or_default().to_owned(),
            });
        }
        _ => {}
    }
}

/// A room that is encrypted stays so, whatever is said later: only when its keys change may be said anew.
fn encryption(content: &Map<String, Value>, room: &mut StoredRoom) {
    let number = |key| content.get(key).and_then(Value::as_u64);
    let said = RoomEncryption {
        algorithm: text(content, "algorithm").unwrap_or_default().to_owned(),
        rotation_period_ms: number("rotation_period_ms"),
        rotation_period_msgs: number("rotation_period_msgs"),
    };
    match &mut room.encryption {
        Some(known) if !known.algorithm.is_empty() && known.algorithm != said.algorithm => {}
        encryption => *encryption = Some(said),
    }
}

/// From version 12 on, who created a room, and whom they named beside them, stand above every level.
fn creators(content: &Map<String, Value>, state: &StateEvent, room_version: &str) -> BTreeSet<OwnedUserId> {
    if !room_version.parse::<u32>().is_ok_and(|version| version >= 12) {
        return BTreeSet::new();
    }
    let additional = content.get("additional_creators").and_then(Value::as_array).into_iter().flatten();
    additional
        .filter_map(|user| UserId::parse(user.as_str()?).ok())
        .chain(std::iter::once(state.sender.clone()))
        .collect()
}

fn text<'a>(content: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    content.get(key).and_then(Value::as_str)
}

/// Text that is more than white space.
pub(crate) fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
