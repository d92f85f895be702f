//! What a room that replaces another begins with.

use ruma::{
    OwnedUserId, RoomVersionId, UserId,
    events::{StateEventType, room::member::MembershipState},
    room_version_rules::RoomVersionRules,
};
use serde_json::{Value as Json, json};

use super::{
    super::{NewEvent, membership::MemberContent, template},
    Old, levels,
};
use crate::{Result, service::profile::MemberProfile};

/// The state with an empty key that is read of the old room. All of it but its creation and its levels goes
/// to the new one as it is.
pub(super) const TRANSFERRED: [&str; 12] = [
    "m.room.create",
    "m.room.power_levels",
    "m.room.server_acl",
    "m.room.encryption",
    "m.room.name",
    "m.room.avatar",
    "m.room.topic",
    "m.room.guest_access",
    "m.room.history_visibility",
    "m.room.join_rules",
    "m.room.canonical_alias",
    "m.room.retention",
];

/// What goes from room to room.
pub(super) struct Transfer<'t> {
    pub(super) user_id: &'t UserId,
    pub(super) profile: &'t MemberProfile,
    pub(super) version: &'t RoomVersionId,
    pub(super) rules: &'t RoomVersionRules,
    pub(super) predecessor: Json,
    pub(super) additional_creators: &'t [OwnedUserId],
    pub(super) old: &'t Old,
    pub(super) bans: &'t [(OwnedUserId, Json)],
    pub(super) children: &'t [(String, Json)],
}

impl Transfer<'_> {
    /// The first events. The levels come last: until they are there, who makes the room may do everything.
    pub(super) fn events(&self) -> Result<Vec<NewEvent>> {
        let join = template::content_of(&MemberContent::new(MembershipState::Join, self.profile))?;
        let mut events = vec![
            self.state(StateEventType::RoomCreate, "", &self.create())?,
            NewEvent::state(self.user_id.to_owned(), StateEventType::RoomMember, self.user_id.as_str(), join),
        ];
        for (event_type, content) in &self.old.state {
            if !matches!(event_type, StateEventType::RoomCreate | StateEventType::RoomPowerLevels) {
                events.push(self.state(event_type.clone(), "", content)?);
            }
        }
        if self.is_space() {
            // A space is what it holds. What was taken out of it stays out.
            for (state_key, content) in self.children.iter().filter(|(_, content)| content.get("via").is_some()) {
                events.push(self.state(StateEventType::SpaceChild, state_key, content)?);
            }
        }
        for (user_id, content) in self.bans {
            let reason = content.get("reason").filter(|reason| reason.is_string());
            let ban = match reason {
                Some(reason) => json!({ "membership": "ban", "reason": reason }),
                None => json!({ "membership": "ban" }),
            };
            events.push(self.state(StateEventType::RoomMember, user_id.as_str(), &ban)?);
        }
        if let Some(levels) = self.content(&StateEventType::RoomPowerLevels) {
            let rules = &self.rules.authorization;
            let old_creators: &[OwnedUserId] = if self.had_privileged_creators() { &self.old.creators } else { &[] };
            let levels =
                levels::transferred(levels.clone(), rules, self.user_id, self.additional_creators, old_creators);
            events.push(self.state(StateEventType::RoomPowerLevels, "", &levels)?);
        }
        Ok(events)
    }

    fn create(&self) -> Json {
        let rules = &self.rules.authorization;
        let mut content = json!({ "room_version": self.version, "predecessor": self.predecessor });
        let old = self.content(&StateEventType::RoomCreate);
        for key in ["type", "m.federate"] {
            if let Some(value) = old.and_then(|old| old.get(key)) {
                content[key] = value.clone();
            }
        }
        if !rules.use_room_create_sender {
            content["creator"] = json!(self.user_id);
        }
        if rules.additional_room_creators && !self.additional_creators.is_empty() {
            content["additional_creators"] = json!(self.additional_creators);
        }
        content
    }

    fn is_space(&self) -> bool {
        let create = self.content(&StateEventType::RoomCreate);
        create.and_then(|content| content.get("type")).is_some_and(|kind| kind == "m.space")
    }

    /// Whether those who made the old room stood above its levels.
    fn had_privileged_creators(&self) -> bool {
        let version = self.content(&StateEventType::RoomCreate).and_then(|content| content.get("room_version"));
        let version = version.and_then(|version| RoomVersionId::try_from(version.as_str()?).ok());
        let rules = version.and_then(|version| version.rules());
        rules.is_some_and(|rules| rules.authorization.explicitly_privilege_room_creators)
    }

    fn content(&self, event_type: &StateEventType) -> Option<&Json> {
        self.old.state.iter().find(|(found, _)| found == event_type).map(|(_, content)| content)
    }

    fn state(&self, event_type: StateEventType, state_key: &str, content: &Json) -> Result<NewEvent> {
        Ok(NewEvent::state(self.user_id.to_owned(), event_type, state_key, template::content_of(content)?))
    }
}
