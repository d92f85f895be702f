//! A room's record as the page shows it.

use super::{Members, StoredRoom, room_name};
use crate::{
    account::Account,
    protocol::{Composable, Draft, Membership, MessagePreview, Permissions, RoomDetails, RoomTile, Section},
};

/// Where a room stands in the list. `None`: the list does not show it.
pub fn section(room: &StoredRoom) -> Option<Section> {
    match room.membership {
        Membership::Invite => return Some(Section::Invites),
        Membership::Join => {}
        Membership::Leave | Membership::Ban | Membership::Knock => return None,
    }
    Some(if room.tags.contains("m.favourite") {
        Section::Favourites
    } else if room.tags.contains("m.lowpriority") {
        Section::LowPriority
    } else if room.is_direct {
        Section::People
    } else {
        Section::Rooms
    })
}

/// A row of the room list. `None`: the list does not show the room.
pub fn room_tile(account: &Account, room: &StoredRoom, typing: Vec<String>) -> Option<RoomTile> {
    Some(RoomTile {
        room_id: room.room_id.clone(),
        section: section(room)?,
        name: room_name(room, &account.user_id),
        avatar_url: avatar(account, room),
        is_direct: room.is_direct,
        is_space: room.is_space(),
        is_encrypted: room.is_encrypted(),
        inviter: room.inviter.clone(),
        unread_count: room.unread_count,
        highlight_count: room.highlight_count,
        is_unread: room.is_unread || room.marked_unread || room.unread_count > 0,
        preview: room.preview.as_ref().map(|preview| MessagePreview {
            sender: (preview.sender != account.user_id)
                .then(|| preview.sender_name.clone().unwrap_or_else(|| preview.sender.localpart().to_owned())),
            kind: preview.kind.clone(),
        }),
        activity: room.bump_stamp,
        typing,
        unsent: room.unsent,
    })
}

/// The room's own picture, or in a direct chat that of the other.
fn avatar(account: &Account, room: &StoredRoom) -> Option<ruma::OwnedMxcUri> {
    let mut others = room.heroes.iter().filter(|hero| hero.user_id != account.user_id);
    let other = others.next().filter(|_| room.is_direct && others.next().is_none());
    room.avatar_url.clone().or_else(|| other?.avatar_url.clone())
}

/// The header, the composer's state and what the person may do.
pub fn room_details(
    account: &Account,
    room: &StoredRoom,
    members: &Members,
    typing: impl IntoIterator<Item = ruma::OwnedUserId>,
    draft: Option<Draft>,
) -> RoomDetails {
    RoomDetails {
        room_id: room.room_id.clone(),
        membership: room.membership,
        name: room_name(room, &account.user_id),
        topic: room.topic.clone(),
        avatar_url: avatar(account, room),
        canonical_alias: room.canonical_alias.clone(),
        join_rule: room.join_rule.clone(),
        room_version: room.room_version.clone(),
        is_direct: room.is_direct,
        is_space: room.is_space(),
        is_encrypted: room.is_encrypted(),
        inviter: room.inviter.clone(),
        joined_members: room.joined_members,
        invited_members: room.invited_members,
        typing: typing_names(account, members, typing),
        fully_read: room.fully_read.clone(),
        unread_count: room.unread_count,
        highlight_count: room.highlight_count,
        permissions: permissions(account, room),
        composable: composable(account, room),
        draft,
    }
}

/// The names of those who type, without the person.
pub fn typing_names(
    account: &Account,
    members: &Members,
    typing: impl IntoIterator<Item = ruma::OwnedUserId>,
) -> Vec<String> {
    typing.into_iter().filter(|user_id| *user_id != account.user_id).map(|user_id| members.name(&user_id)).collect()
}

/// What the person's level allows.
pub fn permissions(account: &Account, room: &StoredRoom) -> Permissions {
    if room.membership != Membership::Join {
        return Permissions::default();
    }
    let (levels, me) = (&room.power_levels, &*account.user_id);
    Permissions {
        send_messages: levels.may_send(me, "m.room.message"),
        invite: levels.of(me) >= levels.invite,
        kick: levels.of(me) >= levels.kick,
        ban: levels.of(me) >= levels.ban,
        redact_others: levels.may_redact_others(me),
        set_name: levels.may_set(me, "m.room.name"),
        set_topic: levels.may_set(me, "m.room.topic"),
    }
}

/// Whether the composer accepts input, or why not.
pub fn composable(account: &Account, room: &StoredRoom) -> Composable {
    if room.membership != Membership::Join {
        Composable::NotAMember
    } else if let Some(tombstone) = &room.tombstone {
        Composable::Tombstoned { replacement: tombstone.replacement.clone() }
    } else if room.is_encrypted() && !account.encrypts {
        Composable::Encrypted
    } else if permissions(account, room).send_messages {
        Composable::Yes
    } else {
        Composable::NotPermitted
    }
}
