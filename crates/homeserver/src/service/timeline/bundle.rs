//! What other events say about an event, sent along with it, see [aggregations]. Reactions are not among
//! it.
//!
//! Whoever makes events ready for a client gets it with them. Only what the viewer may see is counted:
//! nothing of users they ignore, and nothing from after they left.
//!
//! [aggregations]: https://spec.matrix.org/v1.18/client-server-api/#aggregations-of-child-events

mod edits;
mod references;
pub(super) mod sight;
mod threads;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ruma::OwnedEventId;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use self::sight::Sight;
use super::{
    erasure,
    event::StoredEvent,
    format::{Known, Shape, Viewer, bundled, plain},
};
use crate::{
    MatrixError, Result,
    storage::{Connection, args, texts},
};

/// The bundle of one event, by the type of the relation.
pub(super) type Bundle = BTreeMap<&'static str, Box<RawValue>>;

/// Bundles by the event they belong to.
type Bundles = HashMap<OwnedEventId, Bundle>;

/// Events asked about in one statement.
const IDS_PER_QUERY: usize = 500;

/// The same where it is asked of each whether there is anything to ask.
const IDS_PER_LIST: usize = 10_000;

#[derive(Serialize)]
struct ThreadBundle {
    latest_event: Box<RawValue>,
    count: i64,
    current_user_participated: bool,
}

#[derive(Serialize)]
struct ReferenceBundle {
    chunk: Vec<Reference>,
}

#[derive(Serialize)]
struct Reference {
    event_id: OwnedEventId,
}

/// The bundles of the events that have any.
pub(super) async fn load(
    connection: &mut Connection,
    viewer: &Viewer,
    shape: Shape,
    known: Known<'_>,
    events: &[StoredEvent],
) -> Result<Bundles> {
    // State events have none, and of others few.
    let is_alone = |event: &StoredEvent| known.fresh.is_some_and(|fresh| fresh.is_alone(event));
    let parents: Vec<&StoredEvent> =
        events.iter().filter(|event| event.state_key.is_none() && !is_alone(event)).collect();
    let parents = related(connection, parents).await?;
    let mut sight = Sight::new(&viewer.user_id);
    let mut bundles = Bundles::new();
    for parents in parents.chunks(IDS_PER_QUERY) {
        add_own(connection, &mut sight, (viewer, shape, known), parents, &mut bundles).await?;
        let mut threads = threads::of(connection, &mut sight, viewer, parents).await?;
        hide(connection, viewer, known, threads.values_mut().map(|thread| &mut thread.latest).collect()).await?;
        // What is said of the last event of a thread comes with it. It cannot begin a thread.
        let latest: Vec<&StoredEvent> = threads.values().map(|thread| &thread.latest).collect();
        let mut of_latest = Bundles::new();
        add_own(connection, &mut sight, (viewer, shape, known), &latest, &mut of_latest).await?;
        for (root, thread) in threads {
            let bundle = of_latest.remove(&thread.latest.event_id).unwrap_or_default();
            let bundle = ThreadBundle {
                latest_event: bundled(viewer, shape, known, &thread.latest, bundle)?,
                count: thread.count,
                current_user_participated: thread.participated,
            };
            bundles.entry(root).or_default().insert("m.thread", raw(&bundle)?);
        }
    }
    Ok(bundles)
}

/// Those of which others say anything.
async fn related<'e>(connection: &mut Connection, events: Vec<&'e StoredEvent>) -> Result<Vec<&'e StoredEvent>> {
    if events.is_empty() {
        return Ok(events);
    }
    let sql = "SELECT DISTINCT relates_to FROM events WHERE relates_to {in 1}";
    let mut related = HashSet::new();
    for events in events.chunks(IDS_PER_LIST) {
        for row in connection.fetch_all(sql, args![texts(events.iter().map(|event| &event.event_id))]).await? {
            related.insert(row.get::<String>(0)?);
        }
    }
    Ok(events.into_iter().filter(|event| related.contains(event.event_id.as_str())).collect())
}

/// Adds the edits of events and the references to them.
async fn add_own(
    connection: &mut Connection,
    sight: &mut Sight<'_>,
    (viewer, shape, known): (&Viewer, Shape, Known<'_>),
    parents: &[&StoredEvent],
    bundles: &mut Bundles,
) -> Result<()> {
    if parents.is_empty() {
        return Ok(());
    }
    let mut edits = edits::of(connection, sight, parents).await?;
    let hidden = hide(connection, viewer, known, edits.values_mut().collect()).await?;
    for (parent, edit) in edits.into_iter().filter(|(_, edit)| !hidden.contains(&edit.event_id)) {
        bundles.entry(parent).or_default().insert("m.replace", plain(viewer, shape, known, &edit)?);
    }
    for (parent, references) in references::of(connection, sight, parents).await? {
        let chunk = references.into_iter().map(|event_id| Reference { event_id }).collect();
        bundles.entry(parent).or_default().insert("m.reference", raw(&ReferenceBundle { chunk })?);
    }
    Ok(())
}

/// Takes their content from those that were erased for the viewer; answers which those are.
async fn hide(
    connection: &mut Connection,
    viewer: &Viewer,
    known: Known<'_>,
    events: Vec<&mut StoredEvent>,
) -> Result<BTreeSet<OwnedEventId>> {
    match known.standing {
        Some(standing) => erasure::hide(connection, &viewer.user_id, standing, events).await,
        None => Ok(BTreeSet::new()),
    }
}

fn raw(value: &impl Serialize) -> Result<Box<RawValue>> {
    to_raw_value(value).map_err(MatrixError::internal)
}
