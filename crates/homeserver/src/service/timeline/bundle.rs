//! What other events say about an event, sent along with it, see [aggregations]. Reactions and
//! references are not among it.
//!
//! [aggregations]: https://spec.matrix.org/v1.18/client-server-api/#aggregations-of-child-events

use std::collections::{BTreeMap, HashMap};

use ruma::OwnedEventId;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{
    event::{StoredEvent, columns},
    format::{Shape, Viewer, plain},
};
use crate::{
    MatrixError, Result,
    storage::{Connection, Value, args, in_list},
};

/// Bundles by the event they belong to and the type of the relation.
type Bundles = HashMap<OwnedEventId, BTreeMap<&'static str, Box<RawValue>>>;

/// Events asked about in one statement.
const IDS_PER_QUERY: usize = 500;

#[derive(Serialize)]
struct ThreadBundle {
    latest_event: Box<RawValue>,
    count: i64,
    current_user_participated: bool,
}

/// The bundles of the events that have any.
pub(super) async fn load(
    connection: &mut Connection,
    viewer: &Viewer,
    shape: Shape,
    events: &[StoredEvent],
) -> Result<Bundles> {
    let mut bundles = Bundles::new();
    let candidates: Vec<&StoredEvent> =
        events.iter().filter(|event| event.state_key.is_none() && event.redacted_by.is_none()).collect();
    let originals: HashMap<_, _> = candidates.iter().map(|event| (event.event_id.as_str(), *event)).collect();
    for chunk in candidates.chunks(IDS_PER_QUERY) {
        let ids: Vec<Value> = chunk.iter().map(|event| Value::from(&event.event_id)).collect();
        let list = in_list(1, ids.len());
        let sql = format!(
            "SELECT {}, event.relates_to FROM events event \
             WHERE event.relates_to IN {list} AND event.rel_type = 'm.replace' AND event.state_key IS NULL \
             ORDER BY event.origin_server_ts, event.event_id",
            columns!()
        );
        for row in connection.fetch_all(sql, ids.clone()).await? {
            let edit = StoredEvent::from_row(&row)?;
            let target: OwnedEventId = row.get(14)?;
            // Only an author's own words of the same kind replace theirs. The last in this order is the
            // newest.
            let is_edit_of =
                |original: &&StoredEvent| (&original.sender, &original.event_type) == (&edit.sender, &edit.event_type);
            if originals.get(target.as_str()).is_some_and(is_edit_of) {
                bundles.entry(target).or_default().insert("m.replace", plain(viewer, shape, &edit)?);
            }
        }
        for thread in threads(connection, viewer, shape, ids).await? {
            let (root, bundle) = thread;
            let bundle = to_raw_value(&bundle).map_err(MatrixError::internal)?;
            bundles.entry(root).or_default().insert("m.thread", bundle);
        }
    }
    Ok(bundles)
}

/// The threads that begin with one of the events.
async fn threads(
    connection: &mut Connection,
    viewer: &Viewer,
    shape: Shape,
    roots: Vec<Value>,
) -> Result<Vec<(OwnedEventId, ThreadBundle)>> {
    let sql = format!(
        "SELECT relates_to, COUNT(*), MAX(position) FROM events \
         WHERE relates_to IN {} AND rel_type = 'm.thread' GROUP BY relates_to",
        in_list(1, roots.len())
    );
    let mut threads = Vec::new();
    for row in connection.fetch_all(sql, roots).await? {
        let (root, count): (OwnedEventId, i64) = (row.get(0)?, row.get(1)?);
        let latest = concat!("SELECT ", columns!(), " FROM events event WHERE event.position = $1");
        let latest = connection.fetch_one(latest, args![row.get::<i64>(2)?]).await?;
        let latest = StoredEvent::from_row(&latest)?;
        let own = "SELECT 1 FROM events event WHERE event.relates_to = $1 AND event.rel_type = 'm.thread' \
                   AND event.sender = $2 \
                   UNION ALL SELECT 1 FROM events root WHERE root.event_id = $1 AND root.sender = $2 LIMIT 1";
        let own = connection.fetch_optional(own, args![&root, &viewer.user_id]).await?;
        let latest_event = plain(viewer, shape, &latest)?;
        threads.push((root, ThreadBundle { latest_event, count, current_user_participated: own.is_some() }));
    }
    Ok(threads)
}
