//! Power levels as they go from room to room.

use ruma::{OwnedUserId, UserId, room_version_rules::AuthorizationRules};
use serde_json::{Map, Value as Json, json};

/// The fields that hold one level.
const LEVELS: [&str; 7] = ["ban", "events_default", "invite", "kick", "redact", "state_default", "users_default"];

/// The fields that hold a level by user, type or kind.
const MAPS: [&str; 3] = ["events", "notifications", "users"];

/// The levels of the old room for one of other rules.
///
/// Creators who stand above levels are not named among them; those who stood above them and do so no longer
/// are the first among the others.
pub(super) fn transferred(
    mut levels: Json,
    rules: &AuthorizationRules,
    user_id: &UserId,
    additional_creators: &[OwnedUserId],
    old_creators: &[OwnedUserId],
) -> Json {
    if rules.integer_power_levels {
        numbers(&mut levels);
    }
    let Some(object) = levels.as_object_mut() else { return levels };
    if rules.explicitly_privilege_room_creators {
        let users = object_of(object, "users");
        users.remove(user_id.as_str());
        for creator in additional_creators {
            users.remove(creator.as_str());
        }
        // Ending a room is for more than those who may set its state.
        object_of(object, "events").entry("m.room.tombstone").or_insert_with(|| json!(150));
    } else {
        let users = object_of(object, "users");
        for creator in old_creators {
            users.entry(creator.as_str()).or_insert_with(|| json!(100));
        }
    }
    levels
}

/// The levels that keep those without power from using the old room; nothing if they do already.
pub(super) fn restricted(mut levels: Json) -> Option<Json> {
    let object = levels.as_object_mut()?;
    let default = object.get("users_default").and_then(level).unwrap_or(0);
    let enough = default.saturating_add(1).max(50);
    let mut changed = false;
    for key in ["events_default", "invite"] {
        if object.get(key).and_then(level).unwrap_or(0) < enough {
            object.insert(key.to_owned(), json!(enough));
            changed = true;
        }
    }
    changed.then_some(levels)
}

fn object_of<'o>(object: &'o mut Map<String, Json>, key: &str) -> &'o mut Map<String, Json> {
    let value = object.entry(key).or_insert_with(|| json!({}));
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("it has just been made an object")
}

/// A level, which old room versions may write as text.
fn level(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Writes levels as numbers, as newer room versions demand.
fn numbers(levels: &mut Json) {
    let Some(object) = levels.as_object_mut() else { return };
    let number = |value: &mut Json| {
        if value.is_string()
            && let Some(level) = level(value)
        {
            *value = json!(level);
        }
    };
    for key in LEVELS {
        object.get_mut(key).into_iter().for_each(number);
    }
    for key in MAPS {
        object.get_mut(key).and_then(Json::as_object_mut).into_iter().flat_map(|map| map.values_mut()).for_each(number);
    }
}
