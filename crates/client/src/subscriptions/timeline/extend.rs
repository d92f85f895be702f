//! Opening a window, and extending it: from the store, and by `/context` and `/messages` where the store has a gap.

use std::rc::Rc;

use futures::future::try_join;
use ruma::{
    OwnedEventId, RoomId,
    api::client::{
        context::get_context,
        filter::{LazyLoadOptions, RoomEventFilter},
        message::get_message_events,
    },
};
use trellis_model::{
    protocol::{Gap as GapState, PaginationDirection, Refusal, TimelineFocus},
    sync::{ContextResponse, MessagesResponse, Pagination, RoomInput},
    timeline::{Chunk, Gap, IndexKey, Item, Position},
};

use super::{Context, Progress, TimelineWatch, rows::prepare};
use crate::{
    core::Core,
    port::StoreError,
    request::{Homeserver, SLOW_REQUEST_TIMEOUT},
    sign_in::store_refusal,
};

/// How many chunks are read at once.
const CHUNKS: usize = 2;

/// How many events are asked of the homeserver at once.
const EVENTS: u32 = 50;

/// Opens a window. What is stored is shown at once.
pub(crate) async fn open(core: &Rc<Core>, watch: &Rc<TimelineWatch>, limit: u32) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let result = match watch.focus.clone() {
        TimelineFocus::Live => open_live(core, watch, limit).await,
        TimelineFocus::Event(event_id) => match open_around(core, watch, &event_id, limit).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                watch.opened.set(true);
                watch.set_progress(core, &watch.start, Progress::Loading);
                let (core, watch) = (core.clone(), watch.clone());
                core.clone().tasks.add(async move { fetch_around(&core, &watch, event_id, limit).await });
                return;
            }
            Err(error) => Err(error),
        },
    };
    watch.opened.set(true);
    if let Err(error) = result {
        watch.set_progress(core, &watch.start, Progress::Failed(store_refusal(error)));
    }
    watch.mark(core);
}

async fn open_live(core: &Core, watch: &TimelineWatch, limit: usize) -> Result<(), StoreError> {
    loop {
        let generation = watch.generation.get();
        // Beside each other: each is a turn of the database.
        let context = prepare(core, &watch.room_id, &watch.context);
        let ((chunks, at_start), ()) = try_join(read_latest(core, &watch.room_id, limit), context).await?;
        // What was committed while it was read may be missing in it.
        if generation == watch.generation.get() {
            let mut span = watch.span.borrow_mut();
            span.fill(chunks, at_start, true);
            span.show_last(limit);
            return Ok(());
        }
        watch.context.replace(Context::default());
    }
}

/// The end of a room's timeline, newest chunk first, and whether it is all there is.
async fn read_latest(core: &Core, room_id: &RoomId, limit: usize) -> Result<(Vec<Chunk>, bool), StoreError> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut at_start = false;
    while !at_start && chunks.iter().map(|chunk| chunk.items.len()).sum::<usize>() < limit {
        // Before a gap lies older history; it is shown when it is scrolled to.
        if chunks.last().is_some_and(|chunk| chunk.gap.is_some()) {
            break;
        }
        let more = match chunks.last() {
            None => core.records.latest_chunks(room_id, CHUNKS).await?,
            Some(chunk) => core.records.chunks_before(room_id, chunk.position, CHUNKS).await?,
        };
        at_start = more.len() < CHUNKS;
        for chunk in more {
            if chunks.last().is_some_and(|newer| newer.gap.is_some()) {
                at_start = false;
                break;
            }
            chunks.push(chunk);
        }
    }
    Ok((chunks, at_start))
}

/// Answers whether the event is stored.
async fn open_around(
    core: &Core,
    watch: &TimelineWatch,
    event_id: &OwnedEventId,
    limit: usize,
) -> Result<bool, StoreError> {
    let entry = IndexKey::Event(event_id.clone());
    let generation = watch.generation.get();
    let found = core.records.chunks_with(&watch.room_id, &entry).await?;
    let found = found.into_iter().find_map(|chunk| {
        let holds = |item: &&Item| item.event_id.as_ref() == Some(event_id) || item.trailing.contains(event_id);
        let key = chunk.items.iter().find(holds).map(|item| item.key.clone())?;
        Some((chunk, key))
    });
    let Some((chunk, key)) = found else { return Ok(false) };
    let (position, has_gap) = (chunk.position, chunk.gap.is_some());
    let mut chunks = vec![chunk];
    let mut at_start = false;
    if !has_gap {
        let before = core.records.chunks_before(&watch.room_id, position, 1).await?;
        at_start = before.is_empty();
        chunks.extend(before);
    }
    let after = core.records.chunks_from(&watch.room_id, Position(position.0 + 1), 1).await?;
    let at_end = after.is_empty();
    // Behind a gap lies what is not next to the event.
    chunks.extend(after.into_iter().filter(|chunk| chunk.gap.is_none()));
    if generation != watch.generation.get() {
        return Box::pin(open_around(core, watch, event_id, limit)).await;
    }
    let mut span = watch.span.borrow_mut();
    span.fill(chunks, at_start, at_end);
    span.show_around(&key, limit);
    Ok(true)
}

async fn fetch_around(core: &Rc<Core>, watch: &Rc<TimelineWatch>, event_id: OwnedEventId, limit: usize) {
    let result = async {
        let mut request = get_context::v3::Request::new(watch.room_id.clone(), event_id.clone());
        request.limit = EVENTS.into();
        request.filter = lazy();
        let response = core.homeserver.send_raw(request, SLOW_REQUEST_TIMEOUT).await?;
        let response = ContextResponse::parse(&String::from_utf8_lossy(response.body())).map_err(|_| malformed())?;
        let input = RoomInput::Context(response);
        core.change_room_by(watch.room_id.clone(), input).await.map_err(store_refusal)?;
        match open_around(core, watch, &event_id, limit).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::NotFound),
            Err(error) => Err(store_refusal(error)),
        }
    };
    let progress = match result.await {
        Ok(()) => Progress::Idle,
        Err(refusal) => Progress::Failed(refusal),
    };
    watch.set_progress(core, &watch.start, progress);
}

/// Extends a window at one edge.
pub(crate) async fn extend(core: &Rc<Core>, watch: &Rc<TimelineWatch>, direction: PaginationDirection, limit: u32) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let edge = match direction {
        PaginationDirection::Backward => &watch.start,
        PaginationDirection::Forward => &watch.end,
    };
    if *edge.borrow() == Progress::Loading {
        return;
    }
    watch.set_progress(core, edge, Progress::Loading);
    let (core, watch) = (core.clone(), watch.clone());
    core.clone().tasks.add(async move {
        let (edge, result) = match direction {
            PaginationDirection::Backward => (&watch.start, backward(&core, &watch, limit).await),
            PaginationDirection::Forward => (&watch.end, forward(&core, &watch, limit).await),
        };
        let progress = match result {
            Ok(()) => Progress::Idle,
            Err(refusal) => Progress::Failed(refusal),
        };
        watch.set_progress(&core, edge, progress);
    });
}

async fn backward(core: &Rc<Core>, watch: &Rc<TimelineWatch>, limit: usize) -> Result<(), Refusal> {
    let mut revealed = 0;
    loop {
        revealed += watch.span.borrow_mut().reveal_before(limit - revealed);
        if revealed >= limit {
            return Ok(());
        }
        let (first, at_start) = {
            let span = watch.span.borrow();
            (span.first_chunk().map(|chunk| (chunk.position, chunk.gap.clone())), span.at_start())
        };
        let Some((position, gap)) = first else { return Ok(()) };
        match gap {
            Some(gap) => {
                let page = paginate(core, &watch.room_id, position, &gap, PaginationDirection::Backward).await;
                // Without an answer, what is stored beyond the gap is shown, and the gap with it.
                if let Err(refusal) = page {
                    if at_start {
                        return Err(refusal);
                    }
                    gap_failed(core, watch, &gap, refusal);
                    load_before(core, watch, position).await?;
                    continue;
                }
                let same = watch.span.borrow().first_chunk().is_some_and(|chunk| chunk.position == position);
                if same && watch.span.borrow().first_chunk().is_some_and(|chunk| chunk.gap.as_ref() == Some(&gap)) {
                    // The page brought nothing new and did not move the token.
                    return Ok(());
                }
                load_before_unless_gap(core, watch).await?;
            }
            None if at_start => return Ok(()),
            None => load_before(core, watch, position).await?,
        }
    }
}

/// After a page: the new events may stand in chunks of their own before the first one.
async fn load_before_unless_gap(core: &Core, watch: &TimelineWatch) -> Result<(), Refusal> {
    let first = watch.span.borrow().first_chunk().map(|chunk| (chunk.position, chunk.gap.is_some()));
    match first {
        Some((position, false)) => load_before(core, watch, position).await,
        _ => Ok(()),
    }
}

async fn load_before(core: &Core, watch: &TimelineWatch, position: Position) -> Result<(), Refusal> {
    loop {
        let generation = watch.generation.get();
        let chunks = core.records.chunks_before(&watch.room_id, position, CHUNKS).await.map_err(store_refusal)?;
        if generation == watch.generation.get() {
            watch.span.borrow_mut().add_before(chunks, CHUNKS);
            return Ok(());
        }
    }
}

async fn forward(core: &Core, watch: &TimelineWatch, limit: usize) -> Result<(), Refusal> {
    let mut revealed = 0;
    loop {
        revealed += watch.span.borrow_mut().reveal_after(limit - revealed);
        let (last, at_end) = {
            let span = watch.span.borrow();
            (span.last_position(), span.at_end())
        };
        let Some(last) = last.filter(|_| revealed < limit && !at_end) else { return Ok(()) };
        let next = Position(last.0.saturating_add(1));
        let generation = watch.generation.get();
        let chunks = core.records.chunks_from(&watch.room_id, next, CHUNKS).await.map_err(store_refusal)?;
        if generation != watch.generation.get() {
            continue;
        }
        let gap = chunks.first().and_then(|chunk| Some((chunk.position, chunk.gap.clone()?)));
        match gap {
            Some((position, gap)) => {
                let direction = match gap.next_batch {
                    Some(_) => PaginationDirection::Forward,
                    None => PaginationDirection::Backward,
                };
                paginate(core, &watch.room_id, position, &gap, direction).await?;
                // What came stands at the end of the last chunk, or in chunks behind it.
                if watch.span.borrow_mut().reveal_after(0) == 0 && direction == PaginationDirection::Backward {
                    watch.span.borrow_mut().add_after(chunks, CHUNKS);
                    return Ok(());
                }
            }
            None => watch.span.borrow_mut().add_after(chunks, CHUNKS),
        }
    }
}

/// Asks for a page at a gap and stores it.
async fn paginate(
    core: &Core,
    room_id: &RoomId,
    position: Position,
    gap: &Gap,
    direction: PaginationDirection,
) -> Result<(), Refusal> {
    let from = match direction {
        PaginationDirection::Backward => gap.prev_batch.clone(),
        PaginationDirection::Forward => gap.next_batch.clone(),
    };
    let Some(from) = from else { return Err(Refusal::NotFound) };
    let response = messages(&core.homeserver, room_id, &from, direction).await?;
    let input = RoomInput::Paginated(Pagination { position, from, direction, response });
    core.change_room_by(room_id.to_owned(), input).await.map_err(store_refusal)
}

async fn messages(
    homeserver: &Homeserver,
    room_id: &RoomId,
    from: &str,
    direction: PaginationDirection,
) -> Result<MessagesResponse, Refusal> {
    let mut request = match direction {
        PaginationDirection::Backward => get_message_events::v3::Request::backward(room_id.to_owned()),
        PaginationDirection::Forward => get_message_events::v3::Request::forward(room_id.to_owned()),
    };
    request.from = Some(from.to_owned());
    request.limit = EVENTS.into();
    request.filter = lazy();
    let response = homeserver.send_raw(request, SLOW_REQUEST_TIMEOUT).await?;
    MessagesResponse::parse(&String::from_utf8_lossy(response.body())).map_err(|_| malformed())
}

fn lazy() -> RoomEventFilter {
    let mut filter = RoomEventFilter::default();
    filter.lazy_load_options = LazyLoadOptions::Enabled { include_redundant_members: false };
    filter
}

fn malformed() -> Refusal {
    Refusal::Homeserver { errcode: String::new(), error: "malformed".to_owned(), status: 200 }
}

/// Fills a gap among the rows of a window with one page; what remains of it is filled when the rows are made again.
pub(super) fn fill(core: &Rc<Core>, watch: &Rc<TimelineWatch>, position: Position, gap: Gap) {
    watch.gaps.borrow_mut().insert(gap.key.clone(), GapState { loading: true, failed: None });
    let (core, watch) = (core.clone(), watch.clone());
    core.clone().tasks.add(async move {
        match paginate(&core, &watch.room_id, position, &gap, PaginationDirection::Backward).await {
            Ok(()) => {
                watch.gaps.borrow_mut().remove(&gap.key);
            }
            Err(refusal) => gap_failed(&core, &watch, &gap, refusal),
        }
        watch.mark(&core);
    });
}

/// Keeps why a gap could not be filled. Without a network it is tried again once the homeserver answers.
fn gap_failed(core: &Rc<Core>, watch: &Rc<TimelineWatch>, gap: &Gap, refusal: Refusal) {
    let again = matches!(refusal, Refusal::Offline | Refusal::LimitExceeded { .. });
    watch.gaps.borrow_mut().insert(gap.key.clone(), GapState { loading: false, failed: Some(refusal) });
    if again {
        let (core, watch, key) = (core.clone(), watch.clone(), gap.key.clone());
        let mut reachable = core.reachable.listen();
        core.clone().tasks.add(async move {
            reachable.heard().await;
            watch.gaps.borrow_mut().remove(&key);
            watch.mark(&core);
        });
    }
}
