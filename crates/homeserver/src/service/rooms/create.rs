//! Makes rooms, see [creation].
//!
//! [creation]: https://spec.matrix.org/v1.18/client-server-api/#creation

mod state;

use std::sync::atomic::Ordering;

use ruma::{
    MilliSecondsSinceUnixEpoch, OwnedRoomId, UInt, UserId,
    api::client::room::{Visibility, create_room::v3::Request},
    events::{StateEventType, room::member::MembershipState},
    room_version_rules::RoomVersionRules,
};

use super::{
    NewEvent, Rooms,
    head::Head,
    membership::MemberContent,
    template, version,
    write::{Besides, Creation, WriteError},
};
use crate::{MatrixError, Result, service::profile::MemberProfile};

/// The most invites a new room may begin with: each is an event of its own.
const MAX_INVITES: usize = 100;

/// The most state events a new room may begin with.
const MAX_INITIAL_STATE: usize = 250;

impl Rooms {
    /// Makes a room as the request describes it, with `creator` in it.
    pub async fn create(&self, creator: &UserId, request: &Request) -> Result<OwnedRoomId> {
        let version = request.room_version.clone().unwrap_or_else(|| self.0.default_version.clone());
        let rules = version::rules(&version)?;
        self.check(request).await?;
        let alias = request.room_alias_name.as_deref().map(|name| self.alias_of(name)).transpose()?;
        if let Some(alias) = &alias
            && self.resolve(alias).await?.is_some()
        {
            return Err(MatrixError::room_in_use("the alias is taken"));
        }

        let plan = state::Plan { creator, request, version: &version, rules: &rules, alias: alias.as_deref() };
        let profiles = &self.0.profiles;
        let mut events = plan.events(&profiles.of_member(creator).await?)?;
        for invited in &request.invite {
            events.push(invite(creator, invited, &profiles.of_member(invited).await?, request.is_direct)?);
        }

        let published = request.visibility == Visibility::Public;
        let creation = Creation { version, creator: creator.to_owned(), published, alias };
        self.begin(rules, events, creation).await
    }

    /// Makes a room of its first events.
    pub(super) async fn begin(
        &self,
        rules: RoomVersionRules,
        mut events: Vec<NewEvent>,
        creation: Creation,
    ) -> Result<OwnedRoomId> {
        if let Some(create) = events.first_mut() {
            create.timestamp = Some(self.creation_time());
        }
        // Room versions before 12 keep this name; later ones are called by their create event.
        let name = format!("!{}:{}", self.environment().word(18), self.server_name());
        let room_id = OwnedRoomId::try_from(name).map_err(MatrixError::internal)?;
        let mut head = Head::new(room_id, rules);
        let besides = Besides { creation: Some(creation), ..Besides::default() };
        let (_, pending) = self.0.make_and_submit(&mut head, events, besides).await.map_err(refuse_state)?;
        match pending.await {
            Ok(_) => {}
            Err(WriteError::Refused(error)) => return Err(error),
            Err(error) => return Err(MatrixError::internal(format!("a new room exists already: {error:?}"))),
        }
        let room_id = head.room_id.clone();
        self.0.heads.slot(&room_id).lock().await.get_or_insert(head);
        Ok(room_id)
    }

    /// A time at which no other room was made. Since version 12 a room is called by the hash of its
    /// create event: the same one, made twice in a millisecond, would be one room.
    fn creation_time(&self) -> MilliSecondsSinceUnixEpoch {
        let now = self.environment().now_millis();
        let later = |last: i64| Some(now.max(last + 1));
        let last = self.0.last_creation.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
        let time = last.ok().and_then(later).unwrap_or(now);
        UInt::try_from(time).map_or_else(|_| self.environment().now(), MilliSecondsSinceUnixEpoch)
    }

    async fn check(&self, request: &Request) -> Result<()> {
        if !request.invite_3pid.is_empty() {
            return Err(MatrixError::unknown("inviting by address needs an identity server"));
        }
        if request.invite.len() > MAX_INVITES {
            return Err(MatrixError::invalid_param(format!("at most {MAX_INVITES} users can be invited at once")));
        }
        if request.initial_state.len() > MAX_INITIAL_STATE {
            return Err(MatrixError::invalid_param(format!("at most {MAX_INITIAL_STATE} initial state events")));
        }
        for target in &request.invite {
            self.check_invite(target).await?;
        }
        Ok(())
    }
}

fn invite(sender: &UserId, target: &UserId, profile: &MemberProfile, is_direct: bool) -> Result<NewEvent> {
    let content = MemberContent::new(MembershipState::Invite, profile).direct(is_direct);
    let content = template::content_of(&content)?;
    Ok(NewEvent::state(sender.to_owned(), StateEventType::RoomMember, target.as_str(), content))
}

/// What the rules of a room forbid its creator is a mistake in the request.
fn refuse_state(error: MatrixError) -> MatrixError {
    match error {
        MatrixError::Refused { kind: ruma::api::error::ErrorKind::Forbidden, message, .. } => {
            MatrixError::invalid_room_state(message)
        }
        error => error,
    }
}
