//! Push rules at work: which events notify whom.
//!
//! Only decides; what comes of it is counted by [`unread`](super::unread). Editing the rules is
//! account data's business.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use ruma::{
    OwnedServerName, OwnedUserId, UInt, UserId,
    events::{
        AnyTimelineEvent,
        ignored_user_list::IgnoredUserListEventContent,
        push_rules::PushRulesEventContent,
        room::power_levels::{RoomPowerLevels, RoomPowerLevelsEventContent},
    },
    push::{FlattenedJson, PushConditionPowerLevelsCtx, PushConditionRoomCtx, Ruleset},
    room_version_rules::AuthorizationRules,
    serde::Raw,
    state_res::events::RoomCreateEvent,
};

use super::{rooms::Pdu, unread};
use crate::{
    MatrixError, Result,
    storage::{Connection, Storage, StorageError, Stream, StreamPosition, Transaction, args, in_list},
};

/// The most users whose preferences are kept in memory.
const CACHED: usize = 10_000;

/// Decides who is notified. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Push(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Storage,
    server_name: OwnedServerName,
    cache: Mutex<Cache>,
}

/// What users want to hear of, as of a position of the stream of account data.
#[derive(Debug, Default)]
struct Cache {
    seen: StreamPosition,
    preferences: HashMap<OwnedUserId, Arc<Preferences>>,
}

/// What a user wants to hear of.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// The push rules, their own or the default ones.
    pub rules: Ruleset,
    /// Whom the user ignores.
    pub ignored: BTreeSet<OwnedUserId>,
}

/// An event that has just been written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'e> {
    /// The event,
    pub(crate) pdu: &'e Pdu,
    /// its place in the stream,
    pub(crate) position: StreamPosition,
    /// the state event it took the place of,
    pub(crate) replaced: Option<&'e Pdu>,
    /// and the rules of its room.
    pub(crate) rules: &'e AuthorizationRules,
}

impl Written<'_> {
    /// The user whose presence in the room it changes.
    fn enters_or_leaves(&self) -> Option<OwnedUserId> {
        let membership = self.pdu.membership()?;
        let before = self.replaced.and_then(Pdu::membership);
        let user_id = self.pdu.state_key()?.try_into().ok()?;
        Some(user_id).filter(|_| before != Some(membership))
    }
}

/// Someone who is notified of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// Who.
    pub user_id: OwnedUserId,
    /// Whether it concerns them more than others, a mention for example.
    pub highlight: bool,
}

impl Preferences {
    fn of(user_id: &UserId) -> Self {
        Self { rules: Ruleset::server_default(user_id), ignored: BTreeSet::new() }
    }

    /// Reads a kind of account data; what cannot be read counts as not set.
    fn read(&mut self, kind: &str, content: &[u8]) {
        if kind == PUSH_RULES {
            if let Ok(content) = serde_json::from_slice::<PushRulesEventContent>(content) {
                self.rules = content.global;
            }
        } else if let Ok(content) = serde_json::from_slice::<IgnoredUserListEventContent>(content) {
            self.ignored = content.ignored_users.into_keys().collect();
        }
    }
}

const PUSH_RULES: &str = "m.push_rules";
const IGNORED_USERS: &str = "m.ignored_user_list";

impl Push {
    /// Opens the service.
    pub fn new(storage: Storage, server_name: OwnedServerName) -> Self {
        Self(Arc::new(Inner { storage, server_name, cache: Mutex::default() }))
    }

    /// Counts an event for everyone it notifies, in the unit that writes it.
    pub(crate) async fn record(&self, transaction: &mut Transaction, event: Written<'_>) -> Result<()> {
        let Written { pdu, position, .. } = event;
        if let Some(target) = event.pdu.redacts() {
            unread::withdraw(transaction, &pdu.room_id, &target).await?;
        }
        if let Some(target) = event.enters_or_leaves() {
            unread::forget(transaction, &pdu.room_id, &target).await?;
        }
        let relation = pdu.relation();
        let relation = relation.as_ref().and_then(|(parent, kind)| Some((parent.as_str().try_into().ok()?, &**kind)));
        let notified = self.notified(transaction, event).await?;
        unread::record(transaction, &pdu.room_id, position, pdu.sender(), relation, &notified).await?;
        Ok(())
    }

    /// Who is notified of an event: members of this server other than its sender.
    async fn notified(&self, connection: &mut Connection, event: Written<'_>) -> Result<Vec<Notified>> {
        let (pdu, sender) = (event.pdu, event.pdu.sender());
        let sql = "SELECT user_id FROM memberships WHERE room_id = $1 AND membership = 'join'";
        let rows = connection.fetch_all(sql, args![&pdu.room_id]).await?;
        let joined = UInt::try_from(rows.len()).unwrap_or(UInt::MAX);
        let members: Vec<OwnedUserId> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        let users: Vec<_> = members
            .into_iter()
            .filter(|user_id| user_id != sender && user_id.server_name() == self.0.server_name)
            .collect();
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let preferences = self.preferences(connection, &users).await?;
        let json = std::str::from_utf8(&pdu.json).map_err(MatrixError::internal)?;
        let mut context = PushConditionRoomCtx::new(pdu.room_id.clone(), joined, sender.to_owned(), String::new());
        if json.contains("room") {
            // Only a mention of the whole room asks who may make it.
            context.power_levels = power_levels(connection, event).await?;
        }
        let raw: Raw<AnyTimelineEvent> = Raw::from_json_string(json.to_owned()).map_err(MatrixError::internal)?;
        let flat = FlattenedJson::from_raw(&raw);

        let mut notified = Vec::new();
        for (user_id, preferences) in users.into_iter().zip(preferences) {
            if preferences.ignored.contains(sender) {
                continue;
            }
            context.user_id = user_id;
            // The rule about display names is deprecated and not among the default ones. It matches
            // the localpart, so that those who kept it are not asked for at every event.
            context.user_display_name = context.user_id.localpart().to_owned();
            for rule in &preferences.rules {
                if rule.applies(&flat, &context).await {
                    if rule.triggers_notification() {
                        let user_id = context.user_id.clone();
                        notified.push(Notified { user_id, highlight: rule.triggers_highlight() });
                    }
                    break;
                }
            }
        }
        Ok(notified)
    }

    /// What these users want to hear of, in their order.
    pub(crate) async fn preferences(
        &self,
        connection: &mut Connection,
        users: &[OwnedUserId],
    ) -> Result<Vec<Arc<Preferences>>, StorageError> {
        let seen = self.refresh(connection).await?;
        let mut found: Vec<Option<Arc<Preferences>>> = {
            let cache = self.cache();
            users.iter().map(|user_id| cache.preferences.get(user_id).cloned()).collect()
        };
        let missing: Vec<&OwnedUserId> =
            users.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(user_id, _)| user_id).collect();
        if !missing.is_empty() {
            let mut loaded = load(connection, &missing).await?;
            self.keep(seen, &loaded);
            for (user_id, found) in users.iter().zip(&mut found) {
                if found.is_none() {
                    *found = loaded.remove(user_id);
                }
            }
        }
        Ok(users
            .iter()
            .zip(found)
            .map(|(user_id, found)| found.unwrap_or_else(|| Arc::new(Preferences::of(user_id))))
            .collect())
    }

    /// Forgets what has changed since the last look; answers how far it looked.
    async fn refresh(&self, connection: &mut Connection) -> Result<StreamPosition, StorageError> {
        let now = self.0.storage.streams().current(Stream::AccountData);
        let seen = self.cache().seen;
        if now <= seen {
            return Ok(seen);
        }
        let changed = connection
            .fetch_all(
                "SELECT DISTINCT user_id FROM account_data \
                 WHERE position > $1 AND position <= $2 AND type IN ($3, $4) AND room_id = ''",
                args![seen, now, PUSH_RULES, IGNORED_USERS],
            )
            .await?;
        let mut cache = self.cache();
        for row in changed {
            cache.preferences.remove(&row.get::<OwnedUserId>(0)?);
        }
        cache.seen = cache.seen.max(now);
        Ok(cache.seen)
    }

    /// Remembers what was loaded, unless something has changed meanwhile that it may have missed.
    fn keep(&self, seen: StreamPosition, loaded: &HashMap<OwnedUserId, Arc<Preferences>>) {
        let mut cache = self.cache();
        if cache.seen != seen {
            return;
        }
        if cache.preferences.len() + loaded.len() > CACHED {
            cache.preferences.clear();
        }
        cache.preferences.extend(loaded.iter().map(|(user_id, found)| (user_id.clone(), found.clone())));
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.0.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn load(
    connection: &mut Connection,
    users: &[&OwnedUserId],
) -> Result<HashMap<OwnedUserId, Arc<Preferences>>, StorageError> {
    let mut loaded: HashMap<OwnedUserId, Preferences> =
        users.iter().map(|user_id| ((*user_id).clone(), Preferences::of(user_id))).collect();
    for users in users.chunks(500) {
        let sql = format!(
            "SELECT user_id, type, content FROM account_data \
             WHERE room_id = '' AND type IN ($1, $2) AND user_id IN {}",
            in_list(3, users.len())
        );
        let mut values = args![PUSH_RULES, IGNORED_USERS];
        values.extend(users.iter().map(|user_id| (*user_id).into()));
        for row in connection.fetch_all(sql, values).await? {
            if let Some(preferences) = loaded.get_mut(&row.get::<OwnedUserId>(0)?) {
                preferences.read(&row.get::<String>(1)?, &row.get::<Vec<u8>>(2)?);
            }
        }
    }
    Ok(loaded.into_iter().map(|(user_id, preferences)| (user_id, Arc::new(preferences))).collect())
}

/// Who may notify the whole room. What cannot be read lets nobody.
async fn power_levels(connection: &mut Connection, event: Written<'_>) -> Result<Option<PushConditionPowerLevelsCtx>> {
    let room_id = &event.pdu.room_id;
    let rows = connection
        .fetch_all(
            "SELECT event.event_id, event.json FROM current_state state \
             JOIN events event ON event.event_id = state.event_id \
             WHERE state.room_id = $1 AND state.state_key = '' \
             AND state.type IN ('m.room.create', 'm.room.power_levels')",
            args![room_id],
        )
        .await?;
    let (mut creators, mut content) = (None, None);
    for row in rows {
        let pdu = Pdu::parse(row.get(0)?, room_id.clone(), row.get(1)?)?;
        match pdu.content_as::<RoomPowerLevelsEventContent>() {
            _ if pdu.event_type().to_string() == "m.room.create" => {
                creators = RoomCreateEvent::new(&pdu).creators(event.rules).ok();
            }
            Ok(levels) => content = Some(levels),
            Err(_) => return Ok(None),
        }
    }
    Ok(creators.map(|creators| RoomPowerLevels::new(content.into(), event.rules, creators).into()))
}
