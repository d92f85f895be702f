//! Made-up rooms, the same for the same number.

use ruma::{RoomId, user_id};
use trellis_model::protocol::{
    MessagePreview, PreviewKind, RoomListFilter, RoomName, RoomTile, Section, SectionCount, Window,
};

const NAMES: [&str; 12] = [
    "Garden",
    "The committee for very long names of rooms that never quite end",
    "Kitchen",
    "مطبخ",
    "Release planning",
    "Water",
    "Weekly",
    "Compost & tools",
    "東京の庭",
    "Neighbours",
    "Bees",
    "Orchard 2026",
];
const PEOPLE: [&str; 6] = ["Bob Weaver", "Cid", "Dora Lindqvist", "Emil", "Fatima Al-Sayed", "Gustav"];
const TEXTS: [&str; 6] = [
    "See you there",
    "I watered the tomatoes this morning and the beans too, but the pump makes that noise again",
    "Yes",
    "Who has the key?",
    "Thanks. I will look at it tomorrow",
    "👍",
];

/// All rooms, in order.
pub(super) struct Rooms(Vec<RoomTile>);

/// The first `count` of them.
pub(super) fn rooms(count: usize) -> Rooms {
    let now = trellis::platform::dates::now();
    let mut tiles: Vec<_> = (0..count).map(|index| tile(index, now)).collect();
    tiles.sort_by_key(|tile| (tile.section, u64::MAX - tile.activity));
    Rooms(tiles)
}

impl Rooms {
    pub(super) fn window(
        &self,
        filter: &RoomListFilter,
        start: u32,
        end: u32,
    ) -> (Vec<SectionCount>, Window<ruma::OwnedRoomId, RoomTile>) {
        let text = filter.text.to_lowercase();
        let shown: Vec<_> = self
            .0
            .iter()
            .filter(|tile| !filter.unread_only || tile.is_unread)
            .filter(|tile| trellis::wording::room_name(&tile.name).to_lowercase().contains(&text))
            .collect();
        let mut sections: Vec<SectionCount> = Vec::new();
        for tile in &shown {
            match sections.last_mut() {
                Some(last) if last.section == tile.section => last.rooms += 1,
                _ => sections.push(SectionCount { section: tile.section, rooms: 1 }),
            }
        }
        let range = (start as usize).min(shown.len())..(end as usize).min(shown.len());
        let rows: Vec<RoomTile> = shown[range].iter().map(|tile| (*tile).clone()).collect();
        let order = Some(rows.iter().map(|tile| tile.room_id.clone()).collect());
        (sections, Window { total: shown.len() as u32, start, order, rows })
    }
}

fn tile(index: usize, now: u64) -> RoomTile {
    let is_direct = index % 3 == 1;
    let section = match index {
        0 => Section::Invites,
        3 | 7 => Section::Favourites,
        _ if is_direct => Section::People,
        _ if index % 17 == 16 => Section::LowPriority,
        _ => Section::Rooms,
    };
    let unread_count = if index % 5 == 2 { index as u64 % 130 } else { 0 };
    let person = PEOPLE[index % PEOPLE.len()].to_owned();
    let name = match index {
        5 => RoomName::People { names: vec!["Bob".into(), "Cid".into(), "Dora".into()], others: 4 },
        _ if is_direct => RoomName::Named(person.clone()),
        _ => RoomName::Named(NAMES[index % NAMES.len()].to_owned()),
    };
    let kind = match index % 9 {
        4 => PreviewKind::Image,
        8 => PreviewKind::Redacted,
        _ => PreviewKind::Text(TEXTS[index % TEXTS.len()].to_owned()),
    };
    RoomTile {
        room_id: RoomId::parse(format!("!room{index}:example.org")).expect("it is a room ID"),
        section,
        name,
        avatar_url: None,
        is_direct,
        is_space: false,
        is_encrypted: index.is_multiple_of(4),
        inviter: (index == 0).then(|| user_id!("@bob:example.org").to_owned()),
        unread_count,
        highlight_count: if index % 10 == 2 { 2 } else { 0 },
        is_unread: unread_count > 0 || index % 11 == 6,
        preview: Some(MessagePreview { sender: (index % 4 != 3).then_some(person), kind }),
        activity: now.saturating_sub((index as u64).pow(2) * 600_000),
        typing: if index == 6 { vec!["Emil".into()] } else { Vec::new() },
        unsent: if index == 8 { 2 } else { 0 },
    }
}
