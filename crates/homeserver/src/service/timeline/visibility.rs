//! Which events of a room a user may see, see [history visibility].
//!
//! [history visibility]: https://spec.matrix.org/v1.18/client-server-api/#room-history-visibility

use ruma::{
    RoomId, UserId,
    events::room::{history_visibility::HistoryVisibility, member::MembershipState},
};
use serde::Deserialize;

use super::event::{StoredEvent, columns};
use crate::{
    Result,
    storage::{Connection, StreamPosition, args},
};

/// What decides on what a user sees of a room: how their membership and the room's setting changed.
#[derive(Clone, Debug)]
pub struct History {
    user_id: String,
    memberships: Vec<(StreamPosition, MembershipState)>,
    settings: Vec<(StreamPosition, HistoryVisibility)>,
}

impl History {
    /// Reads it.
    pub async fn load(connection: &mut Connection, room_id: &RoomId, user_id: &UserId) -> Result<Self> {
        let rows = connection
            .fetch_all(
                "SELECT position, membership FROM membership_changes WHERE room_id = $1 AND user_id = $2 \
                 ORDER BY position",
                args![room_id, user_id],
            )
            .await?;
        let memberships =
            rows.iter().map(|row| Ok((row.get(0)?, row.get::<String>(1)?.into()))).collect::<Result<_>>()?;
        let rows = connection
            .fetch_all(
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM state_changes change JOIN events event ON event.event_id = change.event_id \
                     WHERE change.room_id = $1 AND change.type = 'm.room.history_visibility' \
                     AND change.state_key = '' ORDER BY change.position"
                ),
                args![room_id],
            )
            .await?;
        let settings = StoredEvent::from_rows(&rows)?.iter().map(|event| (event.position, setting(event))).collect();
        Ok(Self { user_id: user_id.to_string(), memberships, settings })
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
        let index = self.memberships.partition_point(|(changed, _)| *changed <= position);
        let last = index.checked_sub(1).and_then(|index| self.memberships.get(index));
        last.map_or(MembershipState::Leave, |(_, membership)| membership.clone())
    }

    /// Whether anyone may read the room as it is now.
    pub fn is_world_readable(&self) -> bool {
        self.settings.last().is_some_and(|(_, setting)| *setting == HistoryVisibility::WorldReadable)
    }

    /// Whether the user may see the event.
    pub fn allows(&self, event: &StoredEvent) -> bool {
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
