//! The room list: an order over all rooms, of which pages see windows.
//!
//! It holds what ordering and filtering need of each room and nothing else; rows are made of the stored rooms.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use ruma::{OwnedRoomId, RoomId};

use crate::{
    account::Account,
    protocol::{RoomListFilter, RoomName, Section, SectionCount},
    room::{StoredRoom, room_name, section},
    search_text::fold,
};

/// By section, the room with the last activity first; the ID makes the order total.
type SortKey = (Section, Reverse<u64>, OwnedRoomId);

/// All rooms of an account in their order.
#[derive(Debug, Clone, Default)]
pub struct RoomList {
    order: BTreeSet<SortKey>,
    rooms: BTreeMap<OwnedRoomId, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    section: Section,
    activity: u64,
    /// The name as a search compares it.
    text: String,
    is_unread: bool,
}

/// A part of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomWindow {
    /// How many rooms pass the filter.
    pub total: u32,
    pub sections: Vec<SectionCount>,
    /// The rooms of the asked range.
    pub keys: Vec<OwnedRoomId>,
}

impl RoomList {
    /// The list of these rooms.
    pub fn new<'a>(account: &Account, rooms: impl IntoIterator<Item = &'a StoredRoom>) -> Self {
        let mut list = Self::default();
        for room in rooms {
            list.update(account, room);
        }
        list
    }

    /// Takes over a room's record. Returns whether its place, or whether a filter lets it pass, may have changed.
    pub fn update(&mut self, account: &Account, room: &StoredRoom) -> bool {
        let Some(section) = section(room) else { return self.remove(&room.room_id) };
        let entry = Entry {
            section,
            activity: room.bump_stamp,
            text: search_text(&room_name(room, &account.user_id), room),
            is_unread: section == Section::Invites || room.is_unread || room.marked_unread || room.unread_count > 0,
        };
        if self.rooms.get(&room.room_id) == Some(&entry) {
            return false;
        }
        self.remove(&room.room_id);
        self.order.insert(sort_key(&room.room_id, &entry));
        self.rooms.insert(room.room_id.clone(), entry);
        true
    }

    /// Takes a room out. Returns whether it was there.
    pub fn remove(&mut self, room_id: &RoomId) -> bool {
        let Some(entry) = self.rooms.remove(room_id) else { return false };
        self.order.remove(&sort_key(room_id, &entry));
        true
    }

    /// How many rooms there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is no room.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The rooms from `start` (included) to `end` (excluded) of those that pass the filter.
    pub fn window(&self, filter: &RoomListFilter, start: u32, end: u32) -> RoomWindow {
        let text = fold(&filter.text);
        let mut counts = BTreeMap::<Section, u32>::new();
        let (mut total, mut keys) = (0, Vec::new());
        for (section, _, room_id) in &self.order {
            let Some(entry) = self.rooms.get(room_id) else { continue };
            if !passes(entry, &text, filter) {
                continue;
            }
            if (start..end).contains(&total) {
                keys.push(room_id.clone());
            }
            total += 1;
            *counts.entry(*section).or_default() += 1;
        }
        let sections = counts.into_iter().map(|(section, rooms)| SectionCount { section, rooms }).collect();
        RoomWindow { total, sections, keys }
    }
}

fn sort_key(room_id: &RoomId, entry: &Entry) -> SortKey {
    (entry.section, Reverse(entry.activity), room_id.to_owned())
}

fn passes(entry: &Entry, text: &str, filter: &RoomListFilter) -> bool {
    (!filter.unread_only || entry.is_unread) && (text.is_empty() || entry.text.contains(text))
}

/// The shown name, and the alias, by which people know a room as well.
fn search_text(name: &RoomName, room: &StoredRoom) -> String {
    let mut text = match name {
        RoomName::Named(name) => name.clone(),
        RoomName::People { names, .. } | RoomName::Empty { was: names } => names.join(" "),
    };
    if let Some(alias) = &room.canonical_alias {
        text.push(' ');
        text.push_str(alias.as_str());
    }
    fold(&text)
}
