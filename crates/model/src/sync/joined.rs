//! Joined and left rooms of a sync response.

use std::collections::BTreeSet;

use ruma::{OwnedUserId, RoomId};

use super::{
    account_data, receipts,
    response::{JoinedRoom, LeftRoom, TimelinePart},
    state, timeline,
};
use crate::{
    account::Account,
    changes::{Needs, RoomChanges, Snapshot},
    event::Event,
    protocol::Membership,
    room::{Hero, StoredRoom, preview, unread},
    timeline::{
        IndexKey, Position,
        editor::Editor,
        relation::{Meaning, meaning},
    },
};

/// What the room of a sync needs: the end of its timeline, the targets of relations, the names of people.
pub(super) fn needs(room: Option<&StoredRoom>, update: &JoinedRoom) -> Needs {
    // Of a room that is not stored there is nothing to load.
    let Some(room) = room else { return Needs::default() };
    let mut needs = needs_of_timeline(room, &update.timeline);
    needs.members.extend(update.summary.heroes.iter().flatten().cloned());
    needs.receipts.extend(update.ephemeral.receipts.iter().map(receipts::ReceiptChange::key));
    needs
}

/// The same for a room that was left.
pub(super) fn needs_left(room: Option<&StoredRoom>, update: &LeftRoom) -> Needs {
    room.map(|room| needs_of_timeline(room, &update.timeline)).unwrap_or_default()
}

fn needs_of_timeline(room: &StoredRoom, part: &TimelinePart) -> Needs {
    let mut needs = Needs::default();
    needs.chunks.extend(room.latest_chunks.iter().copied());
    if room.pending > 0 {
        needs.chunks.insert(Position::PENDING);
    }
    for event in &part.events {
        needs.members.insert(event.sender.clone());
        needs.index.extend(needs_of_event(room, event));
    }
    needs
}

/// Where an event, or what it is about, may be stored beside the end of the timeline.
pub(super) fn needs_of_event(room: &StoredRoom, event: &Event) -> impl Iterator<Item = IndexKey> {
    let target = match meaning(event) {
        Meaning::Relation { target, .. } => Some(IndexKey::Event(target)),
        Meaning::Row | Meaning::Nothing => None,
    };
    let itself = room.has_fragments.then(|| IndexKey::Event(event.event_id.clone()));
    let waiting = room.has_orphans.then(|| IndexKey::Target(event.event_id.clone()));
    let own = event.transaction_id.clone().map(IndexKey::Transaction);
    [target, itself, waiting, own].into_iter().flatten()
}

/// Folds one joined room of a sync response.
pub(super) fn joined(account: &Account, room_id: &RoomId, snapshot: &Snapshot, update: &JoinedRoom) -> RoomChanges {
    let mut changes = RoomChanges::new(room_id.to_owned());
    let mut room = snapshot.room_or_new(room_id, Membership::Join);
    room.membership = Membership::Join;
    room.inviter = None;
    room.state_complete = true;
    room.is_direct = account.direct.contains(room_id);

    summary(snapshot, update, &mut room);
    receipts::fold(account, snapshot, &update.ephemeral.receipts, &mut room, &mut changes);
    account_data::fold(&update.account_data, &mut room, &mut changes);
    history(account, snapshot, &update.state, &update.timeline, &mut room, &mut changes);
    if let Some(unread) = update.unread {
        room.unread_count = unread.notification_count;
        room.highlight_count = unread.highlight_count;
    }
    changes.typing = update
        .ephemeral
        .typing
        .as_ref()
        .map(|people| people.iter().filter(|user_id| **user_id != account.user_id).cloned().collect());
    changes.unreadable = update.unreadable;
    keep(snapshot, room, changes)
}

/// Folds one room the person is no longer in.
pub(super) fn left(account: &Account, room_id: &RoomId, snapshot: &Snapshot, update: &LeftRoom) -> RoomChanges {
    let mut changes = RoomChanges::new(room_id.to_owned());
    let mut room = snapshot.room_or_new(room_id, Membership::Leave);
    account_data::fold(&update.account_data, &mut room, &mut changes);
    history(account, snapshot, &update.state, &update.timeline, &mut room, &mut changes);
    let own = changes.members.get(&account.user_id).and_then(Option::as_ref);
    room.membership = match own.map(|member| member.membership) {
        Some(Membership::Ban) => Membership::Ban,
        _ => Membership::Leave,
    };
    room.inviter = None;
    room.unread_count = 0;
    room.highlight_count = 0;
    room.is_unread = false;
    // What happens from now on is not told.
    room.members_complete = false;
    room.members_current = false;
    changes.typing = Some(BTreeSet::new());
    changes.unreadable = update.unreadable;
    keep(snapshot, room, changes)
}

/// State first, since it is that before the timeline; then the timeline's own state and events in their order.
fn history(
    account: &Account,
    snapshot: &Snapshot,
    before: &[Event],
    part: &TimelinePart,
    room: &mut StoredRoom,
    changes: &mut RoomChanges,
) {
    for event in before.iter().chain(&part.events) {
        state::fold(event, room, changes);
    }
    room.members_current &= !part.limited;
    let mut timeline = Editor::new(snapshot);
    timeline::append(&mut timeline, part, snapshot.room.as_ref());
    timeline.adopt();
    room.is_unread = unread::is_unread(&account.user_id, room, &timeline).unwrap_or(room.is_unread);
    preview::update(room, &timeline, |user_id| preview::stored_name(snapshot, changes, user_id));
    if snapshot.room.as_ref().is_some_and(|room| room.pending > 0) {
        room.update_pending(timeline.chunk(Position::PENDING));
    }
    if room.bump_stamp == 0 {
        room.bump_stamp = part.events.last().map_or(0, |event| event.timestamp);
    }
    timeline.finish(snapshot, room, changes);
    for member in changes.members.values().flatten() {
        for hero in room.heroes.iter_mut().filter(|hero| hero.user_id == member.user_id) {
            hero.display_name.clone_from(&member.display_name);
            hero.avatar_url.clone_from(&member.avatar_url);
        }
    }
}

fn summary(snapshot: &Snapshot, update: &JoinedRoom, room: &mut StoredRoom) {
    room.joined_members = update.summary.joined_members.unwrap_or(room.joined_members);
    room.invited_members = update.summary.invited_members.unwrap_or(room.invited_members);
    if let Some(heroes) = &update.summary.heroes {
        room.heroes = heroes.iter().map(|user_id| hero(snapshot, room, user_id)).collect();
    }
}

fn hero(snapshot: &Snapshot, room: &StoredRoom, user_id: &OwnedUserId) -> Hero {
    if let Some(member) = snapshot.members.get(user_id) {
        return Hero {
            user_id: user_id.clone(),
            display_name: member.display_name.clone(),
            avatar_url: member.avatar_url.clone(),
        };
    }
    let known = room.heroes.iter().find(|hero| hero.user_id == *user_id).cloned();
    known.unwrap_or_else(|| Hero { user_id: user_id.clone(), display_name: None, avatar_url: None })
}

fn keep(snapshot: &Snapshot, room: StoredRoom, mut changes: RoomChanges) -> RoomChanges {
    if snapshot.room.as_ref() != Some(&room) {
        changes.room = Some(room);
        changes.touched.tile = true;
    }
    changes
}
