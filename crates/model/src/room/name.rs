//! [The name of a room](https://spec.matrix.org/v1.18/client-server-api/#calculating-the-display-name-for-a-room), as facts.

use ruma::UserId;

use super::{Hero, StoredRoom};
use crate::protocol::{Membership, RoomName};

/// How many people a room is called after.
const NAMES: usize = 5;

/// The name of a room as `me` sees it.
pub fn room_name(room: &StoredRoom, me: &UserId) -> RoomName {
    if let Some(name) = room.name.clone().or_else(|| room.canonical_alias.as_ref().map(ToString::to_string)) {
        return RoomName::Named(name);
    }
    let names: Vec<String> =
        room.heroes.iter().filter(|hero| hero.user_id != *me).take(NAMES).map(shown_name).collect();
    if room.membership == Membership::Invite {
        return invited(room, names);
    }
    let everyone = room.joined_members + room.invited_members;
    let others = everyone.saturating_sub(1);
    if others == 0 {
        // Heroes who are named though nobody else is there have left.
        return RoomName::Empty { was: names };
    }
    let others = others.saturating_sub(names.len() as u64);
    RoomName::People { names, others }
}

/// An invite tells little: who invited names the room at least.
fn invited(room: &StoredRoom, names: Vec<String>) -> RoomName {
    if names.is_empty() {
        let inviter = room.inviter.iter().map(|user_id| user_id.to_string()).collect::<Vec<_>>();
        return if inviter.is_empty() {
            RoomName::Empty { was: Vec::new() }
        } else {
            RoomName::People { names: inviter, others: 0 }
        };
    }
    RoomName::People { names, others: 0 }
}

fn shown_name(hero: &Hero) -> String {
    hero.display_name.clone().unwrap_or_else(|| hero.user_id.to_string())
}
