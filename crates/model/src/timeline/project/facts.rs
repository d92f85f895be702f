//! State events as facts.

use std::collections::BTreeSet;

use ruma::{OwnedMxcUri, OwnedUserId, RoomAliasId, RoomId, UserId};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    event::{content_of, unsigned_of},
    protocol::{Membership, MembershipChange, ProfileChange, StateFact},
    room::PowerLevels,
    sync::{filled, join_rule, membership},
    timeline::Item,
};

type Content = Map<String, Value>;

/// The fact of a state event. `None`: its content is not what its type demands.
pub fn state_fact(item: &Item) -> Option<StateFact> {
    let state_key = item.state_key.as_deref()?;
    let content: Content = content_of(&item.json)?;
    let words = |key: &str| text(&content, key).and_then(filled);
    Some(match &*item.event_type {
        "m.room.member" => return member(item, state_key, &content),
        "m.room.create" => StateFact::Created {
            predecessor: content.get("predecessor").and_then(|one| RoomId::parse(one.get("room_id")?.as_str()?).ok()),
        },
        "m.room.name" => StateFact::Name { name: words("name") },
        "m.room.topic" => StateFact::Topic { topic: words("topic") },
        "m.room.avatar" => StateFact::Avatar { url: words("url").map(OwnedMxcUri::from) },
        "m.room.canonical_alias" => {
            StateFact::CanonicalAlias { alias: words("alias").and_then(|alias| RoomAliasId::parse(alias).ok()) }
        }
        "m.room.join_rules" => {
            text(&content, "join_rule")?;
            StateFact::JoinRules { rule: join_rule(&content) }
        }
        "m.room.history_visibility" => {
            StateFact::HistoryVisibility { visibility: text(&content, "history_visibility")?.to_owned() }
        }
        "m.room.guest_access" => StateFact::GuestAccess { allowed: text(&content, "guest_access")? == "can_join" },
        "m.room.power_levels" => StateFact::PowerLevels { changes: level_changes(item, &content) },
        "m.room.encryption" => StateFact::Encryption,
        "m.room.pinned_events" => pinned(item, &content),
        "m.room.server_acl" => StateFact::ServerAcl,
        "m.room.tombstone" => StateFact::Tombstone {
            replacement: text(&content, "replacement_room").and_then(|id| RoomId::parse(id).ok()),
            body: words("body").unwrap_or_default(),
        },
        "m.space.child" => StateFact::SpaceChild {
            room_id: RoomId::parse(state_key).ok()?,
            removed: !content.get("via").is_some_and(Value::is_array),
        },
        event_type => StateFact::Other { event_type: event_type.to_owned(), state_key: state_key.to_owned() },
    })
}

/// What the event replaced, which homeservers send along.
fn previous(item: &Item) -> Option<Content> {
    #[derive(Deserialize)]
    struct Unsigned {
        prev_content: Option<Content>,
    }
    #[derive(Deserialize)]
    struct Outer {
        prev_content: Option<Content>,
    }
    unsigned_of::<Unsigned>(&item.json)
        .and_then(|unsigned| unsigned.prev_content)
        .or_else(|| serde_json::from_str::<Outer>(&item.json).ok()?.prev_content)
}

fn member(item: &Item, state_key: &str, content: &Content) -> Option<StateFact> {
    let user_id = UserId::parse(state_key).ok()?;
    let new = membership(text(content, "membership")?)?;
    let before = previous(item);
    let old = before.as_ref().and_then(|before| membership(text(before, "membership")?));
    let by_self = item.sender == user_id;
    let name = |content: &Content| text(content, "displayname").and_then(filled);
    let avatar = |content: &Content| text(content, "avatar_url").and_then(filled);

    if new == Membership::Join && old == Some(Membership::Join) {
        let before = before.clone().unwrap_or_default();
        let (old_name, new_name) = (name(&before), name(content));
        let change = ProfileChange {
            avatar_changed: avatar(&before) != avatar(content),
            display_name: (old_name != new_name).then_some((old_name, new_name)),
        };
        if change.display_name.is_some() || change.avatar_changed {
            return Some(StateFact::Profile { user_id, change });
        }
    }
    // Who leaves mostly has no name in the event any more.
    let display_name = name(content).or_else(|| before.as_ref().and_then(name));
    let change = membership_change(old, new, by_self);
    Some(StateFact::Membership { user_id, display_name, change, reason: text(content, "reason").and_then(filled) })
}

/// The table of the [specification](https://spec.matrix.org/v1.18/client-server-api/#room-membership); without an old
/// membership the person was not there.
fn membership_change(old: Option<Membership>, new: Membership, by_self: bool) -> MembershipChange {
    use Membership::{Ban, Invite, Join, Knock, Leave};
    match (old.unwrap_or(Leave), new) {
        (Leave, Join) | (Knock, Join) => MembershipChange::Joined,
        (Invite, Join) => MembershipChange::InviteAccepted,
        (Knock, Invite) => MembershipChange::KnockAccepted,
        (Leave, Invite) => MembershipChange::Invited,
        (Leave, Knock) => MembershipChange::Knocked,
        (Join, Leave) if by_self => MembershipChange::Left,
        (Join, Leave) => MembershipChange::Kicked,
        (Invite, Leave) if by_self => MembershipChange::InviteRejected,
        (Invite, Leave) => MembershipChange::InviteRevoked,
        (Knock, Leave) if by_self => MembershipChange::KnockRetracted,
        (Knock, Leave) => MembershipChange::KnockDenied,
        (Ban, Leave) => MembershipChange::Unbanned,
        // Without what was before, only who did it tells what happened.
        (Leave, Leave) if old.is_none() && by_self => MembershipChange::Left,
        (Leave, Leave) if old.is_none() => MembershipChange::Kicked,
        (Join, Ban) => MembershipChange::KickedAndBanned,
        (Leave | Invite | Knock, Ban) => MembershipChange::Banned,
        _ => MembershipChange::None,
    }
}

/// The people whose level changed, and from what to what.
fn level_changes(item: &Item, content: &Content) -> Vec<(OwnedUserId, i64, i64)> {
    let Some(before) = previous(item) else { return Vec::new() };
    let old = PowerLevels::parse(&before, BTreeSet::new());
    let new = PowerLevels::parse(content, BTreeSet::new());
    let everyone: BTreeSet<&OwnedUserId> = old.users.keys().chain(new.users.keys()).collect();
    everyone
        .into_iter()
        .map(|user_id| (user_id.clone(), old.of(user_id), new.of(user_id)))
        .filter(|(_, old, new)| old != new)
        .collect()
}

fn pinned(item: &Item, content: &Content) -> StateFact {
    let ids = |content: &Content| -> BTreeSet<String> {
        let pinned = content.get("pinned").and_then(Value::as_array).into_iter().flatten();
        pinned.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    };
    let (old, new) = (previous(item).map(|before| ids(&before)).unwrap_or_default(), ids(content));
    StateFact::PinnedEvents { added: new.difference(&old).count() as u32, removed: old.difference(&new).count() as u32 }
}

fn text<'a>(content: &'a Content, key: &str) -> Option<&'a str> {
    content.get(key).and_then(Value::as_str)
}
