//! Looks at every event once it is committed, in order, and keeps what it means to whom.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId, events::room::member::MembershipState};
use tokio_util::sync::CancellationToken;

use super::{Outcome, Preferences, Push, Question, Rules, question::Room, thread_of, unread};
use crate::{
    MatrixError, Result,
    service::{
        follower::{Batch, REST},
        timeline::{StoredEvent, members::MemberContent},
        unread::{Count, Notable},
    },
    storage::{Connection, StorageError, StreamPosition, Transaction, args},
};

/// When this many wait, they are looked at without further ado.
const MANY: StreamPosition = 16;

/// How long it waits for more. Counts are right meanwhile: who asks looks for themselves.
const GATHER: Duration = Duration::from_millis(50);

/// Rooms whose members are remembered.
const ROOMS: usize = 1_000;

/// What is remembered between batches. It holds only as long as nobody else follows.
#[derive(Debug, Default)]
pub(super) struct Memory {
    followed: StreamPosition,
    /// The members of this server.
    members: HashMap<OwnedRoomId, BTreeSet<OwnedUserId>>,
}

/// What a batch comes to.
#[derive(Default)]
struct Found {
    notable: Vec<Notable>,
    /// Events that were redacted.
    withdrawn: Vec<(OwnedRoomId, OwnedEventId)>,
}

impl Push {
    /// Follows the events until `shutdown`.
    pub(crate) fn follow(&self, shutdown: CancellationToken) {
        let push = self.clone();
        tokio::spawn(shutdown.run_until_cancelled_owned(async move { push.run().await }));
    }

    /// Looks at everything that is committed by now: what changes someone's rules does so first, or the new
    /// rules would decide what the old ones have let through.
    pub(crate) async fn catch_up(&self) -> Result<()> {
        let now = self.0.follower.now();
        let mut memory = self.0.memory.lock().await;
        while memory.followed < now && self.step(&mut memory).await? {}
        Ok(())
    }

    async fn run(&self) {
        loop {
            let mut memory = self.0.memory.lock().await;
            let (stepped, followed) = (self.step(&mut memory).await, memory.followed);
            drop(memory);
            match stepped {
                Ok(true) => {}
                Ok(false) => {
                    if !self.0.follower.gather(followed, GATHER, MANY).await {
                        return;
                    }
                }
                Err(error) => {
                    tracing::error!(?error, "push rules could not be evaluated");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    /// Looks at the next events; says whether there may be more.
    async fn step(&self, memory: &mut Memory) -> Result<bool> {
        let followed = self.0.follower.position().await?;
        if followed != memory.followed {
            *memory = Memory { followed, ..Memory::default() };
        }
        let Some(batch) = self.0.follower.next_after(followed).await? else { return Ok(false) };
        let found = self.look_at(memory, &batch).await?;
        let up_to = batch.up_to;
        if self.0.follower.advance(&batch, move |transaction| Box::pin(found.write(transaction))).await? {
            memory.followed = up_to;
        }
        Ok(true)
    }

    /// What the events of a batch mean.
    async fn look_at(&self, memory: &mut Memory, batch: &Batch) -> Result<Found> {
        let mut connection = self.0.storage.read().await?;
        let rooms = Room::load(&mut connection, batch.events.iter().map(|event| &event.room_id)).await?;
        let mut found = Found::default();
        for event in &batch.events {
            // A room that is gone has nobody to tell.
            if let Some(room) = rooms.get(&event.room_id) {
                found.notable.extend(self.look(&mut connection, memory, room, event).await?);
            }
            found.withdrawn.extend(event.redacts().map(|event_id| (event.room_id.clone(), event_id)));
        }
        Ok(found)
    }

    /// What one event means. One that cannot be read means nothing, rather than holding up the rest.
    async fn look(
        &self,
        connection: &mut Connection,
        memory: &mut Memory,
        room: &Room,
        event: &StoredEvent,
    ) -> Result<Option<Notable>> {
        self.remember(memory, event);
        if event.redacted_by.is_some() {
            return Ok(None);
        }
        let members = self.members(connection, memory, &event.room_id).await?;
        let members: Vec<OwnedUserId> = members.iter().filter(|user_id| **user_id != event.sender).cloned().collect();
        if members.is_empty() {
            return Ok(None);
        }
        let preferences = self.preferences(connection, &members).await?;
        let ask_for_power = preferences.iter().any(|preferences| preferences.rules.ask_for_power());
        let mut question = match Question::load(connection, room, event, ask_for_power).await {
            Ok(question) => question,
            // That is not the event's fault: it is looked at again.
            Err(error @ MatrixError::Unavailable { .. }) => return Err(error),
            Err(error) => {
                tracing::error!(?error, event_id = %event.event_id, "push rules cannot read an event");
                return Ok(None);
            }
        };

        let mut common: Option<Outcome> = None;
        let mut outcomes = Vec::with_capacity(members.len());
        for (user_id, preferences) in members.into_iter().zip(&preferences) {
            let outcome = match &common {
                Some(common) if is_common(preferences, &question, &user_id, event) => common.clone(),
                _ => {
                    let outcome = question.ask(&user_id, preferences).await;
                    if is_common(preferences, &question, &user_id, event) {
                        common = Some(outcome.clone());
                    }
                    outcome
                }
            };
            outcomes.push((user_id, outcome.count()));
        }
        let most = most(&outcomes);
        let exceptions: Vec<_> = outcomes
            .into_iter()
            .filter(|(_, count)| *count != most)
            .map(|(user_id, count)| (user_id, count.minus(most)))
            .collect();
        if most == Count::default() && exceptions.is_empty() {
            return Ok(None);
        }
        let thread = thread_of(connection, event).await?;
        Ok(Some(Notable { position: event.position, room_id: event.room_id.clone(), thread, most, exceptions }))
    }

    /// Keeps up with who is in the rooms that are remembered.
    fn remember(&self, memory: &mut Memory, event: &StoredEvent) {
        if event.event_type != "m.room.member" {
            return;
        }
        let Some(members) = memory.members.get_mut(&event.room_id) else { return };
        let user_id = event.state_key.as_deref().and_then(|key| OwnedUserId::try_from(key).ok());
        let Some(user_id) = user_id.filter(|user_id| user_id.server_name() == self.0.server_name) else { return };
        let membership = event.content_as::<MemberContent>().and_then(|content| content.membership);
        if membership == Some(MembershipState::Join) {
            members.insert(user_id);
        } else {
            members.remove(&user_id);
        }
    }

    /// Who of this server is in the room.
    async fn members<'m>(
        &self,
        connection: &mut Connection,
        memory: &'m mut Memory,
        room_id: &OwnedRoomId,
    ) -> Result<&'m BTreeSet<OwnedUserId>, StorageError> {
        if !memory.members.contains_key(room_id) {
            if memory.members.len() >= ROOMS {
                memory.members.clear();
            }
            let sql = "SELECT user_id FROM memberships WHERE room_id = $1 AND membership = 'join'";
            let mut members = BTreeSet::new();
            for row in connection.fetch_all(sql, args![room_id]).await? {
                let user_id: OwnedUserId = row.get(0)?;
                if user_id.server_name() == self.0.server_name {
                    members.insert(user_id);
                }
            }
            memory.members.insert(room_id.clone(), members);
        }
        Ok(memory.members.entry(room_id.clone()).or_default())
    }
}

impl Found {
    async fn write(self, transaction: &mut Transaction) -> Result<()> {
        unread::record(transaction, &self.notable).await?;
        // The redaction did so itself, unless it ran while its target was being looked at.
        for (room_id, event_id) in &self.withdrawn {
            unread::withdraw(transaction, room_id, event_id).await?;
        }
        Ok(())
    }
}

/// Whether the event means to the user what it means to everyone who never changed a rule.
fn is_common(preferences: &Preferences, question: &Question, user_id: &OwnedUserId, event: &StoredEvent) -> bool {
    matches!(preferences.rules, Rules::Default)
        && !preferences.ignored.contains(&event.sender)
        && !question.names(user_id)
}

/// What it means to more members than anything else.
fn most(outcomes: &[(OwnedUserId, Count)]) -> Count {
    let mut tally: Vec<(Count, usize)> = Vec::new();
    for (_, count) in outcomes {
        match tally.iter_mut().find(|(other, _)| other == count) {
            Some((_, times)) => *times += 1,
            None => tally.push((*count, 1)),
        }
    }
    tally.into_iter().max_by_key(|(_, times)| *times).map(|(count, _)| count).unwrap_or_default()
}

impl Outcome {
    fn count(&self) -> Count {
        Count { notifications: self.notify.into(), highlights: self.highlight.into() }
    }
}

impl Count {
    fn minus(self, other: Self) -> Self {
        Self { notifications: self.notifications - other.notifications, highlights: self.highlights - other.highlights }
    }
}
