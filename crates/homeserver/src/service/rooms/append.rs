//! Puts events at the end of a room, one decision at a time.

use std::sync::Arc;

use ruma::{EventId, OwnedEventId, RoomId};

use super::{
    Inner, Rooms,
    authorize::{Prepared, needed_keys},
    head::{Head, Slot},
    pdu::{Pdu, StateKey},
    requests::made_before,
    template::{NewEvent, RequestKey},
    write::{Batch, Besides, WriteError},
};
use crate::{
    MatrixError, Result,
    storage::{Pending, WriteKey},
};

/// How often an event is made anew because the room has moved on under it.
const ATTEMPTS: usize = 10;

/// What became of a request to append.
#[derive(Debug)]
pub(super) enum Appended {
    /// The events are part of the room.
    New(Vec<Arc<Pdu>>),
    /// The same request was made before; this is the event it made then.
    Repeated(OwnedEventId),
}

impl Appended {
    /// The last event made, then or now.
    pub(super) fn event_id(&self) -> Option<&EventId> {
        match self {
            Self::New(pdus) => pdus.last().map(|pdu| &*pdu.event_id),
            Self::Repeated(event_id) => Some(event_id),
        }
    }
}

impl Rooms {
    /// Appends the events that `decide` wants. It sees the room's end as the events will, with the
    /// `keys` of the state it asked for, and is asked again should the room move on meanwhile.
    pub(super) async fn append(
        &self,
        room_id: &RoomId,
        keys: &[StateKey],
        request: Option<RequestKey>,
        decide: impl Fn(&Head) -> Result<Vec<NewEvent>> + Send + Sync,
    ) -> Result<Appended> {
        self.append_besides(room_id, keys, Besides { request, ..Besides::default() }, decide).await
    }

    /// The same for the last events of a room that another takes the place of.
    pub(super) async fn append_ending(
        &self,
        room_id: &RoomId,
        keys: &[StateKey],
        successor: &RoomId,
        decide: impl Fn(&Head) -> Result<Vec<NewEvent>> + Send + Sync,
    ) -> Result<Appended> {
        let besides = Besides { successor: Some(successor.to_owned()), ..Besides::default() };
        self.append_besides(room_id, keys, besides, decide).await
    }

    async fn append_besides(
        &self,
        room_id: &RoomId,
        keys: &[StateKey],
        besides: Besides,
        decide: impl Fn(&Head) -> Result<Vec<NewEvent>> + Send + Sync,
    ) -> Result<Appended> {
        let inner = &self.0;
        let request = &besides.request;
        let slot = inner.heads.slot(room_id);
        let turn = match request {
            Some(key) => Some(inner.requests.turn(key).await),
            None => None,
        };
        for attempt in 0..ATTEMPTS {
            if let Some(key) = request
                && (attempt > 0 || turn.as_ref().is_some_and(|turn| turn.waited))
                && let Some(event_id) = made_before(&mut inner.storage.read().await?, key).await?
            {
                return Ok(Appended::Repeated(event_id));
            }
            let (events, pending, write) = {
                let mut head = slot.lock().await;
                let head = inner.load(&mut head, room_id).await?;
                inner.fetch(head, keys).await?;
                let events = decide(head)?;
                if events.is_empty() {
                    return Ok(Appended::New(Vec::new()));
                }
                let (events, pending) = inner.make_and_submit(head, events, besides.clone()).await?;
                (events, pending, head.write())
            };
            match pending.await {
                Ok(_) => return Ok(Appended::New(events.into_iter().map(|event| event.pdu).collect())),
                Err(error) => {
                    forget(&slot, &write).await;
                    match error {
                        WriteError::Conflict => {}
                        WriteError::Repeated(event_id) => return Ok(Appended::Repeated(event_id)),
                        WriteError::Refused(error) => return Err(error),
                    }
                }
            }
        }
        Err(MatrixError::internal("the room changes faster than an event can be made"))
    }

    /// Reads a value off the room's end, with the `keys` of the state it asks for.
    pub(super) async fn look<T>(
        &self,
        room_id: &RoomId,
        keys: &[StateKey],
        read: impl Fn(&Head) -> Result<T> + Send + Sync,
    ) -> Result<T> {
        let inner = &self.0;
        let slot = inner.heads.slot(room_id);
        let mut head = slot.lock().await;
        let head = inner.load(&mut head, room_id).await?;
        inner.fetch(head, keys).await?;
        read(head)
    }
}

/// Drops the head that a failed write was made on, unless someone else has done so already.
async fn forget(slot: &Slot, write: &Arc<()>) {
    let mut head = slot.lock().await;
    if head.as_ref().is_some_and(|head| head.made(write)) {
        *head = None;
    }
}

impl Inner {
    async fn load<'h>(&self, head: &'h mut Option<Head>, room_id: &RoomId) -> Result<&'h mut Head> {
        if head.is_none() {
            *head = Head::load(&mut self.storage.read().await?, room_id).await?;
        }
        head.as_mut().ok_or_else(|| MatrixError::not_found("there is no such room"))
    }

    async fn fetch(&self, head: &mut Head, keys: &[StateKey]) -> Result<()> {
        if !head.knows(keys) {
            head.fetch(&mut self.storage.read().await?, keys).await?;
        }
        Ok(())
    }

    /// Makes the events one on top of the other and queues their write. On a refusal the head is as
    /// it was before.
    pub(super) async fn make_and_submit(
        &self,
        head: &mut Head,
        events: Vec<NewEvent>,
        besides: Besides,
    ) -> Result<(Vec<Prepared>, Pending<Arc<()>, WriteError>)> {
        for event in &events {
            let keys = needed_keys(head, event)?;
            self.fetch(head, &keys).await?;
        }
        let mut undo = head.mark();
        let built_on = head.extremities.clone();
        let mut prepared = Vec::with_capacity(events.len());
        for event in events {
            match self.prepare(head, event, &mut undo) {
                Ok(event) => prepared.push(event),
                Err(error) => {
                    head.undo(undo);
                    return Err(error);
                }
            }
        }
        let batch = Batch {
            room_id: head.room_id.clone(),
            rules: head.rules.clone(),
            built_on,
            extremities: head.extremities.clone(),
            depth: head.depth,
            events: prepared.clone(),
            besides,
            now: self.environment.now_millis(),
            push: self.push.clone(),
        };
        let write = head.write();
        let key = WriteKey::Room(head.room_id.clone());
        let pending = self.storage.submit(key, move |transaction| {
            Box::pin(async move {
                batch.write(transaction).await?;
                // Kept with the answer: the write is under way until the answer is taken.
                Ok(write)
            })
        });
        Ok((prepared, pending))
    }
}
