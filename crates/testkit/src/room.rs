//! A room as the client would store it: inputs are given only what they said they need.

use std::{collections::BTreeMap, fmt::Write};

use ruma::{OwnedEventId, OwnedRoomId, RoomId};
use trellis_model::{
    account::Account,
    changes::{Needs, RoomChanges, Snapshot},
    protocol::{EventItem, ItemContent, ItemKey, SendState, TimelineRow, TimelineRowKind},
    room::{Members, RoomEncryption, StoredRoom},
    sync::RoomInput,
    timeline::{Chunk, Gap, Item, Position, Scene, gap_row, needs_of_rows, project_row, readers},
};

use crate::{Person, SyncBuilder};

/// Everything stored of one room.
#[derive(Debug, Clone)]
pub struct TestRoom {
    account: Account,
    room_id: OwnedRoomId,
    stored: Snapshot,
}

impl TestRoom {
    /// A room of which nothing is stored, for a person.
    pub fn new(me: &Person) -> Self {
        let room_id = RoomId::parse("!r:x").unwrap();
        Self { account: Account::new(me.id()), room_id, stored: Snapshot::default() }
    }

    /// The account, to be changed.
    pub fn account(&mut self) -> &mut Account {
        &mut self.account
    }

    /// What is remembered of the room beside its record.
    pub fn remember(&mut self, encryption: RoomEncryption) {
        self.stored.encryption = Some(encryption);
    }

    /// The room's ID.
    pub fn id(&self) -> &RoomId {
        &self.room_id
    }

    /// Everything stored.
    pub fn stored(&self) -> &Snapshot {
        &self.stored
    }

    /// The room's record.
    pub fn room(&self) -> &StoredRoom {
        self.stored.room.as_ref().unwrap()
    }

    /// Works in a sync response.
    pub fn sync(&mut self, sync: SyncBuilder) -> RoomChanges {
        self.apply(&sync.build())
    }

    /// Works in an input, with nothing loaded but what it needs.
    pub fn apply(&mut self, input: &RoomInput) -> RoomChanges {
        let needs = input.needs(self.stored.room.as_ref());
        let changes = input.reduce(&self.account, &self.room_id, &self.load(&needs));
        self.stored.apply(&changes);
        self.check();
        changes
    }

    /// What the client would load.
    pub fn load(&self, needs: &Needs) -> Snapshot {
        let is_needed = |position: &Position, chunk: &Chunk| {
            let next = self.stored.chunks.range(*position..).nth(1).map(|(next, _)| *next);
            needs.chunks.contains(position)
                || next.is_some_and(|next| needs.chunks_before.contains(&next))
                || chunk.index().iter().any(|entry| needs.index.contains(entry))
        };
        let stored = &self.stored;
        Snapshot {
            room: stored.room.clone(),
            encryption: stored.encryption.clone(),
            state: subset(&stored.state, |key, _| needs.state.contains(key)),
            members: subset(&stored.members, |key, _| needs.members.contains(key)),
            chunks: subset(&stored.chunks, is_needed),
            receipts: subset(&stored.receipts, |key, _| needs.receipts.contains(key)),
        }
    }

    /// What must hold after every input.
    fn check(&self) {
        let mut keys = Vec::new();
        for (position, chunk) in &self.stored.chunks {
            assert_eq!(*position, chunk.position, "a chunk is stored under its position");
            assert!(chunk.items.len() <= 50 || *position == Position::PENDING, "a chunk holds at most fifty items");
            keys.extend(chunk.gap.iter().map(|gap| &gap.key));
            keys.extend(chunk.items.iter().map(|item| &item.key));
        }
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count, "no key names two rows");
    }

    /// The item with an event ID or a key.
    pub fn item(&self, name: &str) -> &Item {
        let is_it = |item: &&Item| {
            item.key.0 == name || item.event_id.as_ref().is_some_and(|event_id| event_id.as_str() == name)
        };
        self.items().find(is_it).unwrap_or_else(|| panic!("no item {name}"))
    }

    fn items(&self) -> impl Iterator<Item = &Item> {
        self.stored.chunks.values().flat_map(|chunk| &chunk.items)
    }

    /// The last gap, and the position of the chunk behind it.
    pub fn gap(&self) -> Option<(Position, Gap)> {
        self.stored.chunks.iter().rev().find_map(|(position, chunk)| Some((*position, chunk.gap.clone()?)))
    }

    /// All rows, with everything known of the room.
    pub fn rows(&self) -> Vec<TimelineRow> {
        let members = Members::new(self.stored.members.values().cloned());
        let readers = readers(self.stored.receipts.values().cloned());
        let replied = self.replied();
        let scene = Scene {
            account: &self.account,
            room: self.room(),
            members: &members,
            readers: &readers,
            replied: &replied,
        };
        let mut rows = Vec::new();
        for chunk in self.stored.chunks.values() {
            rows.extend(chunk.gap.as_ref().map(|gap| gap_row(gap, false, None)));
            rows.extend(chunk.items.iter().map(|item| project_row(scene, item)));
        }
        rows
    }

    fn replied(&self) -> BTreeMap<OwnedEventId, Item> {
        let loaded = self.load(&needs_of_rows(self.items()));
        let items = loaded.chunks.into_values().flat_map(|chunk| chunk.items);
        items.filter_map(|item| Some((item.event_id.clone()?, item))).collect()
    }

    /// The row of an event ID or a key.
    pub fn row(&self, name: &str) -> EventItem {
        let key: ItemKey = self.item(name).key.clone();
        let row = self.rows().into_iter().find(|row| row.key == key).unwrap();
        match row.kind {
            TimelineRowKind::Event(event) => *event,
            TimelineRowKind::Gap(_) => panic!("{name} is a gap"),
        }
    }

    /// The timeline, a line for each row.
    pub fn timeline(&self) -> String {
        let mut drawn = String::new();
        for row in self.rows() {
            match &row.kind {
                TimelineRowKind::Gap(_) => drawn.push_str("--- gap ---\n"),
                TimelineRowKind::Event(event) => writeln!(drawn, "{}", draw(event)).unwrap(),
            }
        }
        drawn
    }
}

fn subset<K: Ord + Clone, V: Clone>(map: &BTreeMap<K, V>, is_needed: impl Fn(&K, &V) -> bool) -> BTreeMap<K, V> {
    map.iter().filter(|(key, value)| is_needed(key, value)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn draw(event: &EventItem) -> String {
    let mut line = format!("{}: {}", event.sender.localpart(), draw_content(&event.content));
    if event.edits > 0 {
        write!(line, " (edited {})", event.edits).unwrap();
    }
    if let Some(reply) = &event.in_reply_to {
        write!(line, " <- {}", reply.excerpt.as_deref().unwrap_or("not loaded")).unwrap();
    }
    for reaction in &event.reactions {
        write!(line, " [{} {}]", reaction.key, reaction.count).unwrap();
    }
    if !event.read_by.is_empty() {
        let readers: Vec<_> = event.read_by.iter().map(|reader| reader.user_id.localpart()).collect();
        write!(line, " read by {}", readers.join(", ")).unwrap();
    }
    match &event.send_state {
        None | Some(SendState::Sent) => {}
        Some(state) => write!(line, " {state:?}").unwrap(),
    }
    line
}

fn draw_content(content: &ItemContent) -> String {
    match content {
        ItemContent::Message { body, .. } => body.to_plain(),
        ItemContent::Media(media) | ItemContent::Sticker(media) => format!("file {}", media.file_name),
        ItemContent::State(fact) => format!("{fact:?}"),
        ItemContent::Redacted { .. } => "redacted".to_owned(),
        ItemContent::Undecryptable(why) => format!("undecryptable {why:?}"),
        ItemContent::Unsupported { event_type, .. } => format!("unsupported {event_type}"),
        ItemContent::Malformed { event_type } => format!("malformed {event_type}"),
    }
}
