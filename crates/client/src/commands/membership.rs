//! Coming and going: the person's own membership, and what a moderator does with that of others.

use ruma::{
    OwnedRoomId, OwnedRoomOrAliasId, OwnedServerName, OwnedUserId,
    api::client::membership::{
        ban_user, forget_room, invite_user, join_room_by_id_or_alias, kick_user, leave_room, unban_user,
    },
};
use trellis_model::{
    protocol::{Command, Membership, Refusal, Reply},
    room::StoredRoom,
    sync::RoomInput,
};

use super::{Answer, rooms};
use crate::{core::Core, request::SLOW_REQUEST_TIMEOUT, sign_in::store_refusal};

pub(super) async fn answer(core: &Core, command: Command) -> Result<Answer, Refusal> {
    let homeserver = &core.homeserver;
    match command {
        Command::Join { room, via } => return join(core, room, via).await.map(Answer::from),
        Command::Leave { room_id } => {
            homeserver.send_within(leave_room::v3::Request::new(room_id), SLOW_REQUEST_TIMEOUT).await?;
        }
        Command::Forget { room_id } => {
            homeserver.send(forget_room::v3::Request::new(room_id.clone())).await?;
            core.change_room(room_id, RoomInput::Forgotten).await.map_err(store_refusal)?;
        }
        Command::Invite { room_id, user_id, reason } => {
            let recipient = invite_user::v3::InvitationRecipient::UserId(invite(user_id, reason));
            let request = invite_user::v3::Request::new(room_id, recipient);
            homeserver.send_within(request, SLOW_REQUEST_TIMEOUT).await?;
        }
        Command::Kick { room_id, user_id, reason } => {
            let mut request = kick_user::v3::Request::new(room_id, user_id);
            request.reason = reason;
            homeserver.send(request).await?;
        }
        Command::Ban { room_id, user_id, reason } => {
            let mut request = ban_user::v3::Request::new(room_id, user_id);
            request.reason = reason;
            homeserver.send(request).await?;
        }
        Command::Unban { room_id, user_id, reason } => {
            let mut request = unban_user::v3::Request::new(room_id, user_id);
            request.reason = reason;
            homeserver.send(request).await?;
        }
        _ => return Err(Refusal::InvalidInput),
    }
    Ok(Reply::Done.into())
}

fn invite(user_id: OwnedUserId, reason: Option<String>) -> invite_user::v3::InviteUserId {
    let mut invite = invite_user::v3::InviteUserId::new(user_id);
    invite.reason = reason;
    invite
}

/// Joins. A room one was invited to as a direct chat is one from then on.
async fn join(core: &Core, room: OwnedRoomOrAliasId, via: Vec<OwnedServerName>) -> Result<Reply, Refusal> {
    let invite = invited(core, &room).await?;
    let mut request = join_room_by_id_or_alias::v3::Request::new(room);
    request.via = via;
    let room_id = core.homeserver.send_within(request, SLOW_REQUEST_TIMEOUT).await?.room_id;
    if let Some(room) = invite
        && room.is_direct
        && let Some(inviter) = &room.inviter
        && !core.account.borrow().direct.contains(&room_id)
        && let Err(refusal) = rooms::add_direct(core, &room_id, inviter).await
    {
        // The room is joined all the same; it merely stands among the rooms.
        tracing::warn!(?refusal, "a direct chat could not be marked as one");
    }
    Ok(Reply::Room { room_id })
}

async fn invited(core: &Core, room: &OwnedRoomOrAliasId) -> Result<Option<StoredRoom>, Refusal> {
    let Ok(room_id) = OwnedRoomId::try_from(room.as_str()) else { return Ok(None) };
    let room = core.records.room(&room_id).await.map_err(store_refusal)?;
    Ok(room.filter(|room| room.membership == Membership::Invite))
}
