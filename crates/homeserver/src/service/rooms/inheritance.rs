//! What a user takes along from a room to the one that replaces it: its tags, that it is a direct chat, and
//! when it notifies them, see [room upgrades].
//!
//! [room upgrades]: https://spec.matrix.org/v1.18/client-server-api/#room-upgrades

use ruma::{OwnedRoomId, RoomId, UserId, events::StateEventType};
use serde_json::{Value as Json, value::RawValue};

use super::Rooms;
use crate::{MatrixError, Result};

impl Rooms {
    /// Gives a user who joined a room what they had set for the one it replaces. That it fails must not keep
    /// anyone from joining.
    pub(super) async fn inherit(&self, room_id: &RoomId, user_id: &UserId) {
        if let Err(error) = self.try_inherit(room_id, user_id).await {
            tracing::warn!(%room_id, %user_id, ?error, "settings of a replaced room could not be taken along");
        }
    }

    async fn try_inherit(&self, room_id: &RoomId, user_id: &UserId) -> Result<()> {
        let create = (StateEventType::RoomCreate, String::new());
        let predecessor = self
            .look(room_id, &[create], |head| {
                let create = head.get(&StateEventType::RoomCreate, "");
                let content = create.and_then(|pdu| pdu.content_as::<Json>().ok());
                let room_id = content.as_ref().and_then(|content| content.pointer("/predecessor/room_id")?.as_str());
                Ok(room_id.and_then(|room_id| OwnedRoomId::try_from(room_id).ok()))
            })
            .await?;
        let Some(old) = predecessor else { return Ok(()) };
        // Anyone may claim to replace any room; only what was set for one the user was in is theirs to move.
        if self.membership(&old, user_id).await?.is_none() {
            return Ok(());
        }
        let data = &self.0.account_data;
        let tags = data.get(user_id, Some(&old), "m.tag").await?;
        if let Some(tags) = tags
            && data.get(user_id, Some(room_id), "m.tag").await?.is_none()
        {
            data.set(user_id, Some(room_id), "m.tag", &tags).await?;
        }
        for (kind, add) in [("m.direct", add_direct as fn(&mut Json, &str, &str) -> bool), ("m.push_rules", add_rules)]
        {
            let Some(content) = data.get(user_id, None, kind).await? else { continue };
            if !changed(&content, add, &old, room_id)?.1 {
                continue;
            }
            let (old, new) = (old.clone(), room_id.to_owned());
            data.update(user_id, None, kind, move |content| {
                let content = content.unwrap_or_else(|| RawValue::NULL.to_owned());
                let (content, _) = changed(&content, add, &old, &new)?;
                Ok((content, ()))
            })
            .await?;
        }
        Ok(())
    }
}

/// The content with what it says of the old room said of the new one too, and whether that changes it.
fn changed(
    content: &RawValue,
    add: fn(&mut Json, &str, &str) -> bool,
    old: &RoomId,
    new: &RoomId,
) -> Result<(Vec<u8>, bool)> {
    let mut json: Json = serde_json::from_str(content.get()).map_err(MatrixError::internal)?;
    let changed = add(&mut json, old.as_str(), new.as_str());
    Ok((serde_json::to_vec(&json).map_err(MatrixError::internal)?, changed))
}

/// Names the new room beside the old one among the direct chats.
fn add_direct(content: &mut Json, old: &str, new: &str) -> bool {
    let mut changed = false;
    for rooms in content.as_object_mut().into_iter().flat_map(|users| users.values_mut()) {
        let Some(rooms) = rooms.as_array_mut() else { continue };
        let has = |room: &str| rooms.iter().any(|other| other == room);
        if has(old) && !has(new) {
            rooms.push(new.into());
            changed = true;
        }
    }
    changed
}

/// Copies the rules of the room, and those about it that override others, as clients mute rooms by them.
fn add_rules(content: &mut Json, old: &str, new: &str) -> bool {
    let mut changed = false;
    for kind in ["room", "override"] {
        let rules = content.get_mut("global").and_then(|global| global.get_mut(kind)).and_then(Json::as_array_mut);
        let Some(rules) = rules else { continue };
        if rules.iter().any(|rule| rule["rule_id"] == new) {
            continue;
        }
        let Some(index) = rules.iter().position(|rule| rule["rule_id"] == old) else { continue };
        let mut rule = rules[index].clone();
        rule["rule_id"] = new.into();
        for condition in rule.get_mut("conditions").and_then(Json::as_array_mut).into_iter().flatten() {
            if condition["key"] == "room_id" && condition["pattern"] == old {
                condition["pattern"] = new.into();
            }
        }
        rules.insert(index, rule);
        changed = true;
    }
    changed
}
