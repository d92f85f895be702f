//! What users want to hear of, kept in memory as of a position of the stream of account data.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError},
};

use ruma::{
    OwnedUserId, UserId,
    events::{ignored_user_list::IgnoredUserListEventContent, push_rules::PushRulesEventContent},
    push::{PushCondition, Ruleset},
};

use super::Push;
use crate::{
    service::push_rules,
    storage::{Connection, StorageError, Stream, StreamPosition, args, texts},
};

/// The most users whose preferences are kept in memory. Those who never changed a rule cost little.
const CACHED: usize = 100_000;

const IGNORED_USERS: &str = "m.ignored_user_list";

/// What users want to hear of, as of a position of the stream of account data.
#[derive(Debug, Default)]
pub(super) struct Cache {
    seen: StreamPosition,
    preferences: HashMap<OwnedUserId, Arc<Preferences>>,
}

/// What a user wants to hear of.
#[derive(Clone, Debug, Default)]
pub struct Preferences {
    /// The push rules.
    pub rules: Rules,
    /// Whom the user ignores.
    pub ignored: BTreeSet<OwnedUserId>,
}

/// A user's push rules.
#[derive(Clone, Debug, Default)]
pub enum Rules {
    /// Those every account begins with. What they say of an event is the same for all who have them,
    /// but for those it names.
    #[default]
    Default,
    /// Others.
    Own {
        /// The rules.
        ruleset: Box<Ruleset>,
        /// One of them asks who may notify the room.
        asks_for_power: bool,
    },
}

impl Rules {
    fn own(ruleset: Ruleset) -> Self {
        let conditions = ruleset.override_.iter().chain(&ruleset.underride);
        let mut conditions = conditions.filter(|rule| !rule.default).flat_map(|rule| &rule.conditions);
        let asks_for_power =
            conditions.any(|condition| matches!(condition, PushCondition::SenderNotificationPermission(_)));
        Self::Own { ruleset: Box::new(ruleset), asks_for_power }
    }

    /// Whether an event cannot be judged without knowing who may notify the room.
    pub(super) fn ask_for_power(&self) -> bool {
        matches!(self, Self::Own { asks_for_power: true, .. })
    }
}

impl Preferences {
    /// Reads a kind of account data; what cannot be read counts as not set.
    fn read(&mut self, user_id: &UserId, kind: &str, content: &[u8]) {
        if kind == IGNORED_USERS {
            if let Ok(content) = serde_json::from_slice::<IgnoredUserListEventContent>(content) {
                self.ignored = content.ignored_users.into_keys().collect();
            }
        } else if push_rules::initial_content(user_id).is_ok_and(|initial| initial != content)
            && let Ok(content) = serde_json::from_slice::<PushRulesEventContent>(content)
        {
            self.rules = Rules::own(content.global);
        }
    }
}

impl Push {
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
        Ok(found.into_iter().map(Option::unwrap_or_default).collect())
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
                args![seen, now, push_rules::TYPE, IGNORED_USERS],
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
    let mut loaded: HashMap<OwnedUserId, Preferences> = HashMap::new();
    for users in users.chunks(500) {
        let sql = "SELECT user_id, type, content FROM account_data \
            WHERE room_id = '' AND type IN ($1, $2) AND user_id {in 3}";
        for row in connection.fetch_all(sql, args![push_rules::TYPE, IGNORED_USERS, texts(users)]).await? {
            let user_id: OwnedUserId = row.get(0)?;
            let preferences = loaded.entry(user_id.clone()).or_default();
            preferences.read(&user_id, &row.get::<String>(1)?, &row.get::<Vec<u8>>(2)?);
        }
    }
    let unchanged = Arc::new(Preferences::default());
    Ok(users
        .iter()
        .map(|user_id| {
            let found = loaded.remove(*user_id).filter(|found| !found.is_default());
            ((*user_id).clone(), found.map_or_else(|| unchanged.clone(), Arc::new))
        })
        .collect())
}

impl Preferences {
    fn is_default(&self) -> bool {
        matches!(self.rules, Rules::Default) && self.ignored.is_empty()
    }
}
