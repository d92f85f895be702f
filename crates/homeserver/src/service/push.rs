//! Push rules at work: which events notify whom.
//!
//! Only decides; what comes of it is counted by [`unread`](super::unread). Editing the rules is
//! account data's business.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use ruma::{
    OwnedRoomId, OwnedUserId, UInt, UserId,
    events::{
        AnyTimelineEvent, GlobalAccountDataEventType, ignored_user_list::IgnoredUserListEventContent,
        push_rules::PushRulesEventContent,
    },
    push::{FlattenedJson, PushConditionPowerLevelsCtx, PushConditionRoomCtx, Ruleset},
    serde::Raw,
};

use crate::{
    Result,
    storage::{Connection, Storage, StorageError, Stream, StreamPosition, args, in_list},
};

/// The most users whose preferences are kept in memory.
const CACHED: usize = 10_000;

/// Decides who is notified. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Push(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Storage,
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

/// What push rules may ask about a room.
#[derive(Clone, Debug)]
pub struct RoomFacts {
    /// The room.
    pub room_id: OwnedRoomId,
    /// How many have joined it.
    pub joined: u64,
    /// Who may notify everyone.
    pub power_levels: Option<PushConditionPowerLevelsCtx>,
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

/// Whether this kind of account data changes what its user hears of.
pub(crate) fn is_preference(kind: &GlobalAccountDataEventType) -> bool {
    matches!(kind, GlobalAccountDataEventType::PushRules | GlobalAccountDataEventType::IgnoredUserList)
}

impl Push {
    /// Opens the service.
    pub fn new(storage: Storage) -> Self {
        Self(Arc::new(Inner { storage, cache: Mutex::default() }))
    }

    /// Who of `users` is notified of an event. Its sender never is.
    pub async fn notified(
        &self,
        event: &Raw<AnyTimelineEvent>,
        sender: &UserId,
        room: &RoomFacts,
        users: Vec<OwnedUserId>,
    ) -> Result<Vec<Notified>> {
        let users: Vec<_> = users.into_iter().filter(|user_id| user_id != sender).collect();
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let preferences = self.preferences(&users).await?;
        let event = FlattenedJson::from_raw(event);
        let joined = UInt::try_from(room.joined).unwrap_or(UInt::MAX);
        let mut context = PushConditionRoomCtx::new(room.room_id.clone(), joined, sender.to_owned(), String::new());
        context.power_levels = room.power_levels.clone();

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
                if rule.applies(&event, &context).await {
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
    pub async fn preferences(&self, users: &[OwnedUserId]) -> Result<Vec<Arc<Preferences>>, StorageError> {
        let seen = self.refresh().await?;
        let mut found: Vec<Option<Arc<Preferences>>> = {
            let cache = self.cache();
            users.iter().map(|user_id| cache.preferences.get(user_id).cloned()).collect()
        };
        let missing: Vec<&OwnedUserId> =
            users.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(user_id, _)| user_id).collect();
        if !missing.is_empty() {
            let mut connection = self.0.storage.read().await?;
            let mut loaded = load(&mut connection, &missing).await?;
            drop(connection);
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
    async fn refresh(&self) -> Result<StreamPosition, StorageError> {
        let now = self.0.storage.streams().current(Stream::AccountData);
        let seen = self.cache().seen;
        if now <= seen {
            return Ok(seen);
        }
        let mut connection = self.0.storage.read().await?;
        let changed = connection
            .fetch_all(
                "SELECT DISTINCT user_id FROM account_data \
                 WHERE position > $1 AND position <= $2 AND type IN ($3, $4) AND room_id = ''",
                args![seen, now, PUSH_RULES, IGNORED_USERS],
            )
            .await?;
        drop(connection);
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
