//! Finding people: in a room for autocompletion, on the homeserver for invites.

use ruma::{OwnedUserId, RoomId, api::client::user_directory::search_users};
use trellis_model::{
    protocol::{Member, Membership, Refusal, Reply},
    room::{Members, completions, member_row},
};

use super::Answer;
use crate::{core::Core, request::RequestError, sign_in::store_refusal};

/// People of a room whose name begins with a text. Who is not loaded yet is, if the homeserver answers.
pub(super) async fn members(core: &Core, room_id: &RoomId, text: &str, limit: u32) -> Result<Answer, Refusal> {
    if let Err(refusal) = core.complete_members(room_id).await {
        tracing::debug!(?refusal, "searching among the members that are here");
    }
    let room = core.records.room(room_id).await.map_err(store_refusal)?.ok_or(Refusal::NotFound)?;
    let members = Members::new(core.records.members(room_id).await.map_err(store_refusal)?);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let account = core.account.borrow();
    let found = completions(&members, text, limit).into_iter();
    let rows = found.map(|member| member_row(&account, &room, &members, member)).collect();
    Ok(Reply::Members(rows).into())
}

/// People on the homeserver. Where it has no directory, a whole user ID is still found.
pub(super) async fn users(core: &Core, text: String, limit: u32) -> Result<Answer, Refusal> {
    let exact = OwnedUserId::try_from(text.trim()).ok();
    let mut request = search_users::v3::Request::new(text);
    request.limit = limit.into();
    let mut users: Vec<Member> = match core.homeserver.send(request).await {
        Ok(response) => {
            response.results.into_iter().map(|user| person(user.user_id, user.display_name, user.avatar_url)).collect()
        }
        Err(RequestError::Refused(error)) => {
            tracing::debug!(%error, "the homeserver has no user directory");
            Vec::new()
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(user_id) = exact
        && !users.iter().any(|user| user.user_id == user_id)
    {
        users.insert(0, person(user_id, None, None));
    }
    Ok(Reply::Users(users).into())
}

fn person(user_id: OwnedUserId, display_name: Option<String>, avatar_url: Option<ruma::OwnedMxcUri>) -> Member {
    Member {
        user_id,
        display_name,
        ambiguous: false,
        avatar_url,
        membership: Membership::Leave,
        power_level: 0,
        can_kick: false,
        can_ban: false,
    }
}
