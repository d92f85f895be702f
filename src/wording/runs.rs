//! What a run of state events comes to: who did what, each person once.
//!
//! Pure; the sentences are made in `events`.

use indexmap::IndexMap;
use ruma::OwnedUserId;
use trellis_model::protocol::{EventItem, ItemContent, MembershipChange, StateFact};

/// What people of a run did, taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RunVerb {
    Joined,
    /// Came and went within the run.
    JoinedAndLeft,
    Left,
    WereInvited,
    DeclinedInvite,
    WereRemoved,
    WereBanned,
    WereUnbanned,
    Knocked,
    ChangedProfile,
    /// Changed something about the room.
    ChangedRoom,
}

/// One clause of the summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunPart {
    pub(crate) verb: RunVerb,
    /// In the order of their events.
    pub(crate) names: Vec<String>,
}

/// Sums up the state events of a run: what became of each person, then who changed the room.
pub(crate) fn summarize<'a>(events: impl IntoIterator<Item = &'a EventItem>) -> Vec<RunPart> {
    let mut people: IndexMap<(OwnedUserId, bool), (String, RunVerb)> = IndexMap::new();
    for event in events {
        let Some((user_id, name, verb)) = deed(event) else { continue };
        people
            .entry((user_id, verb == RunVerb::ChangedRoom))
            .and_modify(|(known, before)| {
                *before = before.then(verb);
                known.clone_from(&name);
            })
            .or_insert((name, verb));
    }
    let mut parts: IndexMap<RunVerb, Vec<String>> = IndexMap::new();
    for (name, verb) in people.into_values() {
        parts.entry(verb).or_default().push(name);
    }
    let (mut parts, room): (Vec<_>, Vec<_>) = parts
        .into_iter()
        .map(|(verb, names)| RunPart { verb, names })
        .partition(|part| part.verb != RunVerb::ChangedRoom);
    parts.extend(room);
    parts
}

impl RunVerb {
    /// The two deeds of one person as one.
    fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Joined, Self::Left) => Self::JoinedAndLeft,
            (done, Self::ChangedProfile) => done,
            (_, next) => next,
        }
    }
}

/// Whom the event is about, their name, and what happened.
fn deed(event: &EventItem) -> Option<(OwnedUserId, String, RunVerb)> {
    let ItemContent::State(fact) = &event.content else { return None };
    let sender_name = || event.sender_name.clone().unwrap_or_else(|| event.sender.localpart().to_owned());
    match fact {
        StateFact::Membership { user_id, display_name, change, .. } => {
            let name = display_name.clone().unwrap_or_else(|| user_id.localpart().to_owned());
            Some((user_id.clone(), name, membership_verb(*change)))
        }
        StateFact::Profile { user_id, .. } => Some((user_id.clone(), sender_name(), RunVerb::ChangedProfile)),
        _ => Some((event.sender.clone(), sender_name(), RunVerb::ChangedRoom)),
    }
}

fn membership_verb(change: MembershipChange) -> RunVerb {
    match change {
        MembershipChange::Joined | MembershipChange::InviteAccepted => RunVerb::Joined,
        MembershipChange::Left | MembershipChange::KnockRetracted => RunVerb::Left,
        MembershipChange::Invited | MembershipChange::KnockAccepted => RunVerb::WereInvited,
        MembershipChange::InviteRejected => RunVerb::DeclinedInvite,
        MembershipChange::Kicked | MembershipChange::InviteRevoked | MembershipChange::KnockDenied => {
            RunVerb::WereRemoved
        }
        MembershipChange::Banned | MembershipChange::KickedAndBanned => RunVerb::WereBanned,
        MembershipChange::Unbanned => RunVerb::WereUnbanned,
        MembershipChange::Knocked => RunVerb::Knocked,
        MembershipChange::None => RunVerb::ChangedProfile,
    }
}

#[cfg(test)]
mod tests;
