//! Who is in a room: joining, inviting, leaving, and being made to leave, see [room membership].
//!
//! [room membership]: https://spec.matrix.org/v1.18/client-server-api/#room-membership

use futures::{StreamExt as _, TryStreamExt as _};
use ruma::{
    CanonicalJsonObject, MxcUri, OwnedRoomId, RoomId, UserId,
    events::{StateEventType, room::member::MembershipState},
};
use serde::Serialize;

use super::{NewEvent, Rooms, cleaning::purge, head::Head, send::hide_missing_room, template};
use crate::{
    MatrixError, Result,
    service::profile::MemberProfile,
    storage::{Connection, StorageError, Topic, WriteKey, args},
};

/// Rooms that are told of a new name at once.
const PROFILE_CHANGES_AT_ONCE: usize = 16;

/// The content of a member event.
#[derive(Serialize)]
pub(super) struct MemberContent<'c> {
    membership: MembershipState,
    #[serde(skip_serializing_if = "Option::is_none")]
    displayname: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<&'c MxcUri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'c str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_direct: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    join_authorised_via_users_server: Option<&'c UserId>,
}

impl<'c> MemberContent<'c> {
    /// A membership that shows who has it.
    pub(super) fn new(membership: MembershipState, profile: &'c MemberProfile) -> Self {
        let displayname = profile.displayname.as_deref();
        let avatar_url = profile.avatar_url.as_deref();
        Self {
            membership,
            displayname,
            avatar_url,
            reason: None,
            is_direct: false,
            join_authorised_via_users_server: None,
        }
    }

    /// The same for a conversation of two.
    pub(super) fn direct(self, is_direct: bool) -> Self {
        Self { is_direct, ..self }
    }
}

/// Who changes whose membership, and why.
#[derive(Clone, Copy, Debug)]
pub struct MembershipRequest<'r> {
    /// The room.
    pub room_id: &'r RoomId,
    /// Who asks.
    pub sender: &'r UserId,
    /// Whom it concerns: for joining and leaving the sender.
    pub target: &'r UserId,
    /// The sender's reason.
    pub reason: Option<&'r str>,
}

impl MembershipRequest<'_> {
    /// The event that gives the target this membership.
    fn event(&self, membership: MembershipState, profile: &MemberProfile) -> Result<NewEvent> {
        self.event_of(MemberContent::new(membership, profile))
    }

    fn event_of(&self, content: MemberContent<'_>) -> Result<NewEvent> {
        let content = template::content_of(&MemberContent { reason: self.reason, ..content })?;
        Ok(NewEvent::state(self.sender.to_owned(), StateEventType::RoomMember, self.target.as_str(), content))
    }
}

impl Rooms {
    /// Joins a room. Whoever is in it already stays so.
    pub async fn join(&self, request: MembershipRequest<'_>) -> Result<()> {
        self.join_with(request, CanonicalJsonObject::new()).await
    }

    /// The same, with more to say in the member event than the server does.
    pub async fn join_with(&self, request: MembershipRequest<'_>, more: CanonicalJsonObject) -> Result<()> {
        let profile = self.0.profiles.of_member(request.target).await?;
        let voucher = self.voucher(request.room_id, request.target).await?;
        self.change(request, |membership| match membership {
            MembershipState::Join => Ok(None),
            _ => {
                let content = MemberContent::new(MembershipState::Join, &profile);
                let join_authorised_via_users_server = voucher.as_deref();
                let mut event = request.event_of(MemberContent { join_authorised_via_users_server, ..content })?;
                for (key, value) in more.clone() {
                    event.content.entry(key).or_insert(value);
                }
                Ok(Some(event))
            }
        })
        .await?;
        self.inherit(request.room_id, request.target).await;
        Ok(())
    }

    /// Asks to be let in.
    pub async fn knock(&self, request: MembershipRequest<'_>) -> Result<()> {
        let profile = self.0.profiles.of_member(request.target).await?;
        self.change(request, |membership| match membership {
            MembershipState::Knock => Ok(None),
            _ => request.event(MembershipState::Knock, &profile).map(Some),
        })
        .await
    }

    /// Invites someone.
    pub async fn invite(&self, request: MembershipRequest<'_>) -> Result<()> {
        let profile = self.0.profiles.of_member(request.target).await?;
        self.check_invite(request.target).await?;
        self.change(request, |membership| match membership {
            MembershipState::Join => Err(MatrixError::forbidden("they are in the room already")),
            _ => request.event(MembershipState::Invite, &profile).map(Some),
        })
        .await
        .map_err(hide_missing_room)
    }

    /// Leaves a room, declines an invite or withdraws a knock. Whoever is not there stays so.
    pub async fn leave(&self, request: MembershipRequest<'_>) -> Result<()> {
        self.change(request, |membership| match membership {
            MembershipState::Leave => Ok(None),
            MembershipState::Ban => Err(MatrixError::forbidden("you are banned from this room")),
            _ => request.event(MembershipState::Leave, &MemberProfile::default()).map(Some),
        })
        .await
    }

    /// Makes someone leave, or takes an invite back.
    pub async fn kick(&self, request: MembershipRequest<'_>) -> Result<()> {
        self.change(request, |membership| match membership {
            MembershipState::Leave | MembershipState::Ban => Err(MatrixError::forbidden("they are not in the room")),
            _ => request.event(MembershipState::Leave, &MemberProfile::default()).map(Some),
        })
        .await
        .map_err(hide_missing_room)
    }

    /// Makes someone leave and stay away.
    pub async fn ban(&self, request: MembershipRequest<'_>) -> Result<()> {
        self.change(request, |_| request.event(MembershipState::Ban, &MemberProfile::default()).map(Some))
            .await
            .map_err(hide_missing_room)
    }

    /// Lets someone come back who was banned.
    pub async fn unban(&self, request: MembershipRequest<'_>) -> Result<()> {
        self.change(request, |membership| match membership {
            MembershipState::Ban => request.event(MembershipState::Leave, &MemberProfile::default()).map(Some),
            _ => Err(MatrixError::refused(
                http::StatusCode::FORBIDDEN,
                ruma::api::error::ErrorKind::BadState,
                "they are not banned",
            )),
        })
        .await
        .map_err(hide_missing_room)
    }

    /// Makes a room that was left disappear from the user's view.
    pub async fn forget(&self, room_id: &RoomId, user_id: &UserId) -> Result<()> {
        match self.membership(room_id, user_id).await? {
            None => return Err(MatrixError::not_found("you were never in this room")),
            Some(MembershipState::Leave | MembershipState::Ban) => {}
            Some(_) => return Err(MatrixError::unknown("leave the room before you forget it")),
        }
        let (room_id, user_id) = (room_id.to_owned(), user_id.to_owned());
        let (server_name, now) = (self.0.server_name.clone(), self.environment().now_millis());
        let is_forgotten = self
            .storage()
            .write(WriteKey::Room(room_id.clone()), move |transaction| {
                Box::pin(async move {
                    transaction
                        .execute(
                            "UPDATE memberships SET forgotten = 1 \
                             WHERE room_id = $1 AND user_id = $2 AND membership IN ('leave', 'ban')",
                            args![&room_id, &user_id],
                        )
                        .await?;
                    let is_forgotten = purge::request(transaction, &room_id, &server_name, now).await?;
                    transaction.notify(Topic::User(user_id));
                    Ok::<_, MatrixError>(is_forgotten)
                })
            })
            .await?;
        if is_forgotten {
            self.0.forgotten.notify_one();
        }
        Ok(())
    }

    /// Tells every room the user is in what they are called and look like now.
    pub async fn change_profile(&self, user_id: &UserId) -> Result<()> {
        let profile = self.0.profiles.of_member(user_id).await?;
        let changes = self.joined_rooms(user_id).await?.into_iter().map(|room_id| {
            let profile = &profile;
            async move { self.show_profile(&room_id, user_id, profile).await }
        });
        // Several at once share their commits.
        let changes = futures::stream::iter(changes).buffer_unordered(PROFILE_CHANGES_AT_ONCE);
        changes.try_for_each(|()| std::future::ready(Ok(()))).await
    }

    async fn show_profile(&self, room_id: &RoomId, user_id: &UserId, profile: &MemberProfile) -> Result<()> {
        let request = MembershipRequest { room_id, sender: user_id, target: user_id, reason: None };
        let changed = self.change(request, |membership| match membership {
            MembershipState::Join => request.event(MembershipState::Join, profile).map(Some),
            _ => Ok(None),
        });
        match changed.await {
            // A room that refuses the change does not keep the others from it.
            Ok(()) | Err(MatrixError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A user's membership of a room; nothing if they never had one.
    pub async fn membership(&self, room_id: &RoomId, user_id: &UserId) -> Result<Option<MembershipState>> {
        let mut connection = self.storage().read().await?;
        let sql = "SELECT membership FROM memberships WHERE room_id = $1 AND user_id = $2";
        let row = connection.fetch_optional(sql, args![room_id, user_id]).await?;
        Ok(row.map(|row| row.get::<String>(0)).transpose()?.map(Into::into))
    }

    /// Refuses whoever is not in the room.
    pub async fn require_joined(&self, room_id: &RoomId, user_id: &UserId) -> Result<()> {
        match self.membership(room_id, user_id).await? {
            Some(MembershipState::Join) => Ok(()),
            _ => Err(MatrixError::forbidden("you are not in this room")),
        }
    }

    /// The rooms a user is in.
    pub async fn joined_rooms(&self, user_id: &UserId) -> Result<Vec<OwnedRoomId>> {
        Ok(joined_rooms(&mut self.storage().read().await?, user_id).await?)
    }

    /// The rooms a user is in, invited to, or wants to be let into.
    pub async fn rooms_to_leave(&self, user_id: &UserId) -> Result<Vec<OwnedRoomId>> {
        let sql = "SELECT room_id FROM memberships WHERE user_id = $1 AND membership IN ('join', 'invite', 'knock')";
        let rows = self.storage().read().await?.fetch_all(sql, args![user_id]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?)
    }

    /// Users of other homeservers cannot be told of anything yet.
    pub(super) fn refuse_remote(&self, user_id: &UserId) -> Result<()> {
        if user_id.server_name() == self.server_name() {
            Ok(())
        } else {
            Err(MatrixError::unknown(format!("{} cannot be reached", user_id.server_name())))
        }
    }

    /// Sends the member event that `decide` makes of the target's present membership, if any.
    async fn change(
        &self,
        request: MembershipRequest<'_>,
        decide: impl Fn(MembershipState) -> Result<Option<NewEvent>> + Send + Sync,
    ) -> Result<()> {
        let key = (StateEventType::RoomMember, request.target.to_string());
        let decide = |head: &Head| {
            let event = decide(head.membership(request.target))?;
            Ok(event.filter(|event| !repeats(head, event)).into_iter().collect())
        };
        self.append(request.room_id, &[key], None, decide).await?;
        Ok(())
    }
}

/// Whether the user has just this member event already.
fn repeats(head: &Head, event: &NewEvent) -> bool {
    let state_key = event.state_key.as_deref().unwrap_or_default();
    head.get(&StateEventType::RoomMember, state_key).is_some_and(|current| {
        current.sender() == event.sender
            && current.content_as::<CanonicalJsonObject>().is_ok_and(|content| content == event.content)
    })
}

/// The rooms a user is in, within a unit of work.
pub(crate) async fn joined_rooms(
    connection: &mut Connection,
    user_id: &UserId,
) -> Result<Vec<OwnedRoomId>, StorageError> {
    let sql = "SELECT room_id FROM memberships WHERE user_id = $1 AND membership = 'join' ORDER BY room_id";
    let rows = connection.fetch_all(sql, args![user_id]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}
