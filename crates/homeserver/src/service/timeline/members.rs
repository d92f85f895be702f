//! The members of a room, for those who may see them.

use std::collections::BTreeMap;

use ruma::{OwnedMxcUri, OwnedUserId, RoomId, UserId, events::room::member::MembershipState};
use serde::Deserialize;

use super::{StoredEvent, Token, access::Access, event::columns, read, state::group_at};
use crate::{
    MatrixError, Result,
    service::rooms::{Rooms, state_groups},
    storage::args,
};

/// What a member event says of its user.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct MemberContent {
    /// The membership.
    pub membership: Option<MembershipState>,
    /// The display name.
    pub displayname: Option<String>,
    /// The avatar.
    pub avatar_url: Option<OwnedMxcUri>,
}

impl Rooms {
    /// The member events, as they were at a point of the timeline if one is given.
    pub async fn members(&self, room_id: &RoomId, user_id: &UserId, at: Option<Token>) -> Result<Vec<StoredEvent>> {
        let mut connection = self.storage().read().await?;
        let access = Access::of(&mut connection, room_id, user_id).await?;
        let at = match (at, access.until) {
            (Some(Token(at)), until) => Some(at.min(until.unwrap_or(at))),
            (None, until) => until,
        };
        let Some(position) = at else {
            let rows = connection
                .fetch_all(
                    concat!(
                        "SELECT ",
                        columns!(),
                        " FROM current_state state JOIN events event ON event.event_id = state.event_id \
                         WHERE state.room_id = $1 AND state.type = 'm.room.member' ORDER BY state.position"
                    ),
                    args![room_id],
                )
                .await?;
            return StoredEvent::from_rows(&rows);
        };
        let group = group_at(&mut connection, room_id, position).await?;
        let state = state_groups::state_at(&mut connection, group).await?;
        let members = state.iter().filter(|((event_type, _), _)| event_type.to_string() == "m.room.member");
        read::events(&mut connection, members.map(|(_, event_id)| event_id)).await
    }

    /// Who is in the room, for those who are.
    pub async fn joined_members(
        &self,
        room_id: &RoomId,
        user_id: &UserId,
    ) -> Result<BTreeMap<OwnedUserId, MemberContent>> {
        if self.membership(room_id, user_id).await? != Some(MembershipState::Join) {
            return Err(MatrixError::forbidden("you are not in this room"));
        }
        let members = self.members(room_id, user_id, None).await?;
        let members = members.iter().filter_map(|event| {
            let content = event.content_as::<MemberContent>()?;
            let user_id = event.state_key.as_deref()?.try_into().ok()?;
            (content.membership == Some(MembershipState::Join)).then_some((user_id, content))
        });
        Ok(members.collect())
    }
}
