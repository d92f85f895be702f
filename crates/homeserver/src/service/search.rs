//! Finds messages, see [server side search].
//!
//! Words of messages, names and topics are kept in a table of this server's own, the same for both
//! databases, written by whoever follows the events ([`index`]). What is found is shown only after the
//! history visibility of its room allowed it to the one who asks, and only then counted.
//!
//! [server side search]: https://spec.matrix.org/v1.18/client-server-api/#server-side-search

mod index;
mod query;
mod text;

use std::collections::{BTreeMap, HashMap};

use ruma::{OwnedRoomId, OwnedUserId, UserId, api::client::filter::RoomEventFilter};
use tokio_util::sync::CancellationToken;

pub use self::query::{Group, SearchToken};
use self::text::Term;
use super::{
    follower::Follower,
    timeline::{History, Standing, StoredEvent, erasure, filter, read, related::RelatedBy, tail::Tail},
};
use crate::{
    MatrixError, Result,
    storage::{Connection, Storage, Stream, StreamPosition},
};

/// The most results in one answer.
const MAXIMUM: usize = 100;
/// The most words of a search.
const MAXIMUM_WORDS: usize = 12;

/// Finds messages. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Search {
    storage: Storage,
    follower: Follower,
}

/// What is looked for.
#[derive(Debug)]
pub struct Wanted<'w> {
    /// Whose rooms are searched.
    pub user_id: &'w UserId,
    /// The words, all of which have to be there.
    pub term: &'w str,
    /// Of what kind.
    pub kinds: Vec<Kind>,
    /// Which events.
    pub filter: &'w RoomEventFilter,
    /// And for what relates to them.
    pub related_by: &'w RelatedBy,
    /// The newest first, rather than the best.
    pub recent: bool,
    /// Where an earlier answer ended.
    pub from: Option<SearchToken>,
    /// How many.
    pub limit: usize,
}

/// What of an event is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The text of a message.
    Body = 1,
    /// The name of a room.
    Name = 2,
    /// The topic of a room.
    Topic = 3,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The events, and how well each fits.
    pub results: Vec<(StoredEvent, f64)>,
    /// What the asker was in their rooms, and when.
    pub histories: HashMap<OwnedRoomId, History>,
    /// How many there are, as far as was looked.
    pub count: usize,
    /// The words to mark.
    pub highlights: Vec<String>,
    /// Where it goes on.
    pub next: Option<SearchToken>,
    /// Where it goes on in each room, and with each sender.
    pub next_in: BTreeMap<Group, SearchToken>,
}

impl Search {
    /// Opens the service.
    pub(super) fn new(storage: Storage, tail: Tail) -> Self {
        Self { follower: Follower::new("search", storage.clone(), tail), storage }
    }

    /// Keeps the words of what comes, until the server stops.
    pub(crate) fn begin(&self, shutdown: &CancellationToken) {
        let search = self.clone();
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(async move { search.follow().await }));
    }

    /// Looks for events.
    pub async fn find(&self, wanted: Wanted<'_>) -> Result<Found> {
        let terms = text::terms(wanted.term);
        if terms.is_empty() {
            return Err(MatrixError::invalid_param("there is no word in what is looked for"));
        }
        if terms.len() > MAXIMUM_WORDS {
            return Err(MatrixError::invalid_param("there are too many words in what is looked for"));
        }
        self.look_at_the_newest().await?;
        let now = self.storage.streams().current(Stream::Events);
        let from = wanted.from.clone().unwrap_or_else(|| SearchToken::from_start(now));
        let mut connection = self.storage.read().await?;
        let candidates = query::candidates(&mut connection, &wanted, &terms, &from).await?;
        let exhausted = candidates.len() < query::CANDIDATES;
        let last = candidates.last().map_or(0, |candidate| candidate.position);
        let mut found = Found { highlights: text::highlights(&terms), ..Found::default() };
        let mut visible = visible(&mut connection, &wanted, &terms, candidates, &mut found.histories).await?;
        found.count = visible.len();
        let limit = wanted.limit.clamp(1, MAXIMUM);
        let rest = visible.split_off(visible.len().min(from.offset()));
        let more = rest.len() > limit;
        found.results = rest.into_iter().take(limit).collect();
        found.next = match found.results.last() {
            Some((event, _)) if more && wanted.recent => Some(from.before(event.position)),
            Some(_) if more => Some(from.after(found.results.len())),
            _ if !exhausted && wanted.recent => Some(from.before(last)),
            _ => None,
        };
        if wanted.recent {
            found.next_in = next_in(&from, &found.results);
        }
        Ok(found)
    }
}

/// Where each group goes on, behind the last that was shown of it.
fn next_in(from: &SearchToken, results: &[(StoredEvent, f64)]) -> BTreeMap<Group, SearchToken> {
    let mut groups = BTreeMap::new();
    for (event, _) in results {
        for group in [Group::Room(event.room_id.clone()), Group::Sender(event.sender.clone())] {
            groups.insert(group.clone(), from.before(event.position).within(group));
        }
    }
    groups
}

/// Those of the candidates that the asker may see, and that are what they seem.
async fn visible(
    connection: &mut Connection,
    wanted: &Wanted<'_>,
    terms: &[Term],
    candidates: Vec<query::Candidate>,
    histories: &mut HashMap<OwnedRoomId, History>,
) -> Result<Vec<(StoredEvent, f64)>> {
    let ids: Vec<_> = candidates.iter().map(|candidate| candidate.event_id.clone()).collect();
    let events = read::events(connection, &ids).await?;
    let mut events: HashMap<StreamPosition, StoredEvent> =
        events.into_iter().map(|event| (event.position, event)).collect();
    let mut visible = Vec::new();
    for candidate in candidates {
        let Some(event) = events.remove(&candidate.position) else { continue };
        if event.redacted_by.is_some() || !filter::matches(wanted.filter, &event) {
            continue;
        }
        if !histories.contains_key(&event.room_id) {
            let history = History::load(connection, &event.room_id, wanted.user_id).await?;
            histories.insert(event.room_id.clone(), history);
        }
        let may_see = histories.get(&event.room_id).is_some_and(|history| history.allows(&event));
        if may_see && text::contains(&event, terms) {
            visible.push((event, candidate.rank));
        }
    }
    // Of what was erased for the asker there is nothing to be found.
    let standing = Standing::of(histories.iter().map(|(room_id, history)| (&**room_id, history)));
    let events = visible.iter_mut().map(|(event, _)| event).collect();
    let hidden = erasure::hide(connection, wanted.user_id, &standing, events).await?;
    let events = visible.iter().map(|(event, _)| event).collect();
    let related = wanted.related_by.among(connection, wanted.user_id, events).await?;
    visible.retain(|(event, _)| !hidden.contains(&event.event_id) && related.has(event));
    Ok(visible)
}

/// What a group is called in an answer.
impl Group {
    /// The room, if it is one.
    pub fn room(&self) -> Option<&OwnedRoomId> {
        match self {
            Self::Room(room_id) => Some(room_id),
            Self::Sender(_) => None,
        }
    }

    /// The sender, if it is one.
    pub fn sender(&self) -> Option<&OwnedUserId> {
        match self {
            Self::Sender(user_id) => Some(user_id),
            Self::Room(_) => None,
        }
    }
}
