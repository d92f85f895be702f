//! When a user wants to be notified: their ruleset, kept as account data of type `m.push_rules`.
//!
//! Rules are only stored and changed here; what they say of an event is evaluated elsewhere, and before they change for all
//! events there are.

use ruma::{
    UserId,
    push::{Action, InsertPushRuleError, NewPushRule, RemovePushRuleError, RuleKind, Ruleset},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{account_data::AccountData, push::Push};
use crate::{MatrixError, Result};

/// The type of account data that holds the rules.
pub const TYPE: &str = "m.push_rules";

/// When a user wants to be notified.
#[derive(Clone, Debug)]
pub struct PushRules {
    account_data: AccountData,
    push: Push,
}

#[derive(Deserialize, Serialize)]
struct Content {
    global: Ruleset,
}

impl PushRules {
    pub(super) fn new(account_data: AccountData, push: Push) -> Self {
        Self { account_data, push }
    }

    /// The user's rules, the specification's where they changed none.
    pub async fn ruleset(&self, user_id: &UserId) -> Result<Ruleset> {
        let content = self.account_data.get(user_id, None, TYPE).await?;
        parse(user_id, content.as_deref())
    }

    /// Adds a rule, or moves and changes the one of the same ID.
    pub async fn insert(
        &self,
        user_id: &UserId,
        rule: NewPushRule,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<()> {
        let (kind, rule_id) = (rule.kind(), rule.rule_id().to_owned());
        if [&after, &before].into_iter().flatten().any(|other| *other == rule_id) {
            return Err(MatrixError::invalid_param("a rule has no place relative to itself"));
        }
        self.change(user_id, move |ruleset| {
            let before_change = ruleset.get(kind.clone(), &rule_id).map(|rule| rule.enabled());
            let moved = before_change.filter(|_| after.is_some() || before.is_some());
            if moved.is_some() {
                // Ruma counts the place of a rule that moves up as if it had left none, and panics at the end.
                ruleset.remove(kind.clone(), &rule_id).map_err(|error| removal(&error))?;
            }
            ruleset.insert(rule, after.as_deref(), before.as_deref()).map_err(|error| match error {
                InsertPushRuleError::UnknownRuleId => MatrixError::not_found(error.to_string()),
                _ => MatrixError::invalid_param(error.to_string()),
            })?;
            match moved {
                Some(enabled) => ruleset.set_enabled(kind, rule_id, enabled).map_err(|_| no_rule()),
                None => Ok(()),
            }
        })
        .await
    }

    /// Removes a rule of the user's own.
    pub async fn remove(&self, user_id: &UserId, kind: RuleKind, rule_id: String) -> Result<()> {
        self.change(user_id, move |ruleset| ruleset.remove(kind, rule_id).map_err(|error| removal(&error))).await
    }

    /// Switches a rule on or off.
    pub async fn set_enabled(&self, user_id: &UserId, kind: RuleKind, rule_id: String, enabled: bool) -> Result<()> {
        self.change(user_id, move |ruleset| ruleset.set_enabled(kind, rule_id, enabled).map_err(|_| no_rule())).await
    }

    /// Changes what a rule does.
    pub async fn set_actions(
        &self,
        user_id: &UserId,
        kind: RuleKind,
        rule_id: String,
        actions: Vec<Action>,
    ) -> Result<()> {
        self.change(user_id, move |ruleset| ruleset.set_actions(kind, rule_id, actions).map_err(|_| no_rule())).await
    }

    async fn change(
        &self,
        user_id: &UserId,
        change: impl FnOnce(&mut Ruleset) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        self.push.catch_up().await?;
        let owner = user_id.to_owned();
        self.account_data
            .update(user_id, None, TYPE, move |content| {
                let mut ruleset = parse(&owner, content.as_deref())?;
                change(&mut ruleset)?;
                Ok((encode(ruleset)?, ()))
            })
            .await
    }
}

fn removal(error: &RemovePushRuleError) -> MatrixError {
    match error {
        RemovePushRuleError::NotFound => MatrixError::not_found(error.to_string()),
        _ => MatrixError::invalid_param(error.to_string()),
    }
}

/// The error for a rule that is not there.
pub fn no_rule() -> MatrixError {
    MatrixError::not_found("there is no such push rule")
}

/// What a new account begins with.
pub(super) fn initial_content(user_id: &UserId) -> Result<Vec<u8>> {
    encode(Ruleset::server_default(user_id))
}

fn parse(user_id: &UserId, content: Option<&RawValue>) -> Result<Ruleset> {
    match content {
        Some(content) => Ok(serde_json::from_str::<Content>(content.get()).map_err(MatrixError::internal)?.global),
        None => Ok(Ruleset::server_default(user_id)),
    }
}

fn encode(global: Ruleset) -> Result<Vec<u8>> {
    serde_json::to_vec(&Content { global }).map_err(MatrixError::internal)
}
