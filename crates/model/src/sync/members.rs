//! `GET /rooms/{roomId}/members`: the members of a room whose members were loaded lazily.

use ruma::RoomId;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    response::{MalformedRoom, events},
    state,
};
use crate::{
    changes::{Needs, RoomChanges, Snapshot},
    event::Event,
    room::StoredRoom,
};

/// All members of a room.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MembersResponse {
    pub events: Vec<Event>,
}

impl MembersResponse {
    /// Reads an answer, event by event.
    pub fn parse(json: &str) -> Result<Self, MalformedRoom> {
        #[derive(Deserialize)]
        struct Raw<'a> {
            #[serde(borrow)]
            chunk: Vec<&'a RawValue>,
        }
        let raw: Raw<'_> = serde_json::from_str(json).map_err(|_| MalformedRoom)?;
        Ok(Self { events: events(&raw.chunk, &mut 0) })
    }
}

pub(super) fn needs(_room: Option<&StoredRoom>, response: &MembersResponse) -> Needs {
    let members = response.events.iter().filter_map(|event| ruma::UserId::parse(event.state_key.as_deref()?).ok());
    Needs { members: members.collect(), ..Needs::default() }
}

/// Keeps every member, and notes that there are no others.
pub(super) fn members(room_id: &RoomId, snapshot: &Snapshot, response: &MembersResponse) -> RoomChanges {
    let mut changes = RoomChanges::new(room_id.to_owned());
    let Some(stored) = &snapshot.room else { return changes };
    let mut room = stored.clone();
    for event in response.events.iter().filter(|event| event.event_type == "m.room.member") {
        state::fold(event, &mut room, &mut changes);
    }
    changes.members.retain(|user_id, member| snapshot.members.get(user_id) != member.as_ref());
    changes.touched.members = changes.members.keys().cloned().collect();
    room.members_complete = true;
    room.members_current = true;
    if *stored != room {
        changes.touched.tile = true;
        changes.room = Some(room);
    }
    changes
}
