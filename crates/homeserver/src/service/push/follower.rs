//! Looks at every event once it is committed, in order, and keeps what it means to whom.
//!
//! How far it has come is stored with what it found, so a crash costs nothing but time. Of several
//! processes any may do it: whoever finds that another was quicker begins anew behind it.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId, events::room::member::MembershipState};
use tokio_util::sync::CancellationToken;

use super::{Outcome, Preferences, Push, Question, Rules, columns, thread_of, unread};
use crate::{
    MatrixError, Result,
    service::{
        rooms::Pdu,
        timeline::{StoredEvent, members::MemberContent},
        unread::{Count, Notable},
    },
    storage::{Connection, StorageError, Stream, StreamPosition, WriteKey, args},
};

/// The most events that are looked at before what they mean is written.
const BATCH: usize = 256;

/// When this many wait, they are looked at without further ado.
const MANY: StreamPosition = 16;

/// How long it waits for more, so that a single message does not cost a second commit at once. Counts
/// are right meanwhile: who asks looks for themselves.
const GATHER: Duration = Duration::from_millis(50);

/// How long it rests after the database failed.
const REST: Duration = Duration::from_secs(5);

/// Rooms whose members are remembered.
const ROOMS: usize = 1_000;

/// What is remembered between batches. It holds only as long as nobody else follows.
#[derive(Default)]
struct Memory {
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
        let now = self.0.storage.streams().current(Stream::Events);
        let mut memory = Memory::default();
        while memory.followed < now && self.step(&mut memory).await? {}
        Ok(())
    }

    async fn run(&self) {
        let mut moved = self.0.storage.streams().watch(Stream::Events);
        let mut memory = Memory::default();
        loop {
            match self.step(&mut memory).await {
                Ok(true) => {}
                Ok(false) => {
                    if moved.changed().await.is_err() {
                        return;
                    }
                    self.gather(memory.followed).await;
                }
                Err(error) => {
                    tracing::error!(?error, "push rules could not be evaluated");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    /// Waits for more than one event, but not for long.
    async fn gather(&self, followed: StreamPosition) {
        let streams = self.0.storage.streams();
        let mut moved = streams.watch(Stream::Events);
        let enough =
            async { while streams.current(Stream::Events) - followed < MANY && moved.changed().await.is_ok() {} };
        // Nothing is lost if the time is up.
        drop(tokio::time::timeout(GATHER, enough).await);
    }

    /// Looks at the next events; says whether there may be more.
    async fn step(&self, memory: &mut Memory) -> Result<bool> {
        let now = self.0.storage.streams().current(Stream::Events);
        let mut connection = self.0.storage.read().await?;
        let followed = position(&mut connection).await?;
        if followed != memory.followed {
            *memory = Memory { followed, ..Memory::default() };
        }
        if followed >= now {
            return Ok(false);
        }
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM events event WHERE event.position > $1 AND event.position <= $2 ORDER BY event.position LIMIT $3"
        );
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let rows = connection.fetch_all(sql, args![followed, now, limit]).await?;
        let events: Vec<StoredEvent> = rows.iter().map(StoredEvent::from_row).collect::<Result<_, _>>()?;
        let mut found = Found::default();
        for event in &events {
            found.notable.extend(self.look(&mut connection, memory, event).await?);
            found.withdrawn.extend(withdrawn(event));
        }
        drop(connection);
        let reached = if events.len() < BATCH { now } else { events.last().map_or(now, |event| event.position) };
        if self.write(followed, reached, found).await? {
            memory.followed = reached;
        }
        Ok(true)
    }

    /// Writes what was found, unless another process was quicker.
    async fn write(&self, followed: StreamPosition, reached: StreamPosition, found: Found) -> Result<bool> {
        self.0
            .storage
            .write(WriteKey::Server("notable"), move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE follower_positions SET position = $2 WHERE name = 'notable' AND position = $1";
                    if transaction.execute(sql, args![followed, reached]).await? == 0 {
                        return Ok(false);
                    }
                    unread::record(transaction, &found.notable).await?;
                    // The redaction did so itself, unless it ran while its target was being looked at.
                    for (room_id, event_id) in &found.withdrawn {
                        unread::withdraw(transaction, room_id, event_id).await?;
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// What one event means. One that cannot be read means nothing, rather than holding up the rest.
    async fn look(
        &self,
        connection: &mut Connection,
        memory: &mut Memory,
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
        let mut question = match Question::load(connection, event, ask_for_power).await {
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

/// What a redaction takes back.
fn withdrawn(event: &StoredEvent) -> Option<(OwnedRoomId, OwnedEventId)> {
    if event.event_type != "m.room.redaction" {
        return None;
    }
    let pdu = Pdu::parse(event.event_id.clone(), event.room_id.clone(), event.json.clone()).ok()?;
    Some((event.room_id.clone(), pdu.redacts()?))
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

/// How far events were looked at.
async fn position(connection: &mut Connection) -> Result<StreamPosition, StorageError> {
    let sql = "SELECT position FROM follower_positions WHERE name = 'notable'";
    connection.fetch_one(sql, args![]).await?.get(0)
}
