//! An event, ready to be asked what it means to a user.

use std::collections::{BTreeSet, HashMap};

use ruma::{
    OwnedRoomId, RoomVersionId, UInt, UserId,
    events::room::power_levels::RoomPowerLevels,
    events::{AnyTimelineEvent, room::power_levels::RoomPowerLevelsEventContent},
    push::{Action, AnyPushRuleRef, FlattenedJson, PushConditionPowerLevelsCtx, PushConditionRoomCtx, Ruleset},
    room_version_rules::AuthorizationRules,
    serde::Raw,
    state_res::events::RoomCreateEvent,
};
use serde::Deserialize;

use super::{Outcome, Preferences, Rules};
use crate::{
    MatrixError, Result,
    service::{
        rooms::{Pdu, state_groups, version},
        timeline::{StoredEvent, read},
    },
    storage::{Connection, StorageError, args, texts},
};

/// An event with what push rules ask about it.
pub(super) struct Question {
    flat: FlattenedJson,
    context: PushConditionRoomCtx,
    sender: ruma::OwnedUserId,
    /// Whom the event names.
    named: BTreeSet<String>,
}

/// What push rules ask about a room.
#[derive(Debug)]
pub(super) struct Room {
    joined: i64,
    version: String,
}

impl Room {
    /// Those of the rooms that exist.
    pub(super) async fn load(
        connection: &mut Connection,
        rooms: impl IntoIterator<Item = &OwnedRoomId>,
    ) -> Result<HashMap<OwnedRoomId, Self>, StorageError> {
        let rooms: BTreeSet<&OwnedRoomId> = rooms.into_iter().collect();
        let sql = "SELECT room_id, joined, version FROM rooms WHERE room_id {in 1}";
        let rows = connection.fetch_all(sql, args![texts(rooms)]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, Self { joined: row.get(1)?, version: row.get(2)? }))).collect()
    }
}

impl Question {
    /// Reads what is needed. Only a mention of the whole room asks who may make it, or `ask_for_power`.
    pub(super) async fn load(
        connection: &mut Connection,
        room: &Room,
        event: &StoredEvent,
        ask_for_power: bool,
    ) -> Result<Self> {
        let json = std::str::from_utf8(&event.json).map_err(MatrixError::internal)?;
        let joined = UInt::try_from(room.joined).unwrap_or_default();
        let room_id = event.room_id.clone();
        let mut context = PushConditionRoomCtx::new(room_id, joined, event.sender.clone(), String::new());
        if ask_for_power || json.contains("\"room\":true") || json.contains("@room") {
            let version = RoomVersionId::try_from(&*room.version).map_err(MatrixError::internal)?;
            context.power_levels = power_levels(connection, event, &version::rules(&version)?.authorization).await?;
        }
        let raw: Raw<AnyTimelineEvent> = Raw::from_json_string(json.to_owned()).map_err(MatrixError::internal)?;
        let flat = FlattenedJson::from_raw(&raw);
        Ok(Self { flat, context, sender: event.sender.clone(), named: named(event) })
    }

    /// Whom the rules every account begins with may say something else of it than to others.
    pub(super) fn named(&self) -> &BTreeSet<String> {
        &self.named
    }

    /// Whether the rules every account begins with may say something else of it to this user than to
    /// others.
    pub(super) fn names(&self, user_id: &UserId) -> bool {
        self.named.contains(user_id.as_str())
    }

    /// What it means to the user.
    pub(super) async fn ask(&mut self, user_id: &UserId, preferences: &Preferences) -> Outcome {
        let of = |rule: AnyPushRuleRef<'_>| Outcome {
            notify: rule.triggers_notification(),
            highlight: rule.triggers_notification() && rule.triggers_highlight(),
        };
        self.matched(user_id, preferences, of).await.unwrap_or_default()
    }

    /// What is to be done about it for the user.
    pub(super) async fn actions(&mut self, user_id: &UserId, preferences: &Preferences) -> Vec<Action> {
        self.matched(user_id, preferences, |rule| rule.actions().to_vec()).await.unwrap_or_default()
    }

    /// Reads something off the rule that applies.
    async fn matched<T>(
        &mut self,
        user_id: &UserId,
        preferences: &Preferences,
        read: impl Fn(AnyPushRuleRef<'_>) -> T,
    ) -> Option<T> {
        if self.sender == user_id || preferences.ignored.contains(&self.sender) {
            return None;
        }
        self.context.user_id = user_id.to_owned();
        // The rule about display names is deprecated and not among the default ones. It matches the
        // localpart, so that those who kept it are not asked for at every event.
        self.context.user_display_name = user_id.localpart().to_owned();
        let initial;
        let ruleset = match &preferences.rules {
            Rules::Own { ruleset, .. } => ruleset,
            Rules::Default => {
                initial = Ruleset::server_default(user_id);
                &initial
            }
        };
        for rule in ruleset {
            if rule.applies(&self.flat, &self.context).await {
                return Some(read(rule));
            }
        }
        None
    }
}

/// Whom an event mentions, or whose member event it is.
fn named(event: &StoredEvent) -> BTreeSet<String> {
    #[derive(Deserialize)]
    struct Content {
        #[serde(rename = "m.mentions")]
        mentions: Mentions,
    }
    #[derive(Deserialize)]
    struct Mentions {
        user_ids: Vec<String>,
    }
    let mentioned = event.content_as::<Content>().map(|content| content.mentions.user_ids);
    mentioned.into_iter().flatten().chain(event.state_key.clone()).collect()
}

/// Who may notify the whole room, as the event found it. What cannot be read lets nobody.
async fn power_levels(
    connection: &mut Connection,
    event: &StoredEvent,
    rules: &AuthorizationRules,
) -> Result<Option<PushConditionPowerLevelsCtx>> {
    const TYPES: [&str; 2] = ["m.room.create", "m.room.power_levels"];
    let group = event.state_before.unwrap_or(event.state_after);
    let entries = state_groups::singletons_at(connection, group, &TYPES).await?;
    let (mut creators, mut content) = (None, None);
    for state in read::events(connection, entries.values()).await? {
        let pdu = Pdu::parse(state.event_id, state.room_id, state.json)?;
        match pdu.content_as::<RoomPowerLevelsEventContent>() {
            _ if state.event_type == "m.room.create" => creators = RoomCreateEvent::new(&pdu).creators(rules).ok(),
            Ok(levels) => content = Some(levels),
            Err(_) => return Ok(None),
        }
    }
    Ok(creators.map(|creators| RoomPowerLevels::new(content.into(), rules, creators).into()))
}
