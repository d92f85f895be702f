//! Walks through the rooms of a space, see [spaces].
//!
//! The walk goes depth first and visits no room twice, so a circle of spaces ends it as any room does. What
//! is left of it after a page is stored under the page's token: the next page goes on from there, however
//! the spaces have changed meanwhile and whatever process answers. Who may see a room is asked anew.
//!
//! [spaces]: https://spec.matrix.org/v1.18/client-server-api/#spaces

mod children;

use std::collections::{BTreeSet, HashMap};

use ruma::{
    OwnedRoomId, RoomId, UserId,
    api::client::space::SpaceHierarchyRoomsChunk,
    room::{RoomSummary, RoomType},
};
use serde::{Deserialize, Serialize};

use self::children::{Child, children};
use super::{
    Rooms,
    summary::{admitted, summaries},
};
use crate::{
    MatrixError, Result,
    storage::{Connection, WriteKey, args},
};

/// The rooms of a page for clients that do not say.
const DEFAULT_LIMIT: usize = 50;

/// The most rooms of a page.
const MAX_LIMIT: usize = 100;

/// How deep the walk goes, at most.
const MAX_DEPTH: u64 = 50;

/// The most rooms of one walk.
const MAX_ROOMS: usize = 20_000;

/// The most rooms looked at for one page, where the user sees few.
const MAX_VISITS: usize = 1_000;

/// Which rooms to walk through.
#[derive(Clone, Copy, Debug)]
pub struct HierarchyRequest<'r> {
    /// Where to begin.
    pub room_id: &'r RoomId,
    /// Who asks.
    pub user_id: &'r UserId,
    /// Only rooms that their space suggests.
    pub suggested_only: bool,
    /// How many.
    pub limit: Option<u64>,
    /// How deep.
    pub max_depth: Option<u64>,
    /// The token of the page before.
    pub from: Option<&'r str>,
}

/// A page of rooms.
#[derive(Clone, Debug, Default)]
pub struct Hierarchy {
    /// The rooms, each space before its children.
    pub rooms: Vec<SpaceHierarchyRoomsChunk>,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// What is left of a walk.
#[derive(Debug, Deserialize, Serialize)]
struct Walk {
    suggested_only: bool,
    max_depth: Option<u64>,
    /// Rooms that are still to be visited with their depth, the next one last.
    waiting: Vec<(OwnedRoomId, u64)>,
    seen: BTreeSet<OwnedRoomId>,
}

/// What is known of the rooms that are next. Those the user may not see are known and nothing.
type Known = HashMap<OwnedRoomId, Option<RoomSummary>>;

impl Rooms {
    /// A page of the rooms below a space, with the space itself.
    pub async fn hierarchy(&self, request: HierarchyRequest<'_>) -> Result<Hierarchy> {
        if request.limit == Some(0) {
            return Err(MatrixError::invalid_param("`limit` is greater than zero"));
        }
        let limit = request.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(DEFAULT_LIMIT);
        let limit = limit.clamp(1, MAX_LIMIT);
        let mut connection = self.storage().read().await?;
        let mut walk = match request.from {
            Some(token) => resume(&mut connection, request, token).await?,
            None => Walk::new(request),
        };
        let mut known = Known::new();
        if request.from.is_none() {
            walk.look_ahead(&mut connection, request.user_id, &mut known, limit).await?;
            if known.get(request.room_id).is_none_or(Option::is_none) {
                return Err(MatrixError::forbidden("you cannot see this room"));
            }
        }
        let mut rooms = Vec::new();
        let mut visits = 0;
        while rooms.len() < limit && visits < MAX_VISITS {
            let Some((room_id, depth)) = walk.next() else { break };
            visits += 1;
            if !known.contains_key(&room_id) {
                walk.waiting.push((room_id.clone(), depth));
                walk.look_ahead(&mut connection, request.user_id, &mut known, limit).await?;
                walk.waiting.pop();
            }
            if let Some(summary) = known.remove(&room_id).flatten() {
                let children = walk.enter(&mut connection, &summary, depth).await?;
                let children = children.iter().map(Child::stripped).collect::<Result<_>>()?;
                rooms.push(SpaceHierarchyRoomsChunk::new(summary, children));
            }
        }
        drop(connection);
        let next = if walk.is_over() { None } else { Some(self.keep(request, &walk).await?) };
        Ok(Hierarchy { rooms, next })
    }

    /// Stores what is left of a walk under a new token.
    async fn keep(&self, request: HierarchyRequest<'_>, walk: &Walk) -> Result<String> {
        let token = format!("h1_{}", self.environment().word(24));
        let now = self.environment().now_millis();
        let walk = serde_json::to_vec(walk).map_err(MatrixError::internal)?;
        let values = args![&token, request.user_id, request.room_id, walk, now];
        self.storage()
            .write(WriteKey::Server("hierarchy_walks"), move |transaction| {
                Box::pin(async move {
                    let sql = "INSERT INTO hierarchy_walks (token, user_id, room_id, walk, created_at) \
                               VALUES ($1, $2, $3, $4, $5)";
                    transaction.execute(sql, values).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        Ok(token)
    }
}

/// What was left of the user's walk after a page.
async fn resume(connection: &mut Connection, request: HierarchyRequest<'_>, token: &str) -> Result<Walk> {
    let sql = "SELECT walk FROM hierarchy_walks WHERE token = $1 AND user_id = $2 AND room_id = $3";
    let row = connection.fetch_optional(sql, args![token, request.user_id, request.room_id]).await?;
    let row = row.ok_or_else(|| MatrixError::invalid_param("this token is not known, or not any longer"))?;
    let walk: Walk = serde_json::from_slice(&row.get::<Vec<u8>>(0)?).map_err(MatrixError::internal)?;
    if (walk.suggested_only, walk.max_depth) != (request.suggested_only, request.max_depth) {
        return Err(MatrixError::invalid_param("`suggested_only` and `max_depth` cannot change between pages"));
    }
    Ok(walk)
}

impl Walk {
    fn new(request: HierarchyRequest<'_>) -> Self {
        Self {
            suggested_only: request.suggested_only,
            max_depth: request.max_depth,
            waiting: vec![(request.room_id.to_owned(), 0)],
            seen: BTreeSet::new(),
        }
    }

    fn next(&mut self) -> Option<(OwnedRoomId, u64)> {
        while let Some((room_id, depth)) = self.waiting.pop() {
            if self.seen.insert(room_id.clone()) {
                return Some((room_id, depth));
            }
        }
        None
    }

    fn is_over(&self) -> bool {
        self.waiting.iter().all(|(room_id, _)| self.seen.contains(room_id))
    }

    /// Reads what the rooms that come next show the user.
    async fn look_ahead(
        &self,
        connection: &mut Connection,
        user_id: &UserId,
        known: &mut Known,
        limit: usize,
    ) -> Result<()> {
        let next =
            self.waiting.iter().rev().map(|(room_id, _)| room_id).filter(|room_id| !known.contains_key(*room_id));
        let next: Vec<OwnedRoomId> = next.take(limit).cloned().collect();
        let mut summaries = summaries(connection, &next).await?;
        let admitted = admitted(connection, Some(user_id), summaries.values()).await?;
        summaries.retain(|room_id, _| admitted.contains_key(room_id));
        known.extend(next.into_iter().map(|room_id| {
            let summary = summaries.remove(&room_id);
            (room_id, summary)
        }));
        Ok(())
    }

    /// The children of a room, which are to be visited next if that is not too deep.
    async fn enter(&mut self, connection: &mut Connection, room: &RoomSummary, depth: u64) -> Result<Vec<Child>> {
        if room.room_type != Some(RoomType::Space) {
            return Ok(Vec::new());
        }
        let children = children(connection, &room.room_id, self.suggested_only).await?;
        let max_depth = self.max_depth.unwrap_or(MAX_DEPTH).min(MAX_DEPTH);
        if depth < max_depth {
            let room = MAX_ROOMS.saturating_sub(self.seen.len() + self.waiting.len());
            let new = children.iter().filter(|child| !self.seen.contains(&child.room_id)).take(room);
            let new: Vec<_> = new.map(|child| (child.room_id.clone(), depth + 1)).collect();
            self.waiting.extend(new.into_iter().rev());
        }
        Ok(children)
    }
}
