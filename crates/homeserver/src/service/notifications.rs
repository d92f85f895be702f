//! What a user was notified of, newest first, see [listing notifications].
//!
//! Nothing is stored for it: the events of the user's rooms are asked again what they mean to them.
//!
//! [listing notifications]: https://spec.matrix.org/v1.18/client-server-api/#listing-notifications

use std::collections::HashMap;

use ruma::{
    MilliSecondsSinceUnixEpoch, OwnedRoomId, UInt, UserId, api::client::push::get_notifications::v3::Notification,
    events::room::member::MembershipState, push::Action, serde::Raw,
};

use super::{
    push::Push,
    timeline::{History, Known, Shape, StoredEvent, Viewer, event::columns, to_client},
};
use crate::{
    MatrixError, Result,
    api::Sender,
    environment::Environment,
    storage::{Connection, Storage, Stream, StreamPosition, args},
};

/// The most notifications in one answer.
const MAXIMUM: usize = 100;
/// How many events are looked at before an answer is given that has fewer than were asked for.
const LOOKED_AT: i64 = 2_000;
const BATCH: i64 = 200;

/// What users were notified of.
#[derive(Clone, Debug)]
pub struct Notifications {
    storage: Storage,
    environment: Environment,
    push: Push,
}

/// A part of the list.
#[derive(Debug)]
pub struct Page {
    /// The newest first.
    pub notifications: Vec<Notification>,
    /// Where it goes on.
    pub next: Option<String>,
}

/// An event with what it means to the user.
struct Found {
    event: StoredEvent,
    actions: Vec<Action>,
    read: bool,
}

impl Notifications {
    pub(super) fn new(storage: Storage, environment: Environment, push: Push) -> Self {
        Self { storage, environment, push }
    }

    /// A part of the list, from a token of an earlier one on.
    pub async fn list(&self, sender: &Sender, from: Option<&str>, limit: usize, highlights: bool) -> Result<Page> {
        let limit = limit.clamp(1, MAXIMUM);
        let mut before: StreamPosition = match from {
            Some(token) => token.parse().map_err(|_| MatrixError::invalid_param("this is no token of ours"))?,
            None => self.storage.streams().current(Stream::Events) + 1,
        };
        let mut connection = self.storage.read().await?;
        let (mut found, mut looked_at, mut histories) = (Vec::new(), 0, HashMap::new());
        let mut more = true;
        while more && found.len() < limit && looked_at < LOOKED_AT {
            let events = earlier(&mut connection, &sender.user_id, before).await?;
            let count = i64::try_from(events.len()).unwrap_or(BATCH);
            (looked_at, more) = (looked_at + count, count == BATCH);
            for event in events {
                if found.len() == limit {
                    more = true;
                    break;
                }
                before = event.position;
                found.extend(self.look(&mut connection, &mut histories, &sender.user_id, event, highlights).await?);
            }
        }
        let notifications = self.show(&mut connection, sender, found).await?;
        Ok(Page { notifications, next: more.then(|| before.to_string()) })
    }

    async fn look(
        &self,
        connection: &mut Connection,
        histories: &mut HashMap<OwnedRoomId, History>,
        user_id: &UserId,
        event: StoredEvent,
        highlights: bool,
    ) -> Result<Option<Found>> {
        let actions = self.push.evaluate(connection, &event, &[user_id.to_owned()]).await?.pop().unwrap_or_default();
        if !actions.iter().any(Action::should_notify) || (highlights && !actions.iter().any(Action::is_highlight)) {
            return Ok(None);
        }
        if !histories.contains_key(&event.room_id) {
            let history = History::load(connection, &event.room_id, user_id).await?;
            histories.insert(event.room_id.clone(), history);
        }
        // Whoever was not in the room was not notified, even if they may read it now.
        let was_there = histories.get(&event.room_id).is_some_and(|history| {
            let own = event.event_type == "m.room.member" && event.state_key.as_deref() == Some(user_id.as_str());
            own || (history.membership_at(event.position) == MembershipState::Join && history.allows(&event))
        });
        if !was_there {
            return Ok(None);
        }
        let read = self.push.is_read(connection, user_id, &event).await?;
        Ok(Some(Found { event, actions, read }))
    }

    async fn show(&self, connection: &mut Connection, sender: &Sender, found: Vec<Found>) -> Result<Vec<Notification>> {
        let now = self.environment.now_millis();
        let viewer = Viewer { user_id: sender.user_id.clone(), device_id: Some(sender.device_id.clone()), now };
        let mut events: Vec<StoredEvent> = found.iter().map(|found| found.event.clone()).collect();
        let shown = to_client(connection, &viewer, Shape::Sync, Known::default(), &mut events).await?;
        let notifications = found.into_iter().zip(shown).map(|(found, shown)| {
            let Found { event, actions, read } = found;
            let at = MilliSecondsSinceUnixEpoch(UInt::try_from(event.origin_server_ts).unwrap_or_default());
            Notification::new(actions, Raw::from_json(shown), read, event.room_id, at)
        });
        Ok(notifications.collect())
    }
}

/// Events of others in the rooms a user is in or invited to, newest first.
async fn earlier(connection: &mut Connection, user_id: &UserId, before: StreamPosition) -> Result<Vec<StoredEvent>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM events event WHERE event.position < $2 AND event.sender <> $1 AND event.redacted_by IS NULL \
          AND event.room_id IN (SELECT room_id FROM memberships \
              WHERE user_id = $1 AND membership IN ('join', 'invite')) \
          ORDER BY event.position DESC LIMIT $3"
    );
    let rows = connection.fetch_all(sql, args![user_id, before, BATCH]).await?;
    Ok(rows.iter().map(StoredEvent::from_row).collect::<Result<_, _>>()?)
}
