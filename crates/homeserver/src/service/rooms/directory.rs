//! Rooms that anyone may find, see [published room directory].
//!
//! [published room directory]: https://spec.matrix.org/v1.18/client-server-api/#published-room-directory

use std::fmt;

use ruma::{
    OwnedRoomAliasId, OwnedRoomId, RoomId, RoomOrAliasId, ServerName, UInt, UserId,
    directory::{Filter, PublicRoomsChunk, RoomTypeFilter},
    events::{StateEventType, room::member::MembershipState},
    room::{RoomSummary, RoomType},
};

use super::{Rooms, summary::summaries};
use crate::{
    MatrixError, Result,
    storage::{Connection, WriteKey, args},
};

/// The most rooms of one page.
const MAX_LIMIT: usize = 500;

/// Rooms read at once.
const CHUNK: usize = 200;

/// The most rooms looked at for one page: a search that nothing answers must not read all there are.
const MAX_SCANNED: usize = 10_000;

/// A page of the directory, the rooms with most members first.
#[derive(Clone, Debug)]
pub struct DirectoryPage {
    /// The rooms.
    pub rooms: Vec<PublicRoomsChunk>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Where the previous page begins.
    pub previous: Option<String>,
    /// How many rooms there are on all pages; not known where a filter chooses among them.
    pub total: Option<UInt>,
}

/// A place of the directory: behind a room, or before it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    backward: bool,
    joined: i64,
    room_id: String,
}

impl Place {
    /// Reads what [`fmt::Display`] writes.
    fn parse(text: &str) -> Result<Self> {
        let parse = || {
            let (direction, rest) = text.split_once('_')?;
            let (joined, room_id) = rest.split_once('_')?;
            let backward = match direction {
                "n1" => false,
                "p1" => true,
                _ => return None,
            };
            Some(Self { backward, joined: joined.parse().ok()?, room_id: room_id.to_owned() })
        };
        parse().ok_or_else(|| MatrixError::invalid_param("this token was not made by this server"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", if self.backward { "p1" } else { "n1" }, self.joined, self.room_id)
    }
}

impl Rooms {
    /// The room of an ID or alias.
    pub async fn find(&self, room: &RoomOrAliasId) -> Result<OwnedRoomId> {
        if let Ok(room_id) = <&RoomId>::try_from(room) {
            return Ok(room_id.to_owned());
        }
        let alias = OwnedRoomAliasId::try_from(room.as_str().to_owned())
            .map_err(|_| MatrixError::invalid_param("this is neither a room ID nor an alias"))?;
        self.resolve(&alias).await?.ok_or_else(|| MatrixError::not_found("there is no such alias"))
    }

    /// The aliases of a room, for members and where the world may read.
    pub async fn visible_aliases(&self, room_id: &RoomId, user_id: &UserId) -> Result<Vec<OwnedRoomAliasId>> {
        if self.membership(room_id, user_id).await? != Some(MembershipState::Join) {
            // Refuses those who may not look into the room.
            self.state_entry(room_id, user_id, &StateEventType::RoomCreate, "").await?;
        }
        self.aliases(room_id).await
    }

    /// Whether the room is in the directory.
    pub async fn is_published(&self, room_id: &RoomId) -> Result<bool> {
        let mut connection = self.storage().read().await?;
        let sql = "SELECT published FROM rooms WHERE room_id = $1";
        let row = connection.fetch_optional(sql, args![room_id]).await?;
        Ok(row.ok_or_else(|| MatrixError::not_found("there is no such room"))?.get(0)?)
    }

    /// Puts the room into the directory or takes it out: who may say which alias is canonical may.
    pub async fn publish(&self, room_id: &RoomId, user_id: &UserId, published: bool) -> Result<()> {
        if !self.may_set(room_id, user_id, &StateEventType::RoomCanonicalAlias).await? {
            return Err(MatrixError::forbidden("publishing the room takes more power"));
        }
        let room_id = room_id.to_owned();
        self.storage()
            .write(WriteKey::Room(room_id.clone()), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE rooms SET published = $2 WHERE room_id = $1";
                    transaction.execute(sql, args![room_id, published]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// A page of this server's directory.
    pub async fn public_rooms(
        &self,
        server: Option<&ServerName>,
        filter: Option<&Filter>,
        since: Option<&str>,
        limit: Option<usize>,
    ) -> Result<DirectoryPage> {
        if server.is_some_and(|server| server != self.server_name()) {
            return Err(MatrixError::not_found("the directory of this server cannot be reached"));
        }
        let since = since.map(Place::parse).transpose()?;
        let backward = since.as_ref().is_some_and(|place| place.backward);
        let limit = limit.unwrap_or(MAX_LIMIT).clamp(1, MAX_LIMIT);
        let filter = filter.filter(|filter| filter.generic_search_term.is_some() || !filter.room_types.is_empty());

        let mut connection = self.storage().read().await?;
        let mut found: Vec<(Place, PublicRoomsChunk)> = Vec::new();
        let mut place = since.clone();
        let (mut scanned, mut has_more) = (0, true);
        'pages: while has_more && scanned < MAX_SCANNED {
            let chunk = published(&mut connection, place.as_ref(), CHUNK).await?;
            has_more = chunk.len() == CHUNK;
            scanned += chunk.len();
            let ids: Vec<_> = chunk.iter().map(|(room_id, _)| room_id.clone()).collect();
            let mut summaries = summaries(&mut connection, &ids).await?;
            for (room_id, joined) in chunk {
                if found.len() == limit {
                    has_more = true;
                    break 'pages;
                }
                let here = Place { backward, joined, room_id: room_id.to_string() };
                place = Some(here.clone());
                let room = summaries.remove(&room_id);
                if let Some(room) = room.filter(|room| filter.is_none_or(|filter| matches(filter, room))) {
                    found.push((here, room.into()));
                }
            }
        }
        let end = place.filter(|_| has_more);
        let begin = found.first().map(|(place, _)| place.clone()).filter(|_| since.is_some());
        let turned = begin.map(|place| Place { backward: !backward, ..place }.to_string());
        let end = end.map(|place| place.to_string());
        let total = match filter {
            None => Some(count(&mut connection).await?),
            Some(_) if since.is_none() && end.is_none() => UInt::try_from(found.len()).ok(),
            Some(_) => None,
        };
        let mut rooms: Vec<_> = found.into_iter().map(|(_, room)| room).collect();
        if backward {
            rooms.reverse();
            return Ok(DirectoryPage { rooms, next: turned, previous: end, total });
        }
        Ok(DirectoryPage { rooms, next: end, previous: turned, total })
    }
}

/// Published rooms with how many members they have, in the direction of the place.
async fn published(
    connection: &mut Connection,
    place: Option<&Place>,
    limit: usize,
) -> Result<Vec<(OwnedRoomId, i64)>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = match place {
        None => {
            let sql = "SELECT room_id, joined FROM rooms WHERE published = 1 \
                       ORDER BY joined DESC, room_id DESC LIMIT $1";
            connection.fetch_all(sql, args![limit]).await?
        }
        Some(Place { backward: false, joined, room_id }) => {
            let sql = "SELECT room_id, joined FROM rooms WHERE published = 1 AND (joined, room_id) < ($2, $3) \
                       ORDER BY joined DESC, room_id DESC LIMIT $1";
            connection.fetch_all(sql, args![limit, *joined, room_id]).await?
        }
        Some(Place { backward: true, joined, room_id }) => {
            let sql = "SELECT room_id, joined FROM rooms WHERE published = 1 AND (joined, room_id) > ($2, $3) \
                       ORDER BY joined, room_id LIMIT $1";
            connection.fetch_all(sql, args![limit, *joined, room_id]).await?
        }
    };
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

async fn count(connection: &mut Connection) -> Result<UInt> {
    let row = connection.fetch_one("SELECT COUNT(*) FROM rooms WHERE published = 1", args![]).await?;
    Ok(UInt::try_from(row.get::<i64>(0)?).unwrap_or_default())
}

fn matches(filter: &Filter, room: &RoomSummary) -> bool {
    let alias = room.canonical_alias.as_ref().map(|alias| alias.as_str());
    let term = filter.generic_search_term.as_ref().map(|term| term.to_lowercase());
    let has_term = term.is_none_or(|term| {
        [room.name.as_deref(), room.topic.as_deref(), alias]
            .into_iter()
            .flatten()
            .any(|text| text.to_lowercase().contains(&term))
    });
    has_term && (filter.room_types.is_empty() || filter.room_types.iter().any(|wanted| is_of(wanted, &room.room_type)))
}

fn is_of(wanted: &RoomTypeFilter, room_type: &Option<RoomType>) -> bool {
    match wanted {
        RoomTypeFilter::Default => room_type.is_none(),
        wanted => room_type.as_ref().is_some_and(|room_type| Some(room_type.as_str()) == wanted.as_str()),
    }
}
