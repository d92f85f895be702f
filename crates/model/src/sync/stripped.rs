//! Invites and knocks: a room of which the homeserver tells a few facts.

use ruma::RoomId;

use super::{response::StrippedRoom, state};
use crate::{
    account::Account,
    changes::{RoomChanges, Snapshot},
    protocol::Membership,
    room::{Hero, StoredRoom},
};

/// The room's record is made anew from the stripped state; history kept from an earlier membership stays.
pub(super) fn stripped(
    account: &Account,
    room_id: &RoomId,
    snapshot: &Snapshot,
    update: &StrippedRoom,
    membership: Membership,
) -> RoomChanges {
    let mut changes = RoomChanges::new(room_id.to_owned());
    let mut room = snapshot.room_or_new(room_id, membership);
    room.membership = membership;
    room.state_complete = false;
    room.is_direct |= account.direct.contains(room_id);

    for event in &update.state {
        state::fold_stripped(event, &mut room, &mut changes);
        if event.event_type == "m.room.member" && event.state_key == account.user_id {
            own_membership(event, membership, &mut room);
        }
    }
    let others = changes.members.values().flatten().filter(|member| member.user_id != account.user_id);
    room.heroes = others
        .map(|member| Hero {
            user_id: member.user_id.clone(),
            display_name: member.display_name.clone(),
            avatar_url: member.avatar_url.clone(),
        })
        .collect();

    changes.touched.tile = true;
    if snapshot.room.as_ref() != Some(&room) {
        changes.room = Some(room);
    }
    changes
}

fn own_membership(event: &crate::event::StrippedEvent, membership: Membership, room: &mut StoredRoom) {
    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    struct Content {
        is_direct: bool,
    }
    #[derive(serde::Deserialize)]
    struct Time {
        origin_server_ts: u64,
    }
    if membership == Membership::Invite {
        room.inviter = Some(event.sender.clone());
        room.is_direct |= event.content::<Content>().unwrap_or_default().is_direct;
    }
    // Some homeservers send the whole event; its time sorts the invite.
    if let Ok(time) = serde_json::from_str::<Time>(&event.json) {
        room.bump_stamp = room.bump_stamp.max(time.origin_server_ts);
    }
}
