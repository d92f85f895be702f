//! The send loop: what waits goes out, in order within each room, until it is there once.
//!
//! What to do next is the model's [`SendQueue`]; here is the doing. Everything it knows stands in the outbox, so a crash
//! at any point is followed by the same request with the same transaction ID, which the homeserver answers without doing
//! it again.

mod request;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    pin::pin,
    rc::Rc,
    time::Duration,
};

use futures::future::{Either, select};
use ruma::{OwnedRoomId, OwnedTransactionId, TransactionId};
use trellis_model::{
    protocol::Refusal,
    send_queue::{Effect, EntryState, Failure, Next, OutboxEntry, Outcome, Outgoing, SendQueue, Task},
    sync::{RoomInput, SendProgress},
    timeline::{Echo, IndexKey},
};

use crate::{
    cancellation::Cancellation,
    core::Core,
    port::{Batch, Clock, StoreError},
    queue::Turn,
    request::RequestError,
    sign_in::store_refusal,
};

/// What waits to be sent, in memory: a mirror of the outbox table.
#[derive(Default)]
pub(crate) struct Outbox {
    queue: RefCell<SendQueue>,
    /// The place behind everything that waits.
    next_order: Cell<u64>,
    /// What is uploaded now can be taken back.
    uploads: RefCell<BTreeMap<OwnedTransactionId, Cancellation>>,
}

impl Outbox {
    pub(crate) fn fill(&self, entries: Vec<OutboxEntry>) {
        self.next_order.set(entries.iter().map(|entry| entry.order + 1).max().unwrap_or(0));
        self.queue.replace(SendQueue::new(entries));
    }

    fn contains(&self, transaction_id: &TransactionId) -> bool {
        self.queue.borrow().get(transaction_id).is_some()
    }

    fn order(&self) -> u64 {
        let order = self.next_order.get();
        self.next_order.set(order + 1);
        order
    }
}

/// Sends until it is dropped.
pub(crate) async fn run(core: Rc<Core>) {
    let (mut queued, mut network, mut reachable) =
        (core.queued.listen(), core.network.listen(), core.reachable.listen());
    loop {
        if core.session_valid.is_closed() {
            core.outbox.queue.borrow_mut().pause();
            core.session_valid.opened().await;
            core.outbox.queue.borrow_mut().resume();
        }
        let next = core.outbox.queue.borrow_mut().next(now(&*core.clock));
        let delay = match next {
            Next::Run { room_id, transaction_id, task } => {
                core.tasks.add(perform(core.clone(), room_id, transaction_id, task));
                continue;
            }
            Next::WaitUntil(time) => Duration::from_millis(time.saturating_sub(now(&*core.clock)).max(1)),
            Next::Idle => Duration::MAX,
        };
        let (network, reachable) = (pin!(network.heard()), pin!(reachable.heard()));
        let queued = pin!(queued.heard());
        let told = select(queued, select(network, reachable));
        let waited = async {
            match delay {
                Duration::MAX => std::future::pending().await,
                delay => core.clock.sleep(delay).await,
            }
        };
        if let Either::Left((Either::Right(_), _)) = select(told, pin!(waited)).await {
            core.outbox.queue.borrow_mut().online();
        }
    }
}

/// Makes one request and takes over how it ended.
async fn perform(core: Rc<Core>, room_id: OwnedRoomId, transaction_id: OwnedTransactionId, task: Task) {
    if let Err(error) = show(&core, &room_id, &transaction_id, Echo::Sending).await {
        tracing::warn!(%error, "that something is being sent could not be shown");
    }
    let is_upload = matches!(task, Task::CreateUri | Task::Upload { .. });
    let taken_back = Cancellation::new();
    if is_upload {
        core.outbox.uploads.borrow_mut().insert(transaction_id.clone(), taken_back.clone());
    }
    let outcome = taken_back.race(request::run(&core, &room_id, &transaction_id, task)).await;
    core.outbox.uploads.borrow_mut().remove(&transaction_id);
    // Whoever took it back has told the queue.
    let Some(outcome) = outcome else { return };
    let (done, ended) = match outcome {
        Ok(done) => (done, None),
        Err(error @ RequestError::SessionEnded { .. }) => {
            (Outcome::Failed(request::failure(error.clone())).into(), Some(error))
        }
        Err(error) => (Outcome::Failed(request::failure(error)).into(), None),
    };
    let turn = core.writer.turn().await;
    let mut byte = [0];
    core.random.fill(&mut byte);
    let (time, jitter) = (now(&*core.clock), f64::from(byte[0]) / 255.0);
    let mut batch = Batch::default();
    if let Some(bytes) = done.encrypted.filter(|_| core.outbox.contains(&transaction_id)) {
        core.records.put_encrypted_file(&mut batch, &transaction_id, &bytes);
    }
    let mut effects = core.outbox.queue.borrow_mut().outcome(&transaction_id, done.outcome, time, jitter);
    if effects.is_empty() {
        effects.push(waits(room_id, transaction_id));
    }
    if let Err(error) = apply(&core, &turn, batch, effects).await {
        // The outbox table still holds it: it is sent again after a restart, with the same transaction ID.
        tracing::error!(%error, "how a request ended could not be stored");
    }
    drop(turn);
    if let Some(error) = ended {
        core.session_ended(&error).await;
    }
    core.queued.ring();
}

/// It waits for its next try.
fn waits(room_id: OwnedRoomId, transaction_id: OwnedTransactionId) -> Effect {
    Effect::Progress { room_id, transaction_id, progress: SendProgress::Now(Echo::Queued) }
}

async fn show(core: &Core, room_id: &OwnedRoomId, id: &TransactionId, echo: Echo) -> Result<(), StoreError> {
    let turn = core.writer.turn().await;
    if !core.outbox.contains(id) {
        return Ok(());
    }
    let input = RoomInput::Progress { transaction_id: id.to_owned(), progress: SendProgress::Now(echo) };
    core.write(&turn, Batch::default(), vec![(room_id.clone(), input)]).await
}

/// Commits what the queue says, in one transaction.
async fn apply(core: &Core, turn: &Turn<'_>, mut batch: Batch, effects: Vec<Effect>) -> Result<(), StoreError> {
    let mut inputs = Vec::new();
    for effect in effects {
        match effect {
            Effect::Put(entry) => core.records.put_outbox(&mut batch, &entry),
            Effect::Remove(entry) => core.records.delete_outbox(&mut batch, &entry),
            Effect::Progress { room_id, transaction_id, progress } => {
                inputs.push((room_id, RoomInput::Progress { transaction_id, progress }));
            }
        }
    }
    core.write(turn, batch, inputs).await
}

/// Puts something into the outbox and on the screen, in one transaction, together with what `batch` holds. A command
/// that came twice changes nothing.
pub(crate) async fn enqueue(
    core: &Core,
    turn: &Turn<'_>,
    mut batch: Batch,
    room_id: OwnedRoomId,
    transaction_id: OwnedTransactionId,
    outgoing: Outgoing,
) -> Result<(), StoreError> {
    let order = core.outbox.order();
    let timestamp = now(&*core.clock);
    let state = EntryState::Waiting;
    let entry = OutboxEntry { room_id: room_id.clone(), transaction_id, order, timestamp, outgoing, state };
    core.records.put_outbox(&mut batch, &entry);
    core.write(turn, batch, vec![(room_id, RoomInput::Enqueued(entry.echo()))]).await?;
    core.outbox.queue.borrow_mut().push(entry);
    core.queued.ring();
    Ok(())
}

/// Whether a transaction waits already, or was sent before.
pub(crate) async fn is_known(core: &Core, room_id: &OwnedRoomId, id: &TransactionId) -> Result<bool, StoreError> {
    if core.outbox.contains(id) {
        return Ok(true);
    }
    Ok(!core.records.chunks_with(room_id, &IndexKey::Transaction(id.to_owned())).await?.is_empty())
}

/// Sends once more what was refused.
pub(crate) async fn retry(core: &Core, transaction_id: &TransactionId) -> Result<(), Refusal> {
    let turn = core.writer.turn().await;
    let effects = core.outbox.queue.borrow_mut().retry(transaction_id);
    if effects.is_empty() {
        return Err(Refusal::NotFound);
    }
    apply(core, &turn, Batch::default(), effects).await.map_err(store_refusal)?;
    core.queued.ring();
    Ok(())
}

/// Takes back what was not sent, with what refers to it. What is on its way cannot be caught, but for an upload.
pub(crate) async fn cancel(core: &Core, transaction_id: &TransactionId) -> Result<(), Refusal> {
    let turn = core.writer.turn().await;
    if let Some(upload) = core.outbox.uploads.borrow_mut().remove(transaction_id) {
        upload.cancel();
        let mut queue = core.outbox.queue.borrow_mut();
        queue.outcome(transaction_id, Outcome::Failed(Failure::Unreachable), 0, 0.0);
        queue.online();
    }
    let effects = core.outbox.queue.borrow_mut().cancel(transaction_id);
    if effects.is_empty() {
        return Err(Refusal::NotFound);
    }
    apply(core, &turn, Batch::default(), effects).await.map_err(store_refusal)?;
    core.queued.ring();
    Ok(())
}

/// After the cache was cleared and synchronised again: what waits stands in the timelines once more.
pub(crate) async fn show_again(core: &Core) -> Result<(), StoreError> {
    let entries: Vec<OutboxEntry> = core.outbox.queue.borrow().entries().cloned().collect();
    for entry in entries {
        let turn = core.writer.turn().await;
        let mut inputs = vec![(entry.room_id.clone(), RoomInput::Enqueued(entry.echo()))];
        if let EntryState::Failed(refused) = &entry.state {
            let progress = SendProgress::Now(Echo::Failed(refused.refusal()));
            let transaction_id = entry.transaction_id.clone();
            inputs.push((entry.room_id.clone(), RoomInput::Progress { transaction_id, progress }));
        }
        core.write(&turn, Batch::default(), inputs).await?;
    }
    Ok(())
}

/// Milliseconds since the Unix epoch.
fn now(clock: &dyn Clock) -> u64 {
    clock.now().get().into()
}
