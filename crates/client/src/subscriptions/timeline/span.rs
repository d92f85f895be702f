//! The run of chunks a window holds, and the rows of it that are shown. Reads nothing: chunks are given to it.

use std::collections::BTreeMap;

use trellis_model::{
    protocol::ItemKey,
    timeline::{Chunk, Gap, Item, Position},
};

/// A run of chunks without a stored one missing between them.
#[derive(Debug, Default)]
pub(super) struct Span {
    chunks: BTreeMap<Position, Chunk>,
    /// No chunk is stored before the first.
    at_start: bool,
    /// No chunk is stored after the last.
    at_end: bool,
    /// The first row shown. `None`: from the beginning of the run.
    first: Option<ItemKey>,
    /// The last row shown. `None`: to the end of the run.
    last: Option<ItemKey>,
}

/// A row before it is projected.
#[derive(Debug, Clone)]
pub(super) enum SpanRow<'a> {
    Gap { position: Position, gap: &'a Gap },
    Item(&'a Item),
}

impl SpanRow<'_> {
    pub(super) fn key(&self) -> &ItemKey {
        match self {
            Self::Gap { gap, .. } => &gap.key,
            Self::Item(item) => &item.key,
        }
    }
}

impl Span {
    /// Lets go of everything; the next that is added is the end of the timeline.
    pub(super) fn clear(&mut self) {
        *self = Self { at_start: true, at_end: true, ..Self::default() };
    }

    /// Begins anew with chunks that follow each other.
    pub(super) fn fill(&mut self, chunks: Vec<Chunk>, at_start: bool, at_end: bool) {
        self.chunks = chunks.into_iter().map(|chunk| (chunk.position, chunk)).collect();
        self.at_start = at_start;
        self.at_end = at_end;
        self.first = None;
        self.last = None;
    }

    /// Takes over committed chunks that belong to the run.
    pub(super) fn apply(&mut self, changes: &BTreeMap<Position, Option<Chunk>>) {
        let bounds = self.bounds();
        for (position, chunk) in changes {
            match (chunk, bounds) {
                (Some(chunk), Some((first, last))) if *position >= first && (*position <= last || self.at_end) => {
                    self.chunks.insert(*position, chunk.clone());
                }
                // What was put before the run is read when it is wanted.
                (Some(_), Some((first, _))) if *position < first => self.at_start = false,
                (Some(_), Some(_)) => self.at_end = false,
                (Some(chunk), None) => {
                    if self.at_end {
                        self.chunks.insert(*position, chunk.clone());
                    }
                }
                (None, _) => {
                    self.chunks.remove(position);
                }
            }
        }
    }

    fn bounds(&self) -> Option<(Position, Position)> {
        Some((*self.chunks.first_key_value()?.0, *self.chunks.last_key_value()?.0))
    }

    pub(super) fn first_chunk(&self) -> Option<&Chunk> {
        self.chunks.first_key_value().map(|(_, chunk)| chunk)
    }

    pub(super) fn last_position(&self) -> Option<Position> {
        self.bounds().map(|(_, last)| last)
    }

    pub(super) fn at_start(&self) -> bool {
        self.at_start
    }

    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    /// Adds what is stored before the run, nearest first. Fewer than asked for: there is no more.
    pub(super) fn add_before(&mut self, chunks: Vec<Chunk>, asked: usize) {
        self.at_start = chunks.len() < asked;
        self.add(chunks);
    }

    /// Adds what is stored after the run, nearest first.
    pub(super) fn add_after(&mut self, chunks: Vec<Chunk>, asked: usize) {
        self.at_end = chunks.len() < asked;
        self.add(chunks);
    }

    fn add(&mut self, chunks: Vec<Chunk>) {
        self.chunks.extend(chunks.into_iter().map(|chunk| (chunk.position, chunk)));
    }

    /// Every row of the run, shown or not.
    fn run(&self) -> Vec<SpanRow<'_>> {
        let rows = self.chunks.values().flat_map(|chunk| {
            let gap = chunk.gap.iter().map(|gap| SpanRow::Gap { position: chunk.position, gap });
            gap.chain(chunk.items.iter().map(SpanRow::Item))
        });
        rows.collect()
    }

    /// The indexes of the rows shown, in the run.
    fn shown(&self, run: &[SpanRow<'_>]) -> std::ops::Range<usize> {
        let place = |key: &ItemKey| run.iter().position(|row| row.key() == key);
        let end = self.last.as_ref().and_then(place).map_or(run.len(), |last| last + 1);
        let mut start = self.first.as_ref().and_then(place).unwrap_or(0).min(end);
        // What is missing before the first row is the edge's to say.
        while start < end && matches!(run.get(start), Some(SpanRow::Gap { .. })) {
            start += 1;
        }
        start..end
    }

    /// The rows shown.
    pub(super) fn rows(&self) -> Vec<SpanRow<'_>> {
        let mut run = self.run();
        let shown = self.shown(&run);
        run.truncate(shown.end);
        run.split_off(shown.start)
    }

    /// Shows up to `limit` rows more at the beginning. Answers how many there were.
    pub(super) fn reveal_before(&mut self, limit: usize) -> usize {
        let run = self.run();
        let shown = self.shown(&run);
        let start = shown.start.saturating_sub(limit);
        let items = |rows: &[SpanRow<'_>]| rows.iter().filter(|row| matches!(row, SpanRow::Item(_))).count();
        let revealed = run.get(start..shown.start).map_or(0, items);
        let first = run.get(start).map(|row| row.key().clone());
        self.first = first.filter(|_| start > 0);
        revealed
    }

    /// Shows up to `limit` rows more at the end. Answers how many there were.
    pub(super) fn reveal_after(&mut self, limit: usize) -> usize {
        let run = self.run();
        let shown = self.shown(&run);
        let end = (shown.end + limit).min(run.len());
        let revealed = end - shown.end;
        let last = end.checked_sub(1).and_then(|last| run.get(last)).map(|row| row.key().clone());
        self.last = last.filter(|_| end < run.len() || !self.at_end);
        revealed
    }

    /// Shows at most the last `limit` rows.
    pub(super) fn show_last(&mut self, limit: usize) {
        let first = {
            let run = self.run();
            run.len()
                .checked_sub(limit)
                .filter(|start| *start > 0)
                .and_then(|start| run.get(start))
                .map(|row| row.key().clone())
        };
        self.first = first;
        self.last = None;
    }

    /// Shows about `limit` rows around one.
    pub(super) fn show_around(&mut self, key: &ItemKey, limit: usize) {
        let (first, last) = {
            let run = self.run();
            let Some(place) = run.iter().position(|row| row.key() == key) else { return };
            let start = place.saturating_sub(limit / 2);
            let end = place + limit / 2;
            let key = |place: usize| run.get(place).map(|row| row.key().clone());
            (key(start).filter(|_| start > 0), key(end))
        };
        self.first = first;
        self.last = last.or_else(|| (!self.at_end).then(|| self.run().last().map(|row| row.key().clone())).flatten());
    }

    /// Shows nothing outside two rows, and lets go of the chunks beyond them.
    pub(super) fn trim(&mut self, first: &ItemKey, last: &ItemKey) {
        let chunk_of = |key: &ItemKey| {
            let mut chunks = self.chunks.values();
            let holds =
                |chunk: &&Chunk| chunk.item(key).is_some() || chunk.gap.as_ref().is_some_and(|gap| gap.key == *key);
            chunks.find(holds).map(|chunk| chunk.position)
        };
        let (Some(from), Some(to)) = (chunk_of(first), chunk_of(last)) else { return };
        let is_end = self.last.is_none() && self.run().last().is_some_and(|row| row.key() == last) && self.at_end;
        let bounds = self.bounds();
        self.chunks.retain(|position, _| (from..=to).contains(position));
        if bounds.is_some_and(|(first, _)| first < from) {
            self.at_start = false;
        }
        if bounds.is_some_and(|(_, last)| last > to) {
            self.at_end = false;
        }
        self.first = Some(first.clone());
        self.last = (!is_end).then(|| last.clone());
    }

    /// Shows nothing before a row.
    pub(super) fn begin_at(&mut self, key: &ItemKey) {
        self.first = Some(key.clone());
    }

    /// The window shows the newest event, and every newer one that comes.
    pub(super) fn is_live(&self) -> bool {
        self.at_end && self.last.is_none()
    }

    /// The window shows the beginning of the room's history.
    pub(super) fn is_beginning(&self) -> bool {
        let run = self.run();
        self.at_start && self.shown(&run).start == 0 && self.first_chunk().is_none_or(|chunk| chunk.gap.is_none())
    }
}
