//! The state a room begins with, in the order the specification gives.

use ruma::{
    RoomAliasId, RoomVersionId, UserId,
    api::client::room::{
        Visibility,
        create_room::v3::{Request, RoomPreset},
    },
    events::{StateEventType, room::member::MembershipState},
    room_version_rules::RoomVersionRules,
};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json, value::RawValue};

use super::super::{NewEvent, membership::MemberContent, template};
use crate::{MatrixError, Result, service::profile::MemberProfile};

type Object = Map<String, Json>;

/// What decides on a new room's first events.
#[derive(Clone, Copy)]
pub(super) struct Plan<'p> {
    pub(super) creator: &'p UserId,
    pub(super) request: &'p Request,
    pub(super) version: &'p RoomVersionId,
    pub(super) rules: &'p RoomVersionRules,
    pub(super) alias: Option<&'p RoomAliasId>,
}

/// A state event as a request holds it.
#[derive(Deserialize)]
struct Initial {
    #[serde(rename = "type")]
    event_type: StateEventType,
    #[serde(default)]
    state_key: String,
    content: Box<RawValue>,
}

impl Plan<'_> {
    pub(super) fn events(&self, profile: &MemberProfile) -> Result<Vec<NewEvent>> {
        let initial = self.initial_state()?;
        let is_given = |event_type: &StateEventType| {
            initial.iter().any(|given| given.event_type == *event_type && given.state_key.is_empty())
        };
        let join = MemberContent::new(MembershipState::Join, profile);
        let mut events = vec![
            self.state(StateEventType::RoomCreate, &self.create_content()?)?,
            NewEvent::state(
                self.creator.to_owned(),
                StateEventType::RoomMember,
                self.creator.as_str(),
                template::content_of(&join)?,
            ),
            self.state(StateEventType::RoomPowerLevels, &self.power_levels()?)?,
        ];
        if let Some(alias) = self.alias {
            events.push(self.state(StateEventType::RoomCanonicalAlias, &json!({ "alias": alias }))?);
        }
        for (event_type, content) in self.preset_state() {
            if !is_given(&event_type) {
                events.push(self.state(event_type, &content)?);
            }
        }
        for given in initial {
            let content = template::content(given.content.get())?;
            events.push(NewEvent::state(self.creator.to_owned(), given.event_type, given.state_key, content));
        }
        if let Some(name) = &self.request.name {
            events.push(self.state(StateEventType::RoomName, &json!({ "name": name }))?);
        }
        if let Some(topic) = &self.request.topic {
            let content = json!({ "topic": topic, "m.topic": { "m.text": [{ "body": topic }] } });
            events.push(self.state(StateEventType::RoomTopic, &content)?);
        }
        Ok(events)
    }

    fn state(&self, event_type: StateEventType, content: &Json) -> Result<NewEvent> {
        Ok(NewEvent::state(self.creator.to_owned(), event_type, "", template::content_of(content)?))
    }

    fn preset(&self) -> RoomPreset {
        self.request.preset.clone().unwrap_or(match self.request.visibility {
            Visibility::Public => RoomPreset::PublicChat,
            _ => RoomPreset::PrivateChat,
        })
    }

    fn create_content(&self) -> Result<Json> {
        let mut content = match &self.request.creation_content {
            Some(content) => {
                content.deserialize().map_err(|error| MatrixError::bad_json(error.to_string()))?;
                object(content.json())?
            }
            None => Object::new(),
        };
        content.insert("room_version".to_owned(), json!(self.version));
        if self.rules.authorization.use_room_create_sender {
            content.remove("creator");
        } else {
            content.insert("creator".to_owned(), json!(self.creator));
        }
        if !self.rules.authorization.additional_room_creators {
            content.remove("additional_creators");
        } else if self.preset() == RoomPreset::TrustedPrivateChat && !self.request.invite.is_empty() {
            // Creators stand above every power level, so the only equals of one are others.
            let creators = content.entry("additional_creators").or_insert_with(|| json!([]));
            if let Some(creators) = creators.as_array_mut() {
                let invited = self.request.invite.iter().map(|user_id| json!(user_id));
                let new: Vec<_> = invited.filter(|user_id| !creators.contains(user_id)).collect();
                creators.extend(new);
            }
        }
        Ok(Json::Object(content))
    }

    fn power_levels(&self) -> Result<Json> {
        let creators_rule = self.rules.authorization.explicitly_privilege_room_creators;
        let preset = self.preset();
        let mut users = Object::new();
        if !creators_rule {
            users.insert(self.creator.to_string(), json!(100));
            if preset == RoomPreset::TrustedPrivateChat {
                users.extend(self.request.invite.iter().map(|user_id| (user_id.to_string(), json!(100))));
            }
        }
        let mut levels = json!({
            "users": users,
            "users_default": 0,
            "events": {
                "m.room.name": 50,
                "m.room.avatar": 50,
                "m.room.canonical_alias": 50,
                "m.room.power_levels": 100,
                "m.room.history_visibility": 100,
                "m.room.encryption": 100,
                "m.room.server_acl": 100,
                // Only creators may end a room that has them, unless they say otherwise.
                "m.room.tombstone": if creators_rule { 150 } else { 100 },
            },
            "events_default": 0,
            "state_default": 50,
            "ban": 50,
            "kick": 50,
            "redact": 50,
            "invite": if preset == RoomPreset::PublicChat { 50 } else { 0 },
        });
        if let (Some(given), Some(levels)) = (&self.request.power_level_content_override, levels.as_object_mut()) {
            levels.extend(object(given.json())?);
        }
        Ok(levels)
    }

    fn preset_state(&self) -> Vec<(StateEventType, Json)> {
        let (join_rule, guests) = match self.preset() {
            RoomPreset::PublicChat => ("public", "forbidden"),
            _ => ("invite", "can_join"),
        };
        vec![
            (StateEventType::RoomJoinRules, json!({ "join_rule": join_rule })),
            (StateEventType::RoomHistoryVisibility, json!({ "history_visibility": "shared" })),
            (StateEventType::RoomGuestAccess, json!({ "guest_access": guests })),
        ]
    }

    fn initial_state(&self) -> Result<Vec<Initial>> {
        let parse = |json: &RawValue| {
            serde_json::from_str::<Initial>(json.get())
                .map_err(|error| MatrixError::bad_json(format!("initial_state: {error}")))
        };
        self.request.initial_state.iter().map(|event| parse(event.json())).collect()
    }
}

fn object(json: &RawValue) -> Result<Object> {
    serde_json::from_str(json.get()).map_err(|error| MatrixError::bad_json(error.to_string()))
}
