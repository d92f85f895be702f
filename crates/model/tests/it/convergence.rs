//! However a history arrives – in windows, pages, pieces, twice, out of order – it becomes the same timeline.

use std::collections::BTreeMap;

use ruma::OwnedEventId;
use serde_json::json;
use trellis_model::{
    protocol::PaginationDirection,
    timeline::{Gap, Position},
};
use trellis_testkit::{EventBuilder, MessagesBuilder, SyncBuilder, TestRoom, alice, bob, carol};

/// A homeserver with one room; the token `t7` stands before its eighth event.
struct Server {
    events: Vec<EventBuilder>,
    /// What was taken away, and by what.
    redacted: BTreeMap<OwnedEventId, EventBuilder>,
    /// Where the person's syncs began and ended.
    synced: Vec<(usize, usize)>,
}

/// A generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

impl Server {
    /// Something happens, mostly a message, sometimes something about an earlier one.
    fn happen(&mut self, numbers: &mut Numbers) {
        let index = self.events.len();
        let target = format!("$m{}", numbers.below(index));
        let event = match numbers.below(8) {
            0 if index > 0 => bob().reaction(&target, "+").id(&format!("$r{index}")),
            1 if index > 0 => bob().edit(&target, &format!("e{index}")).id(&format!("$e{index}")),
            2 if index > 3 => self.redact(numbers.below(index), index),
            _ => bob().text(&format!("m{index}")),
        };
        self.events.push(event.at(1_000 + index as u64));
    }

    /// Messages and reactions are taken away; of anything else a message is made.
    fn redact(&mut self, target: usize, index: usize) -> EventBuilder {
        let target = self.events[target].event_id();
        if !target.as_str().starts_with("$m") && !target.as_str().starts_with("$r") {
            return bob().text(&format!("m{index}"));
        }
        let redaction = carol().redaction(target.as_str()).id(&format!("$x{index}")).at(1_000 + index as u64);
        self.redacted.entry(target).or_insert_with(|| redaction.clone());
        redaction
    }

    /// The events of a range as the homeserver would show them now.
    fn events(&self, range: std::ops::Range<usize>) -> Vec<EventBuilder> {
        let shown = self.events[range].iter().map(|event| match self.redacted.get(&event.event_id()) {
            Some(redaction) => event.clone().field("content", json!({})).unsigned("redacted_because", redaction.json()),
            None => event.clone(),
        });
        shown.collect()
    }

    fn sync(&mut self, from: usize, limit: usize) -> SyncBuilder {
        let end = self.events.len();
        let start = from.max(end.saturating_sub(limit));
        self.synced.push((from, end));
        let sync = SyncBuilder::joined().events(self.events(start..end));
        if start > from { sync.limited(&token(start)) } else { sync.prev_batch(&token(start)) }
    }

    fn page(
        &self,
        position: Position,
        from: &str,
        direction: PaginationDirection,
        limit: usize,
    ) -> trellis_model::sync::RoomInput {
        let at: usize = from[1..].parse().unwrap();
        match direction {
            PaginationDirection::Backward => {
                let start = at.saturating_sub(limit);
                let page = MessagesBuilder::new(0, self.events(start..at));
                if start > 0 { page.end(&token(start)) } else { page }.backward(position, from)
            }
            PaginationDirection::Forward => {
                let end = (at + limit).min(self.events.len());
                let page = MessagesBuilder::new(0, self.events(at..end));
                page.end(&token(end)).forward(position, from)
            }
        }
    }

    fn context(&self, index: usize) -> trellis_model::sync::RoomInput {
        let (start, end) = (index.saturating_sub(3), (index + 4).min(self.events.len()));
        let piece = MessagesBuilder::new(0, self.events(start..end)).end(&token(end));
        if start > 0 { piece.start(&token(start)) } else { piece }.context(index - start)
    }
}

fn token(index: usize) -> String {
    format!("t{index}")
}

fn gaps(room: &TestRoom) -> Vec<(Position, Gap)> {
    room.stored().chunks.iter().filter_map(|(position, chunk)| Some((*position, chunk.gap.clone()?))).collect()
}

#[test]
fn every_way_leads_to_the_same_timeline() {
    for seed in 0..30 {
        let mut numbers = Numbers(seed);
        let mut server = Server { events: Vec::new(), redacted: BTreeMap::new(), synced: Vec::new() };
        let mut room = TestRoom::new(&alice());
        let mut position = 0;
        for _ in 0..numbers.below(60) + 1 {
            server.happen(&mut numbers);
        }
        for _ in 0..40 {
            let what = step(&mut numbers, &mut server, &mut room, &mut position);
            whole_between_gaps(&server, &room, seed, &what);
        }
        room.sync(server.sync(position, 10));
        fill(&server, &mut room, seed);

        let mut whole = TestRoom::new(&alice());
        whole.sync(SyncBuilder::joined().events(server.events.iter().cloned()));
        similar(&room.timeline(), &whole.timeline(), seed);
    }
}

/// Shows the first difference only.
fn similar(found: &str, expected: &str, seed: u64) {
    let differs = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert_eq!(differs, None, "seed {seed}");
    assert_eq!(found.lines().count(), expected.lines().count(), "seed {seed}");
}

/// Nothing is missing where no gap is shown.
fn whole_between_gaps(server: &Server, room: &TestRoom, seed: u64, what: &str) {
    let index_of: BTreeMap<OwnedEventId, usize> =
        server.events.iter().enumerate().map(|(index, event)| (event.event_id(), index)).collect();
    let is_row = |index: usize| server.events[index].event_id().as_str().starts_with("$m");
    let mut before: Option<usize> = None;
    for chunk in room.stored().chunks.values() {
        if chunk.gap.is_some() {
            before = None;
        }
        for item in &chunk.items {
            let index = index_of[item.event_id.as_ref().unwrap()];
            if let Some(before) = before {
                let missing: Vec<usize> = (before + 1..index).filter(|index| is_row(*index)).collect();
                assert!(
                    before < index && missing.is_empty(),
                    "seed {seed}, {what}: {before}, {index}, missing {missing:?}"
                );
            }
            before = Some(index);
        }
    }
}

fn step(numbers: &mut Numbers, server: &mut Server, room: &mut TestRoom, position: &mut usize) -> String {
    match numbers.below(6) {
        0 | 1 => {
            for _ in 0..numbers.below(30) {
                server.happen(numbers);
            }
            "events happen".to_owned()
        }
        2 => {
            let from = *position;
            room.sync(server.sync(from, 10));
            *position = server.events.len();
            format!("sync from {from} to {position}")
        }
        // The position was not stored: the same sync is asked for once more.
        3 => {
            let Some((from, _)) = server.synced.last().copied() else { return String::new() };
            room.sync(server.sync(from, 10));
            *position = server.events.len();
            format!("sync again from {from} to {position}")
        }
        4 if room.stored().room.is_some() => {
            let index = numbers.below(*position);
            room.apply(&server.context(index));
            format!("context of {index}")
        }
        _ => {
            let gaps = gaps(room);
            let Some((at, gap)) = gaps.get(numbers.below(gaps.len())) else { return String::new() };
            let limit = numbers.below(12) + 1;
            match (&gap.next_batch, &gap.prev_batch) {
                (Some(next), _) if numbers.below(2) == 0 => {
                    room.apply(&server.page(*at, next, PaginationDirection::Forward, limit));
                    format!("{limit} forward from {next}")
                }
                (_, Some(prev)) => {
                    room.apply(&server.page(*at, prev, PaginationDirection::Backward, limit));
                    format!("{limit} backward from {prev}")
                }
                _ => String::new(),
            }
        }
    }
}

/// Goes back until nothing is missing.
fn fill(server: &Server, room: &mut TestRoom, seed: u64) {
    for _ in 0..500 {
        let Some((position, gap)) = gaps(room).pop() else { return };
        let from = gap.prev_batch.unwrap();
        room.apply(&server.page(position, &from, PaginationDirection::Backward, 20));
    }
    panic!("the gaps of seed {seed} are never closed:\n{}", room.timeline());
}
