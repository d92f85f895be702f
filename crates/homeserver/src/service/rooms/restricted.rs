//! Rooms that let in the members of other rooms, see [restricted rooms].
//!
//! Whether a user is a member of one of those rooms is not part of the authorization rules: a server that
//! knows it vouches for them, by signing the join event in the name of a member who may invite. So it is
//! checked here before such an event is made, and nowhere else.
//!
//! [restricted rooms]: https://spec.matrix.org/v1.18/client-server-api/#restricted-rooms

use std::collections::BTreeSet;

use ruma::{
    OwnedRoomId, OwnedUserId, RoomId, UserId,
    events::{StateEventType, room::member::MembershipState},
    room::{AllowRule, JoinRule},
};

use super::{Rooms, head::Head, power};
use crate::{
    MatrixError, Result,
    storage::{Connection, args, texts},
};

/// Members asked for at once.
const USERS_PER_QUERY: usize = 200;

/// Members looked at to find one who may invite, where anyone may.
const ANYONE: i64 = 50;

/// What it takes to be let in without an invite.
#[derive(Debug)]
struct Door {
    /// Members of one of these rooms are let in.
    allowed: BTreeSet<OwnedRoomId>,
    /// Who may let them in by name.
    hosts: Vec<OwnedUserId>,
    /// Members who are not named in the power levels may let them in too.
    everyone: bool,
}

impl Rooms {
    /// The member who vouches for a user that joins because they are in another room; nothing where they
    /// need nobody to, or where only the authorization rules have a say.
    pub(super) async fn voucher(&self, room_id: &RoomId, user_id: &UserId) -> Result<Option<OwnedUserId>> {
        let member = (StateEventType::RoomMember, user_id.to_string());
        let mut keys = power::keys().to_vec();
        keys.extend([(StateEventType::RoomJoinRules, String::new()), member]);
        let Some(door) = self.look(room_id, &keys, |head| door(head, user_id)).await? else {
            return Ok(None);
        };
        let mut connection = self.storage().read().await?;
        if !is_member_of_any(&mut connection, user_id, &door.allowed).await? {
            return Err(MatrixError::forbidden("you are not in a room whose members are let in"));
        }
        let voucher = self.joined_host(&mut connection, room_id, &door).await?;
        voucher.map(Some).ok_or_else(|| MatrixError::forbidden("nobody here may let you in"))
    }

    /// A member of this homeserver who may invite.
    async fn joined_host(
        &self,
        connection: &mut Connection,
        room_id: &RoomId,
        door: &Door,
    ) -> Result<Option<OwnedUserId>> {
        let local: Vec<_> = door.hosts.iter().filter(|host| host.server_name() == self.server_name()).collect();
        for hosts in local.chunks(USERS_PER_QUERY) {
            let sql = "SELECT user_id FROM memberships \
                WHERE room_id = $1 AND membership = 'join' AND user_id {in 2} LIMIT 1";
            if let Some(row) = connection.fetch_optional(sql, args![room_id, texts(hosts)]).await? {
                return Ok(Some(row.get(0)?));
            }
        }
        if !door.everyone {
            return Ok(None);
        }
        let sql = "SELECT user_id FROM memberships WHERE room_id = $1 AND membership = 'join' LIMIT $2";
        for row in connection.fetch_all(sql, args![room_id, ANYONE]).await? {
            let user_id: OwnedUserId = row.get(0)?;
            let keys = power::keys();
            let may = |head: &Head| Ok(power::of_user(head, &user_id)? >= power::to_invite(head)?);
            if user_id.server_name() == self.server_name() && self.look(room_id, &keys, may).await? {
                return Ok(Some(user_id));
            }
        }
        Ok(None)
    }
}

/// What it takes a user to join, if it takes being in another room.
fn door(head: &Head, user_id: &UserId) -> Result<Option<Door>> {
    if matches!(head.membership(user_id), MembershipState::Join | MembershipState::Invite | MembershipState::Ban) {
        return Ok(None);
    }
    let rules = &head.rules.authorization;
    let join_rules = head.get(&StateEventType::RoomJoinRules, "");
    let allow = match join_rules.and_then(|pdu| pdu.content_as::<JoinRule>().ok()) {
        Some(JoinRule::Restricted(restricted)) if rules.restricted_join_rule => restricted.allow,
        Some(JoinRule::KnockRestricted(restricted)) if rules.knock_restricted_join_rule => restricted.allow,
        _ => return Ok(None),
    };
    let allowed = allow.into_iter().filter_map(|rule| match rule {
        AllowRule::RoomMembership(membership) => Some(membership.room_id),
        _ => None,
    });
    let (hosts, everyone) = power::who_may_invite(head)?;
    Ok(Some(Door { allowed: allowed.collect(), hosts, everyone }))
}

/// Whether the user is in one of the rooms.
pub(super) async fn is_member_of_any(
    connection: &mut Connection,
    user_id: &UserId,
    rooms: &BTreeSet<OwnedRoomId>,
) -> Result<bool> {
    let rooms: Vec<_> = rooms.iter().collect();
    for rooms in rooms.chunks(USERS_PER_QUERY) {
        let sql = "SELECT 1 FROM memberships WHERE user_id = $1 AND membership = 'join' AND room_id {in 2} LIMIT 1";
        if connection.fetch_optional(sql, args![user_id, texts(rooms)]).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
