//! The room list: an order over all rooms, of which pages see windows.
//!
//! It holds what ordering and filtering need of each row and nothing else, so that an account opens by reading its rows.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use ruma::{OwnedRoomId, RoomAliasId, RoomId};

use crate::{
    protocol::{RoomListFilter, RoomName, RoomTile, Section, SectionCount},
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
    /// Takes over a room's row, and the alias it is found by as well. Returns whether its place, or whether a filter lets
    /// it pass, may have changed.
    pub fn update(&mut self, tile: &RoomTile, alias: Option<&RoomAliasId>) -> bool {
        let entry = Entry {
            section: tile.section,
            activity: tile.activity,
            text: search_text(&tile.name, alias),
            is_unread: tile.section == Section::Invites || tile.is_unread,
        };
        if self.rooms.get(&tile.room_id) == Some(&entry) {
            return false;
        }
        self.remove(&tile.room_id);
        self.order.insert(sort_key(&tile.room_id, &entry));
        self.rooms.insert(tile.room_id.clone(), entry);
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
fn search_text(name: &RoomName, alias: Option<&RoomAliasId>) -> String {
    let mut text = match name {
        RoomName::Named(name) => name.clone(),
        RoomName::People { names, .. } | RoomName::Empty { was: names } => names.join(" "),
    };
    if let Some(alias) = alias {
        text.push(' ');
        text.push_str(alias.as_str());
    }
    fold(&text)
}
