//! Replaces a room by one of another version, see [room upgrades].
//!
//! The new room is whole before anyone learns of it. Then one transaction of the old room ends that: its
//! tombstone, its restricted power levels, its aliases and its place in the directory. A crash between the
//! two leaves a room nobody knows of, and the old one as it was.
//!
//! [room upgrades]: https://spec.matrix.org/v1.18/client-server-api/#room-upgrades

mod levels;
mod transfer;

use ruma::{
    OwnedEventId, OwnedRoomId, OwnedUserId, RoomId, RoomVersionId, UserId,
    events::{StateEventType, room::member::MembershipState},
};
use serde_json::{Value as Json, json};

use self::transfer::{TRANSFERRED, Transfer};
use super::{NewEvent, Rooms, StateKey, head::Head, power, template, version, write::Creation};
use crate::{MatrixError, Result, storage::args};

/// What of the old room decides on the new one.
#[derive(Debug)]
struct Old {
    /// The contents of its state with an empty key, by type.
    state: Vec<(StateEventType, Json)>,
    last_event: Option<OwnedEventId>,
    creators: Vec<OwnedUserId>,
}

impl Rooms {
    /// Replaces the room; answers the new one.
    pub async fn upgrade(
        &self,
        room_id: &RoomId,
        user_id: &UserId,
        version: &RoomVersionId,
        additional_creators: &[OwnedUserId],
    ) -> Result<OwnedRoomId> {
        let keys = keys(user_id);
        let old = self.look(room_id, &keys, |head| read(head, user_id)).await?;
        let rules = version::rules(version)?;
        let published = self.is_published(room_id).await?;
        let (bans, children) = self.lists(room_id).await?;

        let profile = self.0.profiles.of_member(user_id).await?;
        let predecessor = match &old.last_event {
            Some(event_id) => json!({ "room_id": room_id, "event_id": event_id }),
            None => json!({ "room_id": room_id }),
        };
        let transfer = Transfer {
            user_id,
            profile: &profile,
            version,
            rules: &rules,
            predecessor,
            additional_creators,
            old: &old,
            bans: &bans,
            children: &children,
        };
        let creation = Creation { version: version.clone(), creator: user_id.to_owned(), published, alias: None };
        let new = self.begin(rules.clone(), transfer.events()?, creation).await?;
        self.end(room_id, user_id, &new, &keys).await?;
        self.inherit(&new, user_id).await;
        Ok(new)
    }

    /// Who is banned, with the reason, and the children if it is a space.
    async fn lists(&self, room_id: &RoomId) -> Result<(Vec<(OwnedUserId, Json)>, Vec<(String, Json)>)> {
        let mut connection = self.storage().read().await?;
        let content = |json: Vec<u8>| -> Result<Json> {
            let mut event: Json = serde_json::from_slice(&json).map_err(MatrixError::internal)?;
            Ok(event.get_mut("content").map(Json::take).unwrap_or_default())
        };
        let sql = "SELECT member.user_id, event.json FROM memberships member \
                   JOIN events event ON event.event_id = member.event_id \
                   WHERE member.room_id = $1 AND member.membership = 'ban' ORDER BY member.user_id";
        let mut bans = Vec::new();
        for row in connection.fetch_all(sql, args![room_id]).await? {
            bans.push((row.get(0)?, content(row.get(1)?)?));
        }
        let sql = "SELECT state.state_key, event.json FROM current_state state \
                   JOIN events event ON event.event_id = state.event_id \
                   WHERE state.room_id = $1 AND state.type = 'm.space.child'";
        let mut children = Vec::new();
        for row in connection.fetch_all(sql, args![room_id]).await? {
            children.push((row.get(0)?, content(row.get(1)?)?));
        }
        Ok((bans, children))
    }

    /// Ends the old room.
    async fn end(&self, room_id: &RoomId, user_id: &UserId, new: &RoomId, keys: &[StateKey]) -> Result<()> {
        let tombstone = json!({ "body": "This room has been replaced", "replacement_room": new });
        let tombstone = template::content_of(&tombstone)?;
        let event = |event_type, content| NewEvent::state(user_id.to_owned(), event_type, "", content);
        let decide = |head: &Head| {
            let level = power::of_user(head, user_id)?;
            let may = |event_type: &StateEventType| Ok::<_, MatrixError>(level >= power::to_set(head, event_type)?);
            if !may(&StateEventType::RoomTombstone)? {
                return Err(MatrixError::forbidden("replacing the room takes more power"));
            }
            let mut events = vec![event(StateEventType::RoomTombstone, tombstone.clone())];
            let content_of =
                |event_type: &StateEventType| head.get(event_type, "").and_then(|pdu| pdu.content_as::<Json>().ok());
            // The aliases go to the new room, so none is canonical here.
            let named = content_of(&StateEventType::RoomCanonicalAlias).filter(|content| *content != json!({}));
            if named.is_some() && may(&StateEventType::RoomCanonicalAlias)? {
                events.push(event(StateEventType::RoomCanonicalAlias, template::content_of(&json!({}))?));
            }
            // Last, since they may take the power for the others away.
            let restricted = content_of(&StateEventType::RoomPowerLevels).and_then(levels::restricted);
            if let Some(restricted) = restricted
                && may(&StateEventType::RoomPowerLevels)?
            {
                events.push(event(StateEventType::RoomPowerLevels, template::content_of(&restricted)?));
            }
            Ok(events)
        };
        self.append_ending(room_id, keys, new, decide).await?;
        Ok(())
    }
}

/// The state to fetch of the old room.
fn keys(user_id: &UserId) -> Vec<StateKey> {
    let mut keys = power::keys().to_vec();
    keys.push((StateEventType::RoomMember, user_id.to_string()));
    keys.push((StateEventType::RoomTombstone, String::new()));
    keys.extend(TRANSFERRED.iter().map(|event_type| (StateEventType::from(*event_type), String::new())));
    keys
}

/// Reads the old room, for whoever may replace it.
fn read(head: &Head, user_id: &UserId) -> Result<Old> {
    let may = head.membership(user_id) == MembershipState::Join
        && power::of_user(head, user_id)? >= power::to_set(head, &StateEventType::RoomTombstone)?;
    if !may {
        return Err(MatrixError::forbidden("replacing the room takes more power"));
    }
    let types = TRANSFERRED.iter().map(|event_type| StateEventType::from(*event_type));
    let state = types.filter_map(|event_type| {
        let content = head.get(&event_type, "")?.content_as::<Json>().ok()?;
        Some((event_type, content))
    });
    Ok(Old {
        state: state.collect(),
        last_event: head.extremities.first().cloned(),
        creators: power::creators(head)?.into_iter().collect(),
    })
}
