//! What there is of the thread that begins with an event, see [threading].
//!
//! [threading]: https://spec.matrix.org/v1.18/client-server-api/#server-side-aggregation-of-mthread-relationships

use std::collections::{HashMap, HashSet};

use ruma::OwnedEventId;

use super::{
    super::{
        event::{StoredEvent, columns},
        format::Viewer,
    },
    sight::{Child, Sight},
};
use crate::{
    Result,
    storage::{Connection, StreamPosition, args, texts},
};

/// The most events looked at for someone who does not see all of a thread.
const MAX_SCANNED: i64 = 1_000;

/// A thread as one viewer sees it.
pub(super) struct Thread {
    pub(super) latest: StoredEvent,
    pub(super) count: i64,
    pub(super) participated: bool,
}

/// How much there is of a thread, and where it ends.
struct Sum {
    root: OwnedEventId,
    count: i64,
    latest: StreamPosition,
}

/// The threads that begin with the events and of which the viewer sees anything.
pub(super) async fn of(
    connection: &mut Connection,
    sight: &mut Sight<'_>,
    viewer: &Viewer,
    roots: &[&StoredEvent],
) -> Result<HashMap<OwnedEventId, Thread>> {
    let mut sums = sums(connection, sight, roots).await?;
    if sums.is_empty() {
        return Ok(HashMap::new());
    }
    let mut latest = events(connection, &sums).await?;
    for sum in &mut sums {
        let Some(event) = latest.get(&sum.latest) else { continue };
        let child = Child { room_id: &event.room_id, position: event.position, sender: &event.sender };
        // Who does not see its end is shown no more of it than they see.
        if !sight.sees(connection, child).await? {
            latest.remove(&sum.latest);
            let event = seen(connection, sight, sum).await?;
            latest.extend(event.map(|event| (sum.latest, event)));
        }
    }
    let participated = participated(connection, viewer, &sums).await?;
    let own: HashSet<&str> =
        roots.iter().filter(|root| root.sender == viewer.user_id).map(|root| root.event_id.as_str()).collect();
    let threads = sums.into_iter().filter_map(|Sum { root, count, latest: position }| {
        let latest = latest.remove(&position)?;
        let participated = own.contains(root.as_str()) || participated.contains(&root);
        Some((root, Thread { latest, count, participated }))
    });
    Ok(threads.collect())
}

/// The threads without what is sent by users who are ignored.
async fn sums(connection: &mut Connection, sight: &mut Sight<'_>, roots: &[&StoredEvent]) -> Result<Vec<Sum>> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let ids = texts(roots.iter().map(|root| &root.event_id));
    let known = connection.fetch_all("SELECT root FROM threads WHERE root {in 1}", args![ids]).await?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let known: Vec<String> = known.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let sql = "SELECT root, CAST(SUM(events) AS BIGINT), MAX(latest) FROM thread_senders \
        WHERE root {in 1} AND sender {not in 2} GROUP BY root";
    let ignored = texts(sight.ignored(connection).await?);
    let rows = connection.fetch_all(sql, args![known, ignored]).await?;
    rows.iter().map(|row| Ok(Sum { root: row.get(0)?, count: row.get(1)?, latest: row.get(2)? })).collect()
}

/// The last event of each thread, by its position.
async fn events(connection: &mut Connection, sums: &[Sum]) -> Result<HashMap<StreamPosition, StoredEvent>> {
    let positions: Vec<StreamPosition> = sums.iter().map(|sum| sum.latest).collect();
    let sql = concat!("SELECT ", columns!(), " FROM events event WHERE event.position {in 1}");
    let events = StoredEvent::from_rows(&connection.fetch_all(sql, args![positions]).await?)?;
    Ok(events.into_iter().map(|event| (event.position, event)).collect())
}

/// Counts again what the viewer sees of a thread, and finds the last event of that.
async fn seen(connection: &mut Connection, sight: &mut Sight<'_>, sum: &mut Sum) -> Result<Option<StoredEvent>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM events event WHERE event.relates_to = $1 AND event.rel_type = 'm.thread' \
         ORDER BY event.position DESC LIMIT $2"
    );
    let rows = connection.fetch_all(sql, args![&sum.root, MAX_SCANNED]).await?;
    let (mut latest, mut count) = (None, 0);
    for event in StoredEvent::from_rows(&rows)? {
        let child = Child { room_id: &event.room_id, position: event.position, sender: &event.sender };
        if sight.sees(connection, child).await? {
            count += 1;
            latest.get_or_insert(event);
        }
    }
    sum.count = count;
    Ok(latest)
}

/// The threads in which the viewer has said something.
async fn participated(connection: &mut Connection, viewer: &Viewer, sums: &[Sum]) -> Result<HashSet<OwnedEventId>> {
    let sql = "SELECT root FROM thread_senders WHERE sender = $1 AND root {in 2}";
    let roots = texts(sums.iter().map(|sum| &sum.root));
    let rows = connection.fetch_all(sql, args![&viewer.user_id, roots]).await?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}
