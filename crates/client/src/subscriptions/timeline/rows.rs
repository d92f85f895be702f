//! From the items of a window to its rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use futures::future::try_join;
use ruma::{OwnedEventId, OwnedUserId, RoomId};
use trellis_model::{
    protocol::{ItemKey, TimelineRow},
    room::{Receipt, StoredRoom},
    timeline::{IndexKey, Item, Position, Scene, gap_row, needs_of_rows, project_row, readers},
};

use super::{Context, MOST_ROWS, TimelineWatch, extend, span::SpanRow};
use crate::{core::Core, port::StoreError};

/// A row of the window, out of the span's hands.
enum Row {
    Gap { position: Position, gap: trellis_model::timeline::Gap },
    Item(Box<Item>),
}

/// The rows a window shows now. Gaps among them are set to be filled.
pub(super) async fn rows(core: &Rc<Core>, watch: &Rc<TimelineWatch>) -> Result<Vec<TimelineRow>, StoreError> {
    let rows: Vec<Row> = watch
        .span
        .borrow()
        .rows()
        .into_iter()
        .map(|row| match row {
            SpanRow::Gap { position, gap } => Row::Gap { position, gap: gap.clone() },
            SpanRow::Item(item) => Row::Item(Box::new(item.clone())),
        })
        .collect();
    let items = || {
        rows.iter().filter_map(|row| match row {
            Row::Item(item) => Some(&**item),
            Row::Gap { .. } => None,
        })
    };
    let generation = watch.generation.get();
    complete(core, &watch.room_id, &watch.context, items).await?;
    let outdated = generation != watch.generation.get();
    fill_gaps(core, watch, &rows);
    core.look_at_undecryptable(&watch.room_id, items().filter_map(Item::missing_session));

    let context = watch.context.borrow();
    let Some(room) = &context.room else { return Ok(Vec::new()) };
    let account = core.account.borrow();
    let no_readers = BTreeMap::new();
    let scene = scene(&account, room, &context, &no_readers);
    let gaps = watch.gaps.borrow();
    let project = |row: &Row| match row {
        Row::Gap { gap, .. } => {
            let (loading, failed) = gaps.get(&gap.key).map(|gap| (gap.loading, gap.failed.clone())).unwrap_or_default();
            gap_row(gap, loading, failed)
        }
        Row::Item(item) => project_row(scene, item),
    };
    let rows = rows.iter().map(project).collect();
    drop(context);
    if outdated {
        // What was read beside a commit may be older than it. The commit has marked the window: it is read again.
        let mut context = watch.context.borrow_mut();
        context.room = None;
        context.readers = None;
    }
    Ok(rows)
}

/// The last rows of a room, for the boot record.
pub(crate) async fn latest_rows(core: &Core, room_id: &RoomId, limit: usize) -> Result<Vec<TimelineRow>, StoreError> {
    let chunks = core.records.latest_chunks(room_id, 3).await?;
    let items: Vec<Item> = chunks.into_iter().rev().flat_map(|chunk| chunk.items).collect();
    let items = items.split_at(items.len().saturating_sub(limit)).1;
    let context = std::cell::RefCell::new(Context::default());
    complete(core, room_id, &context, || items.iter()).await?;

    let context = context.borrow();
    let Some(room) = &context.room else { return Ok(Vec::new()) };
    let account = core.account.borrow();
    let no_readers = BTreeMap::new();
    let scene = scene(&account, room, &context, &no_readers);
    Ok(items.iter().map(|item| project_row(scene, item)).collect())
}

fn scene<'a>(
    account: &'a trellis_model::account::Account,
    room: &'a StoredRoom,
    context: &'a Context,
    no_readers: &'a BTreeMap<OwnedEventId, Vec<Receipt>>,
) -> Scene<'a> {
    Scene {
        account,
        room,
        members: &context.members,
        readers: context.readers.as_ref().unwrap_or(no_readers),
        replied: &context.replied,
    }
}

/// Reads the room and who read it, as far as they are not there yet.
pub(super) async fn prepare(
    core: &Core,
    room_id: &RoomId,
    context: &std::cell::RefCell<Context>,
) -> Result<(), StoreError> {
    let (no_room, no_readers) = (context.borrow().room.is_none(), context.borrow().readers.is_none());
    let room = async { if no_room { core.records.room(room_id).await } else { Ok(None) } };
    let receipts = async { if no_readers { core.records.receipts(room_id).await.map(Some) } else { Ok(None) } };
    let (room, receipts) = try_join(room, receipts).await?;
    let mut context = context.borrow_mut();
    if no_room {
        context.room = room;
    }
    if let Some(receipts) = receipts {
        context.readers = Some(readers(receipts));
    }
    Ok(())
}

/// Reads what the rows are seen with, as far as it is not there yet.
async fn complete<'a, I: Iterator<Item = &'a Item>>(
    core: &Core,
    room_id: &RoomId,
    context: &std::cell::RefCell<Context>,
    items: impl Fn() -> I,
) -> Result<(), StoreError> {
    prepare(core, room_id, context).await?;
    let needs = needs_of_rows(items());
    let mut wanted: BTreeSet<OwnedUserId> = needs.members;

    let replied: Vec<OwnedEventId> = {
        let context = context.borrow();
        let events = needs.index.into_iter().filter_map(|entry| match entry {
            IndexKey::Event(event_id) => Some(event_id),
            IndexKey::Transaction(_) | IndexKey::Target(_) | IndexKey::Session(_) => None,
        });
        events.filter(|event_id| !context.replied.contains_key(event_id)).collect()
    };
    for event_id in replied {
        let here = items().find(|item| item.event_id.as_ref() == Some(&event_id)).cloned();
        let item = match here {
            Some(item) => Some(item),
            None => {
                let chunks = core.records.chunks_with(room_id, &IndexKey::Event(event_id.clone())).await?;
                let mut items = chunks.into_iter().flat_map(|chunk| chunk.items);
                items.find(|item| item.event_id.as_ref() == Some(&event_id))
            }
        };
        if let Some(item) = item {
            context.borrow_mut().replied.insert(event_id, item);
        }
    }

    let missing: Vec<OwnedUserId> = {
        let context = context.borrow();
        wanted.extend(context.replied.values().map(|item| item.sender.clone()));
        if let Some(readers) = &context.readers {
            let shown = items().flat_map(|item| item.event_id.iter().chain(&item.trailing));
            let receipts = shown.filter_map(|event_id| readers.get(event_id)).flatten();
            wanted.extend(receipts.map(|receipt| receipt.user_id.clone()));
        }
        wanted.into_iter().filter(|user_id| context.members.get(user_id).is_none()).collect()
    };
    let members = core.records.members_of(room_id, &missing).await?;
    let mut context = context.borrow_mut();
    for member in members {
        context.members.insert(member);
    }
    Ok(())
}

/// Fills the gaps among the rows, the newest first. A window that grows too large by it begins behind its last gap.
fn fill_gaps(core: &Rc<Core>, watch: &Rc<TimelineWatch>, rows: &[Row]) {
    let newest = rows.iter().enumerate().rev().find_map(|(place, row)| match row {
        Row::Gap { position, gap } => Some((place, *position, gap)),
        Row::Item(_) => None,
    });
    let Some((place, position, gap)) = newest else { return };
    if rows.len() > MOST_ROWS
        && let Some(Row::Item(item)) = rows.get(place + 1)
    {
        let key: ItemKey = item.key.clone();
        watch.span.borrow_mut().begin_at(&key);
        watch.changed.set(true);
        core.shown.ring();
        return;
    }
    if watch.gaps.borrow().contains_key(&gap.key) {
        return;
    }
    extend::fill(core, watch, position, gap.clone());
}
