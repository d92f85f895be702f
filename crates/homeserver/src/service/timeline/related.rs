//! Events that others relate to, for [filters] that ask for those.
//!
//! Ruma's filters do not have these fields. What the user cannot see relates to nothing.
//!
//! [filters]: https://spec.matrix.org/v1.18/client-server-api/#filtering

use std::collections::HashSet;

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId, UserId};
use serde::Deserialize;

use super::{
    bundle::sight::{Child, Sight},
    event::StoredEvent,
};
use crate::{
    MatrixError, Result,
    storage::{Connection, args, texts},
};

/// Events asked about in one statement.
const IDS_PER_QUERY: usize = 500;

/// Which events are wanted for what relates to them.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RelatedBy {
    /// By events with one of these types of relation.
    #[serde(rename = "related_by_rel_types", default)]
    rel_types: Option<Vec<String>>,
    /// By events of one of these users.
    #[serde(rename = "related_by_senders", default)]
    senders: Option<Vec<OwnedUserId>>,
}

impl RelatedBy {
    /// Reads it from a filter of events; there may be none.
    pub fn parse(filter: Option<&str>) -> Result<Self> {
        let this = filter.filter(|filter| !filter.is_empty()).map(serde_json::from_str::<Self>).transpose();
        this.map(Option::unwrap_or_default).map_err(|error| MatrixError::bad_json(error.to_string()))
    }

    /// Reads it from the filter of timelines in a filter of `/sync`.
    pub fn of_timelines(filter: &[u8]) -> Result<Self> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Definition {
            room: Room,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Room {
            timeline: RelatedBy,
        }
        let filter = serde_json::from_slice::<Definition>(filter);
        filter.map(|filter| filter.room.timeline).map_err(|error| MatrixError::bad_json(error.to_string()))
    }

    /// Whether every event is wanted.
    pub fn is_open(&self) -> bool {
        self.rel_types.is_none() && self.senders.is_none()
    }

    /// Those of the events that are wanted.
    pub(in crate::service) async fn among(
        &self,
        connection: &mut Connection,
        user_id: &UserId,
        events: Vec<&StoredEvent>,
    ) -> Result<Wanted> {
        if self.is_open() {
            return Ok(Wanted(None));
        }
        let mut sight = Sight::new(user_id);
        let mut wanted = HashSet::new();
        for events in events.chunks(IDS_PER_QUERY) {
            let mut values = args![texts(events.iter().map(|event| &event.event_id))];
            let mut sql = "SELECT child.relates_to, child.room_id, child.position, child.sender \
                FROM events child JOIN events parent ON parent.event_id = child.relates_to \
                AND parent.room_id = child.room_id WHERE child.relates_to {in 1}"
                .to_owned();
            if let Some(rel_types) = &self.rel_types {
                values.push(texts(rel_types).into());
                sql += &format!(" AND child.rel_type {{in {}}}", values.len());
            }
            if let Some(senders) = &self.senders {
                values.push(texts(senders).into());
                sql += &format!(" AND child.sender {{in {}}}", values.len());
            }
            for row in connection.fetch_all(sql, values).await? {
                let (parent, room_id): (OwnedEventId, OwnedRoomId) = (row.get(0)?, row.get(1)?);
                let sender: OwnedUserId = row.get(3)?;
                let child = Child { room_id: &room_id, position: row.get(2)?, sender: &sender };
                if !wanted.contains(&parent) && sight.sees(connection, child).await? {
                    wanted.insert(parent);
                }
            }
        }
        Ok(Wanted(Some(wanted)))
    }
}

/// Which of some events are wanted.
#[derive(Debug)]
pub(in crate::service) struct Wanted(Option<HashSet<OwnedEventId>>);

impl Wanted {
    /// Whether an event is.
    pub(in crate::service) fn has(&self, event: &StoredEvent) -> bool {
        self.0.as_ref().is_none_or(|wanted| wanted.contains(&event.event_id))
    }
}
