//! Which events of a room a user may see, see [history visibility]: the one place that decides it,
//! whatever the way the events take to the client.
//!
//! [history visibility]: https://spec.matrix.org/v1.18/client-server-api/#room-history-visibility

use std::collections::{BTreeSet, HashMap};

use ruma::{
    OwnedRoomId, OwnedUserId, RoomId, UserId,
    events::{
        ignored_user_list::IgnoredUserListEventContent,
        room::{history_visibility::HistoryVisibility, member::MembershipState},
    },
};
use serde::Deserialize;

use super::{
    event::{StoredEvent, columns},
    standing::membership_at,
};
use crate::{
    MatrixError, Result,
    storage::{Connection, StreamPosition, args, texts},
};

/// What decides on what a user sees of a room: how their membership and the room's setting changed, and
/// whom they ignore.
///
/// Who forgot a room is a stranger to it.
#[derive(Clone, Debug)]
pub struct History {
    user_id: String,
    memberships: Vec<(StreamPosition, MembershipState)>,
    settings: Vec<(StreamPosition, HistoryVisibility)>,
    ignored: BTreeSet<OwnedUserId>,
}

/// Whom a user ignores.
pub async fn ignored_by(connection: &mut Connection, user_id: &UserId) -> Result<BTreeSet<OwnedUserId>> {
    let sql = "SELECT content FROM account_data \
               WHERE user_id = $1 AND room_id = '' AND type = 'm.ignored_user_list'";
    let Some(row) = connection.fetch_optional(sql, args![user_id]).await? else { return Ok(BTreeSet::new()) };
    // What cannot be read counts as not set.
    let list = serde_json::from_slice::<IgnoredUserListEventContent>(&row.get::<Vec<u8>>(0)?);
    Ok(list.map(|list| list.ignored_users.into_keys().collect()).unwrap_or_default())
}

impl History {
    /// Reads it.
    pub async fn load(connection: &mut Connection, room_id: &RoomId, user_id: &UserId) -> Result<Self> {
        let mut histories = Self::load_all(connection, &[room_id], user_id).await?;
        histories.remove(room_id).ok_or_else(|| MatrixError::internal("every room that is asked for is answered"))
    }

    /// Reads that of each of these rooms.
    pub async fn load_all(
        connection: &mut Connection,
        rooms: &[&RoomId],
        user_id: &UserId,
    ) -> Result<HashMap<OwnedRoomId, Self>> {
        if rooms.is_empty() {
            return Ok(HashMap::new());
        }
        let ignored = ignored_by(connection, user_id).await?;
        let none = || Self {
            user_id: user_id.to_string(),
            memberships: Vec::new(),
            settings: Vec::new(),
            ignored: ignored.clone(),
        };
        let mut histories: HashMap<_, _> = rooms.iter().map(|room_id| ((*room_id).to_owned(), none())).collect();
        let sql = "SELECT change.room_id, change.position, change.membership FROM membership_changes change \
            JOIN memberships now ON now.room_id = change.room_id AND now.user_id = change.user_id \
            WHERE change.room_id {in 2} AND change.user_id = $1 AND now.forgotten = 0 \
            ORDER BY change.position";
        for row in connection.fetch_all(sql, args![user_id, texts(rooms)]).await? {
            if let Some(history) = histories.get_mut(&row.get::<OwnedRoomId>(0)?) {
                history.memberships.push((row.get(1)?, row.get::<String>(2)?.into()));
            }
        }
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM state_changes change JOIN events event ON event.event_id = change.event_id \
             WHERE change.room_id {in 1} AND change.type = 'm.room.history_visibility' \
             AND change.state_key = '' ORDER BY change.position"
        );
        for row in connection.fetch_all(sql, args![texts(rooms)]).await? {
            let event = StoredEvent::from_row(&row)?;
            if let Some(history) = histories.get_mut(&event.room_id) {
                history.settings.push((event.position, setting(&event)));
            }
        }
        Ok(histories)
    }

    /// The membership now; nothing for those who never had one.
    pub fn membership(&self) -> Option<&MembershipState> {
        self.memberships.last().map(|(_, membership)| membership)
    }

    /// Where the user left the room for the last time; nothing for those who are in it or never were.
    pub fn left_at(&self) -> Option<StreamPosition> {
        let last_in_it = self.memberships.iter().rposition(|(_, membership)| *membership == MembershipState::Join)?;
        self.memberships.get(last_in_it + 1).map(|(position, _)| *position)
    }

    /// The membership right after the event of this position.
    pub fn membership_at(&self, position: StreamPosition) -> MembershipState {
        membership_at(&self.memberships, position)
    }

    /// How the membership went, oldest first.
    pub(super) fn memberships(&self) -> &[(StreamPosition, MembershipState)] {
        &self.memberships
    }

    /// Whether anyone may read the room as it is now.
    pub fn is_world_readable(&self) -> bool {
        self.settings.last().is_some_and(|(_, setting)| *setting == HistoryVisibility::WorldReadable)
    }

    /// Whether the user sees the event: they may, and do not ignore who sent it. State is shown whoever set
    /// it.
    pub fn allows(&self, event: &StoredEvent) -> bool {
        !self.ignores(event) && self.shows(event)
    }

    /// Whether the user ignores who sent the event, which is not state.
    pub fn ignores(&self, event: &StoredEvent) -> bool {
        event.state_key.is_none() && self.ignored.contains(&event.sender)
    }

    /// Whether the event is in a part of the history that the user may see.
    pub fn shows(&self, event: &StoredEvent) -> bool {
        let before = event.position - 1;
        let is_own_member_event =
            event.event_type == "m.room.member" && event.state_key.as_deref() == Some(self.user_id.as_str());
        let is_setting = event.event_type == "m.room.history_visibility" && event.state_key.as_deref() == Some("");
        let memberships = [Some(before), is_own_member_event.then_some(event.position)];
        let settings = [Some(before), is_setting.then_some(event.position)];
        memberships
            .into_iter()
            .flatten()
            .any(|at| settings.into_iter().flatten().any(|set| self.is_visible(event.position, at, set)))
    }

    /// Whether the user, as their membership went up to a position, had been in the room and may have seen the event.
    pub(super) fn had_seen(&self, event: &StoredEvent, up_to: StreamPosition) -> bool {
        let end = self.memberships.partition_point(|(position, _)| *position <= up_to);
        let then = Self { memberships: self.memberships[..end].to_vec(), ..self.clone() };
        then.memberships.iter().any(|(_, membership)| *membership == MembershipState::Join) && then.shows(event)
    }

    /// The same of a message of this position.
    pub(super) fn shows_message(&self, position: StreamPosition) -> bool {
        self.is_visible(position, position - 1, position - 1)
    }

    fn is_visible(&self, event: StreamPosition, membership_at: StreamPosition, set_at: StreamPosition) -> bool {
        let membership = self.membership_at(membership_at);
        let setting = self.setting_at(set_at);
        match (setting, membership) {
            (HistoryVisibility::WorldReadable, _) | (_, MembershipState::Join) => true,
            (HistoryVisibility::Invited, MembershipState::Invite) => true,
            (HistoryVisibility::Shared, _) => self.joined_after(event),
            _ => false,
        }
    }

    fn joined_after(&self, event: StreamPosition) -> bool {
        self.memberships.iter().any(|(position, membership)| *position > event && *membership == MembershipState::Join)
    }

    /// Before it is set, history is shared.
    fn setting_at(&self, position: StreamPosition) -> HistoryVisibility {
        let index = self.settings.partition_point(|(changed, _)| *changed <= position);
        let last = index.checked_sub(1).and_then(|index| self.settings.get(index));
        last.map_or(HistoryVisibility::Shared, |(_, setting)| setting.clone())
    }
}

/// An unknown or broken setting is read as the default.
fn setting(event: &StoredEvent) -> HistoryVisibility {
    #[derive(Deserialize)]
    struct Content {
        history_visibility: HistoryVisibility,
    }
    match event.content_as::<Content>() {
        Some(Content { history_visibility: HistoryVisibility::_Custom(_) }) | None => HistoryVisibility::Shared,
        Some(content) => content.history_visibility,
    }
}

#[cfg(test)]
mod tests;
