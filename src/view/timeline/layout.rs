//! Where day headings, the “new” line, sender groups and collapsed runs go between the rows of a timeline.
//!
//! Pure: it sees the [`Shape`] of each row, never its content, so that a reaction or a receipt changes nothing here.

use std::collections::{BTreeMap, BTreeSet};

use ruma::{EventId, OwnedEventId, OwnedUserId};
use trellis_model::protocol::{EventItem, ItemContent, ItemKey, MessageKind, StateFact, TimelineRow, TimelineRowKind};

use crate::wording::dates::LocalDate;

/// How long a sender's messages stay one group, in milliseconds.
const GROUP_SPAN: u64 = 5 * 60 * 1000;

/// The shortest run of state events that collapses.
const RUN_LENGTH: usize = 3;

/// What of a row decides over its surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) key: ItemKey,
    pub(crate) event_id: Option<OwnedEventId>,
    pub(crate) day: Option<LocalDate>,
    pub(crate) timestamp: u64,
    pub(crate) is_own: bool,
    pub(crate) kind: ShapeKind,
}

/// The kinds of rows that are laid out differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ShapeKind {
    /// Belongs to the group of its sender.
    Message(OwnedUserId),
    /// A line of its own with the sender in it.
    Emote,
    /// A state event; the unimportant ones collapse.
    State { collapses: bool },
    /// History that is not here yet.
    Gap,
}

impl Shape {
    /// The shape of a row, its day found by `day_of`.
    pub(crate) fn of(row: &TimelineRow, day_of: impl Fn(u64) -> LocalDate) -> Self {
        let TimelineRowKind::Event(event) = &row.kind else {
            return Self {
                key: row.key.clone(),
                event_id: None,
                day: None,
                timestamp: 0,
                is_own: true,
                kind: ShapeKind::Gap,
            };
        };
        Self {
            key: row.key.clone(),
            event_id: event.event_id.clone(),
            day: Some(day_of(event.timestamp)),
            timestamp: event.timestamp,
            is_own: event.is_own,
            kind: ShapeKind::of(event),
        }
    }
}

impl ShapeKind {
    fn of(event: &EventItem) -> Self {
        match &event.content {
            ItemContent::State(fact) => Self::State {
                collapses: !matches!(
                    fact,
                    StateFact::Created { .. } | StateFact::Tombstone { .. } | StateFact::Encryption
                ),
            },
            ItemContent::Message { kind: MessageKind::Emote, .. } => Self::Emote,
            _ => Self::Message(event.sender.clone()),
        }
    }
}

/// What stands on the screen, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Slot {
    /// The heading of a day; the key of the first row below it, since a gap may split a day in two.
    Day(LocalDate, ItemKey),
    /// The line above what is new.
    New,
    Row(ItemKey),
    /// Collapsed state events, named by the last of them: history is added in front.
    Run(ItemKey),
}

/// The slots of a timeline, and what rows need to know about their place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) slots: Vec<Slot>,
    /// Rows that show no name because the one above does.
    pub(crate) continued: BTreeSet<ItemKey>,
    /// The rows of each [`Slot::Run`].
    pub(crate) runs: BTreeMap<ItemKey, Vec<ItemKey>>,
}

/// What the layout depends on besides the rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Marks<'a> {
    /// The event below which everything is new.
    pub(crate) read_up_to: Option<&'a EventId>,
    /// An event that must not vanish in a run.
    pub(crate) focus: Option<&'a EventId>,
}

impl Layout {
    /// Lays out `shapes`, oldest first.
    pub(crate) fn of(shapes: &[Shape], marks: Marks<'_>) -> Self {
        let mut layout = Self::default();
        let first_new = first_new(shapes, marks.read_up_to);
        let mut day = None;
        let mut group: Option<(&OwnedUserId, u64)> = None;
        let mut run: Vec<&Shape> = Vec::new();

        for (index, shape) in shapes.iter().enumerate() {
            let new_day = shape.day.is_some() && shape.day != day;
            let is_new_line = first_new == Some(index);
            let collapses = matches!(shape.kind, ShapeKind::State { collapses: true })
                && (marks.focus.is_none() || shape.event_id.as_deref() != marks.focus);
            if new_day || is_new_line || !collapses {
                layout.close_run(&mut run);
            }
            if let (true, Some(date)) = (new_day, shape.day) {
                layout.slots.push(Slot::Day(date, shape.key.clone()));
                day = shape.day;
                group = None;
            }
            if is_new_line {
                layout.slots.push(Slot::New);
                group = None;
            }
            if collapses {
                run.push(shape);
                group = None;
                continue;
            }
            group = match &shape.kind {
                ShapeKind::Message(sender) => match group {
                    Some((of, since)) if of == sender && shape.timestamp.abs_diff(since) <= GROUP_SPAN => {
                        layout.continued.insert(shape.key.clone());
                        Some((of, since))
                    }
                    _ => Some((sender, shape.timestamp)),
                },
                ShapeKind::Emote | ShapeKind::State { .. } | ShapeKind::Gap => None,
            };
            layout.slots.push(Slot::Row(shape.key.clone()));
        }
        layout.close_run(&mut run);
        layout
    }

    fn close_run(&mut self, run: &mut Vec<&Shape>) {
        match run.last() {
            Some(last) if run.len() >= RUN_LENGTH => {
                self.slots.push(Slot::Run(last.key.clone()));
                self.runs.insert(last.key.clone(), run.iter().map(|shape| shape.key.clone()).collect());
            }
            _ => self.slots.extend(run.iter().map(|shape| Slot::Row(shape.key.clone()))),
        }
        run.clear();
    }
}

/// The first row below `read_up_to` that somebody else sent: what the person wrote is not news to them.
fn first_new(shapes: &[Shape], read_up_to: Option<&EventId>) -> Option<usize> {
    let read = read_up_to?;
    let at = shapes.iter().position(|shape| shape.event_id.as_deref() == Some(read))?;
    shapes.iter().enumerate().skip(at + 1).find(|(_, shape)| !shape.is_own).map(|(index, _)| index)
}

#[cfg(test)]
mod tests;
