//! Puts events in their place: behind the last chunk, or into a gap.

use std::collections::BTreeSet;

use ruma::OwnedEventId;

use super::{Editor, Related, fold::renew};
use crate::{
    event::Event,
    timeline::{
        CHUNK_CAPACITY, Chunk, Gap, Item, Position,
        relation::{Meaning, meaning},
    },
};

/// What stands in the order of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Row(Box<Item>),
    /// An event without a row, and when it was sent.
    Aside(OwnedEventId, u64),
}

impl Editor<'_> {
    /// Makes entries of events that are not in the order yet, and takes those that are pending, or elsewhere, from
    /// there. What relates to others is returned beside, to be folded when all are in place.
    pub(crate) fn entries(&mut self, events: &[Event]) -> (Vec<Entry>, Vec<Related>) {
        let (mut entries, mut related) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for event in events.iter().filter(|event| seen.insert(&event.event_id)) {
            match meaning(event) {
                // A replacement that was redacted since does not say any more that it is one.
                Meaning::Row if self.stands_aside(&event.event_id) => {
                    self.forget_folded(&event.event_id);
                }
                Meaning::Row => entries.push(Entry::Row(Box::new(self.row(event)))),
                Meaning::Relation { target, kind } => {
                    self.aside(event, &mut entries);
                    related.push(Related { event: event.clone(), target, kind });
                }
                Meaning::Nothing => {
                    self.aside(event, &mut entries);
                    self.forget_folded(&event.event_id);
                }
            }
        }
        (entries, related)
    }

    fn stands_aside(&self, event_id: &OwnedEventId) -> bool {
        self.place_of(event_id).is_none() && self.ordered_chunk_of(event_id).is_some()
    }

    fn aside(&self, event: &Event, entries: &mut Vec<Entry>) {
        if self.ordered_chunk_of(&event.event_id).is_none() {
            entries.push(Entry::Aside(event.event_id.clone(), event.timestamp));
        }
    }

    /// The item of an event: what is stored of it, renewed, or a new one.
    fn row(&mut self, event: &Event) -> Item {
        let known = self.take_pending(event).or_else(|| self.take_ordered(event));
        let mut item = known.unwrap_or_else(|| Self::new_item(event));
        renew(&mut item, event);
        self.touched.insert(item.key.clone());
        item
    }

    /// An event the homeserver names in another place than where it is stored moves there.
    fn take_ordered(&mut self, event: &Event) -> Option<Item> {
        let place = self.place_of(&event.event_id)?;
        let chunk = self.chunk_mut(place.chunk);
        let mut item = chunk.items.remove(place.index);
        let asides = std::mem::take(&mut item.trailing);
        match place.index.checked_sub(1).and_then(|before| chunk.items.get_mut(before)) {
            Some(before) => before.trailing.extend(asides),
            None => chunk.leading.extend(asides),
        }
        self.close_if_empty(place.chunk);
        Some(item)
    }

    /// Removes a chunk that holds nothing but a gap: the next one begins with the gap then.
    fn close_if_empty(&mut self, position: Position) {
        let Some(chunk) = self.chunk(position) else { return };
        if !chunk.items.is_empty() || !chunk.leading.is_empty() || !chunk.orphans.is_empty() {
            return;
        }
        let Some(next) = self.ordered().map(|chunk| chunk.position).find(|other| *other > position) else { return };
        let Some(gone) = self.remove_chunk(position) else { return };
        if let Some(older) = gone.gap {
            let gap = &mut self.chunk_mut(next).gap;
            let newer = gap.take();
            *gap = Some(Gap {
                key: older.key,
                prev_batch: newer.and_then(|newer| newer.prev_batch).or(older.prev_batch),
                next_batch: older.next_batch,
            });
        }
    }

    /// Adds entries behind everything that is ordered. With a gap they begin a new chunk.
    pub(crate) fn append(&mut self, entries: Vec<Entry>, gap: Option<Gap>) {
        if entries.is_empty() {
            return;
        }
        self.reordered = true;
        let last = self.ordered().next_back().map(|chunk| (chunk.position, chunk.items.len()));
        let mut position = match (last, &gap) {
            (None, _) => Position::FIRST,
            (Some((position, _)), Some(_)) => position.after(),
            (Some((position, _)), None) => position,
        };
        if gap.is_some() {
            self.chunk_mut(position).gap = gap;
        }
        for entry in entries {
            if matches!(entry, Entry::Row(_)) && self.chunk_mut(position).items.len() >= CHUNK_CAPACITY {
                position = position.after();
            }
            push(self.chunk_mut(position), entry);
        }
    }

    /// Puts entries directly before a chunk, and makes `gap` what is before them: nothing, if the history is whole now.
    pub(crate) fn prepend(&mut self, before: Position, entries: Vec<Entry>, gap: Option<Gap>) {
        self.reordered = true;
        self.chunk_mut(before).gap = None;
        let rows = |entries: &[Entry]| entries.iter().filter(|entry| matches!(entry, Entry::Row(_))).count();
        let mut first = before;
        if rows(&entries) + self.chunk_mut(before).items.len() <= CHUNK_CAPACITY {
            let chunk = self.chunk_mut(before);
            let later = flatten(chunk);
            for entry in entries.into_iter().chain(later) {
                push(chunk, entry);
            }
        } else {
            let mut remaining = entries;
            while !remaining.is_empty() {
                let split = start_of_last_chunk(&remaining);
                let newest = remaining.split_off(split);
                let lower = self.ordered().map(|chunk| chunk.position).take_while(|other| *other < first).last();
                if let Some(position) = first.before(lower) {
                    first = position;
                }
                let chunk = self.chunk_mut(first);
                let later = flatten(chunk);
                for entry in newest.into_iter().chain(later) {
                    push(chunk, entry);
                }
            }
        }
        self.chunk_mut(first).gap = gap;
    }

    /// Puts entries directly after a chunk, before the gap that follows it.
    pub(crate) fn insert_after(&mut self, after: Position, entries: Vec<Entry>) {
        self.reordered = true;
        let upper = self.ordered().map(|chunk| chunk.position).find(|other| *other > after);
        let mut position = after;
        for entry in entries {
            if matches!(entry, Entry::Row(_)) && self.chunk_mut(position).items.len() >= CHUNK_CAPACITY {
                let next = upper.map_or(Some(position.after()), |upper| position.between(upper));
                position = next.unwrap_or(position);
            }
            push(self.chunk_mut(position), entry);
        }
    }
}

/// Where the last run of at most a chunk's rows begins.
fn start_of_last_chunk(entries: &[Entry]) -> usize {
    let mut rows = 0;
    for (index, entry) in entries.iter().enumerate().rev() {
        if matches!(entry, Entry::Row(_)) {
            rows += 1;
            if rows == CHUNK_CAPACITY {
                return index;
            }
        }
    }
    0
}

fn push(chunk: &mut Chunk, entry: Entry) {
    if chunk.items.is_empty() && chunk.leading.is_empty() {
        chunk.since = match &entry {
            Entry::Row(item) => item.timestamp,
            Entry::Aside(_, timestamp) => *timestamp,
        };
    }
    match entry {
        Entry::Row(item) => chunk.items.push(*item),
        Entry::Aside(event_id, _) => {
            let asides = chunk.items.last_mut().map_or(&mut chunk.leading, |item| &mut item.trailing);
            if !asides.contains(&event_id) {
                asides.push(event_id);
            }
        }
    }
}

/// Takes everything in a chunk's order out of it.
fn flatten(chunk: &mut Chunk) -> Vec<Entry> {
    let since = chunk.since;
    let aside = |event_id| Entry::Aside(event_id, since);
    let mut entries: Vec<Entry> = std::mem::take(&mut chunk.leading).into_iter().map(aside).collect();
    for mut item in std::mem::take(&mut chunk.items) {
        let asides = std::mem::take(&mut item.trailing);
        entries.push(Entry::Row(Box::new(item)));
        entries.extend(asides.into_iter().map(aside));
    }
    entries
}
