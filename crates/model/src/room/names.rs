//! What people are called in a room.
//!
//! <https://spec.matrix.org/v1.18/client-server-api/#calculating-the-display-name-for-a-user>

use std::collections::BTreeMap;

use ruma::{OwnedUserId, UserId};

use super::{PowerLevels, StoredMember, StoredRoom};
use crate::{
    account::Account,
    protocol::{Member, MemberFilter, Membership},
    search_text::fold,
};

/// The members that are loaded, and which of their names are not theirs alone.
#[derive(Debug, Clone, Default)]
pub struct Members {
    by_user: BTreeMap<OwnedUserId, StoredMember>,
    /// How many joined or invited members go by a name.
    by_name: BTreeMap<String, u32>,
}

impl Members {
    /// The members that were loaded.
    pub fn new(members: impl IntoIterator<Item = StoredMember>) -> Self {
        let mut loaded = Self::default();
        for member in members {
            loaded.insert(member);
        }
        loaded
    }

    /// Adds a member, or replaces what was known.
    pub fn insert(&mut self, member: StoredMember) {
        if let Some(known) = self.by_user.get(&member.user_id)
            && let Some(name) = present_name(known)
            && let Some(count) = self.by_name.get_mut(&name)
        {
            *count = count.saturating_sub(1);
        }
        if let Some(name) = present_name(&member) {
            *self.by_name.entry(name).or_default() += 1;
        }
        self.by_user.insert(member.user_id.clone(), member);
    }

    /// What is known of a person.
    pub fn get(&self, user_id: &UserId) -> Option<&StoredMember> {
        self.by_user.get(user_id)
    }

    /// Everyone, by user ID.
    pub fn iter(&self) -> impl Iterator<Item = &StoredMember> {
        self.by_user.values()
    }

    /// The display name.
    pub fn display_name(&self, user_id: &UserId) -> Option<String> {
        self.get(user_id)?.display_name.clone()
    }

    /// The display name, or the first part of the ID of who has none, as everywhere on the page.
    pub fn name(&self, user_id: &UserId) -> String {
        self.display_name(user_id).unwrap_or_else(|| user_id.localpart().to_owned())
    }

    /// Whether another member goes by the same name, so that the ID must be shown with it.
    pub fn is_ambiguous(&self, user_id: &UserId) -> bool {
        self.get(user_id)
            .and_then(|member| member.display_name.as_ref())
            .is_some_and(|name| self.by_name.get(name).copied().unwrap_or(0) > u32::from(self.is_present(user_id)))
    }

    fn is_present(&self, user_id: &UserId) -> bool {
        self.get(user_id).is_some_and(|member| present_name(member).is_some())
    }
}

fn present_name(member: &StoredMember) -> Option<String> {
    let is_present = matches!(member.membership, Membership::Join | Membership::Invite);
    member.display_name.clone().filter(|_| is_present)
}

/// A row of the member list.
pub fn member_row(account: &Account, room: &StoredRoom, members: &Members, member: &StoredMember) -> Member {
    let me = &account.user_id;
    let levels: &PowerLevels = &room.power_levels;
    let may_act = room.membership == Membership::Join && member.user_id != *me;
    Member {
        user_id: member.user_id.clone(),
        display_name: member.display_name.clone(),
        ambiguous: members.is_ambiguous(&member.user_id),
        avatar_url: member.avatar_url.clone(),
        membership: member.membership,
        power_level: levels.of(&member.user_id),
        can_kick: may_act
            && levels.may_kick(me, &member.user_id)
            && matches!(member.membership, Membership::Join | Membership::Invite | Membership::Knock),
        can_ban: may_act && member.membership != Membership::Ban && levels.may_ban(me, &member.user_id),
    }
}

/// The members a list shows, in its order: by level, then by name.
pub fn member_list<'a>(room: &StoredRoom, members: &'a Members, filter: &MemberFilter) -> Vec<&'a StoredMember> {
    let text = fold(&filter.text);
    let is_shown = |member: &&StoredMember| {
        let listed = match member.membership {
            Membership::Join | Membership::Invite => !filter.banned,
            Membership::Ban => filter.banned,
            Membership::Leave | Membership::Knock => false,
        };
        listed && (text.is_empty() || matches_text(member, &text))
    };
    let mut list: Vec<&StoredMember> = members.iter().filter(is_shown).collect();
    list.sort_by_cached_key(|member| {
        let level = room.power_levels.of(&member.user_id);
        let invited = member.membership == Membership::Invite;
        (invited, std::cmp::Reverse(level), sort_name(member), member.user_id.clone())
    });
    list
}

/// People whose name or ID begins with `text`, in any of its words; those who begin with it first.
pub fn completions<'a>(members: &'a Members, text: &str, limit: usize) -> Vec<&'a StoredMember> {
    let text = fold(text);
    let rank = |member: &StoredMember| {
        let name = member.display_name.as_deref().map(fold).unwrap_or_default();
        let localpart = fold(member.user_id.localpart());
        if name.starts_with(&text) || localpart.starts_with(&text) {
            return Some(0);
        }
        name.split_whitespace().any(|word| word.starts_with(&text)).then_some(1)
    };
    let mut found: Vec<(u8, String, &StoredMember)> = members
        .iter()
        .filter(|member| matches!(member.membership, Membership::Join | Membership::Invite))
        .filter_map(|member| Some((rank(member)?, sort_name(member), member)))
        .collect();
    found.sort_by(|a, b| (a.0, &a.1, &a.2.user_id).cmp(&(b.0, &b.1, &b.2.user_id)));
    found.into_iter().take(limit).map(|(_, _, member)| member).collect()
}

fn sort_name(member: &StoredMember) -> String {
    fold(member.display_name.as_deref().unwrap_or(member.user_id.localpart()))
}

fn matches_text(member: &StoredMember, text: &str) -> bool {
    member.display_name.as_deref().is_some_and(|name| fold(name).contains(text))
        || fold(member.user_id.as_str()).contains(text)
}
