//! State events in words.

use ruma::UserId;
use trellis_model::protocol::{EventItem, JoinRule, MembershipChange, ProfileChange, StateFact};

use super::{
    list,
    roles::{door, role},
    runs::{RunPart, RunVerb},
    t, user_name,
};

/// As many names as a summary says before it counts.
const NAMED: usize = 3;

/// The sentence of a state event.
pub(crate) fn state_fact(event: &EventItem, fact: &StateFact) -> String {
    let actor = user_name(event.sender_name.as_deref(), &event.sender);
    match fact {
        StateFact::Created { predecessor: None } => t::event_created(actor),
        StateFact::Created { predecessor: Some(_) } => t::event_created_successor(actor),
        StateFact::Membership { user_id, display_name, change, reason } => {
            let sentence = membership(actor, user_name(display_name.as_deref(), user_id), *change);
            match reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()) {
                Some(reason) => t::event_reason(reason, sentence),
                None => sentence,
            }
        }
        StateFact::Profile { user_id, change } => profile(user_id, &actor, change),
        StateFact::Name { name } => or_removed(name.as_deref(), actor, t::event_name, t::event_name_removed),
        StateFact::Topic { topic } => or_removed(topic.as_deref(), actor, t::event_topic, t::event_topic_removed),
        StateFact::Avatar { url: Some(_) } => t::event_avatar(actor),
        StateFact::Avatar { url: None } => t::event_avatar_removed(actor),
        StateFact::CanonicalAlias { alias: Some(alias) } => t::event_alias(actor, alias.as_str()),
        StateFact::CanonicalAlias { alias: None } => t::event_alias_removed(actor),
        StateFact::JoinRules { rule } => join_rule(actor, rule),
        StateFact::HistoryVisibility { visibility } => history_visibility(actor, visibility),
        StateFact::GuestAccess { allowed: true } => t::event_guests_allowed(actor),
        StateFact::GuestAccess { allowed: false } => t::event_guests_forbidden(actor),
        StateFact::PowerLevels { changes } => power_levels(actor, changes),
        StateFact::Encryption => t::event_encryption(actor),
        StateFact::PinnedEvents { added, removed: 0 } if *added > 0 => t::event_pinned(actor, *added),
        StateFact::PinnedEvents { added: 0, removed } if *removed > 0 => t::event_unpinned(actor, *removed),
        StateFact::PinnedEvents { .. } => t::event_pins_changed(actor),
        StateFact::ServerAcl => t::event_server_acl(actor),
        StateFact::Tombstone { replacement: Some(_), .. } => t::event_tombstone(actor),
        StateFact::Tombstone { replacement: None, .. } => t::event_tombstone_end(actor),
        StateFact::SpaceChild { removed: false, .. } => t::event_child_added(actor),
        StateFact::SpaceChild { removed: true, .. } => t::event_child_removed(actor),
        StateFact::Other { event_type, .. } => t::event_other(actor, event_type.as_str()),
    }
}

fn or_removed<'a>(
    value: Option<&'a str>,
    actor: String,
    set: impl Fn(String, &'a str) -> String,
    removed: impl Fn(String) -> String,
) -> String {
    match value.filter(|value| !value.trim().is_empty()) {
        Some(value) => set(actor, value),
        None => removed(actor),
    }
}

fn membership(actor: String, person: String, change: MembershipChange) -> String {
    match change {
        MembershipChange::Joined => t::event_joined(person),
        MembershipChange::Invited => t::event_invited(actor, person),
        MembershipChange::InviteAccepted => t::event_invite_accepted(person),
        MembershipChange::InviteRejected => t::event_invite_rejected(person),
        MembershipChange::InviteRevoked => t::event_invite_revoked(actor, person),
        MembershipChange::Left => t::event_left(person),
        MembershipChange::Kicked => t::event_kicked(actor, person),
        MembershipChange::Banned => t::event_banned(actor, person),
        MembershipChange::KickedAndBanned => t::event_kicked_and_banned(actor, person),
        MembershipChange::Unbanned => t::event_unbanned(actor, person),
        MembershipChange::Knocked => t::event_knocked(person),
        MembershipChange::KnockAccepted => t::event_knock_accepted(actor, person),
        MembershipChange::KnockRetracted => t::event_knock_retracted(person),
        MembershipChange::KnockDenied => t::event_knock_denied(actor, person),
        MembershipChange::None => t::event_membership_none(person),
    }
}

fn profile(user_id: &UserId, actor: &str, change: &ProfileChange) -> String {
    let renamed = change.display_name.as_ref().map(|(before, after)| match (before, after) {
        (Some(before), Some(after)) => t::event_profile_renamed(before.as_str(), after.as_str()),
        (None, Some(after)) => t::event_profile_named(after.as_str(), user_id.localpart()),
        (Some(before), None) => t::event_profile_unnamed(before.as_str()),
        (None, None) => t::event_profile_none(user_id.localpart()),
    });
    match (renamed, change.avatar_changed) {
        (Some(sentence), true) => t::event_profile_both(sentence),
        (Some(sentence), false) => sentence,
        (None, true) => t::event_profile_avatar(actor),
        (None, false) => t::event_profile_none(actor),
    }
}

fn join_rule(actor: String, rule: &JoinRule) -> String {
    match rule {
        JoinRule::Public => t::event_join_public(actor),
        JoinRule::Invite => t::event_join_invite(actor),
        JoinRule::Knock => t::event_join_knock(actor),
        other => t::event_join_restricted(actor, door(other)),
    }
}

fn history_visibility(actor: String, visibility: &str) -> String {
    match visibility {
        "joined" => t::event_history_joined(actor),
        "invited" => t::event_history_invited(actor),
        "shared" => t::event_history_shared(actor),
        "world_readable" => t::event_history_world(actor),
        _ => t::event_history_other(actor),
    }
}

fn power_levels(actor: String, changes: &[(ruma::OwnedUserId, i64, i64)]) -> String {
    match changes {
        [] => t::event_permissions(actor),
        [(user_id, before, after)] => t::event_role(actor, role(*before), user_id.localpart(), role(*after)),
        several => {
            let people = several.iter().map(|(user_id, ..)| user_id.localpart().to_owned()).collect::<Vec<_>>();
            t::event_roles(actor, people_of(&people))
        }
    }
}

/// The sentence of a collapsed run.
pub(crate) fn run(parts: &[RunPart]) -> String {
    let clauses: Vec<_> = parts.iter().map(clause).collect();
    clauses.join(", ")
}

fn clause(part: &RunPart) -> String {
    let people = people_of(&part.names);
    let count = part.names.len();
    match part.verb {
        RunVerb::Joined => t::run_joined(people),
        RunVerb::JoinedAndLeft => t::run_joined_and_left(people),
        RunVerb::Left => t::run_left(people),
        RunVerb::WereInvited => t::run_invited(count, people),
        RunVerb::DeclinedInvite => t::run_declined(people),
        RunVerb::WereRemoved => t::run_removed(count, people),
        RunVerb::WereBanned => t::run_banned(count, people),
        RunVerb::WereUnbanned => t::run_unbanned(count, people),
        RunVerb::Knocked => t::run_knocked(people),
        RunVerb::ChangedProfile => t::run_profile(people),
        RunVerb::ChangedRoom => t::run_room(people),
    }
}

/// All names when they are few, else one and how many others.
fn people_of(names: &[String]) -> String {
    match names {
        [first, rest @ ..] if names.len() > NAMED => t::run_others(first.as_str(), rest.len()),
        names => list(names),
    }
}

#[cfg(test)]
mod tests;
