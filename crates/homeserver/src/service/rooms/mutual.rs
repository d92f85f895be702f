//! The rooms two users share, see [mutual rooms].
//!
//! [mutual rooms]: https://spec.matrix.org/unstable/client-server-api/#mutual-rooms

use ruma::{OwnedRoomId, UserId};

use super::Rooms;
use crate::{MatrixError, Result, storage::args};

/// The rooms of a page.
const LIMIT: usize = 100;

/// A page of the rooms two users are both in.
#[derive(Clone, Debug)]
pub struct MutualRooms {
    /// The rooms.
    pub joined: Vec<OwnedRoomId>,
    /// How many there are on all pages.
    pub count: i64,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

impl Rooms {
    /// A page of the rooms both users are in.
    pub async fn mutual_rooms(&self, own: &UserId, other: &UserId, from: Option<&str>) -> Result<MutualRooms> {
        if own == other {
            return Err(MatrixError::invalid_param("you share every room with yourself"));
        }
        // A page goes on behind the last room of the one before.
        let from = match from {
            Some(token) => {
                let room_id = token.strip_prefix("m1_").filter(|room_id| room_id.starts_with('!'));
                room_id.ok_or_else(|| MatrixError::invalid_param("this token was not made by this server"))?
            }
            None => "",
        };
        let mut connection = self.storage().read().await?;
        let rows = connection
            .fetch_all(
                "SELECT own.room_id FROM memberships own \
                 JOIN memberships other ON other.room_id = own.room_id AND other.user_id = $2 \
                 WHERE own.user_id = $1 AND own.membership = 'join' AND other.membership = 'join' \
                 ORDER BY own.room_id",
                args![own, other],
            )
            .await?;
        let rooms: Vec<OwnedRoomId> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        let count = i64::try_from(rooms.len()).unwrap_or(i64::MAX);
        let mut joined: Vec<_> = rooms.into_iter().filter(|room_id| room_id.as_str() > from).collect();
        let has_more = joined.len() > LIMIT;
        joined.truncate(LIMIT);
        let next = joined.last().filter(|_| has_more).map(|room_id| format!("m1_{room_id}"));
        Ok(MutualRooms { joined, count, next })
    }
}
