//! Keeps a core attached: starts it, greets it, notices its death by its lock, starts the next.

use std::{rc::Rc, time::Duration};

use futures::{
    channel::mpsc::{self, UnboundedReceiver},
    future::{Either, abortable, select},
    stream::StreamExt,
};
use leptos::{prelude::*, task::spawn_local};
use trellis_browser::{
    Greeting,
    lock::{self, Lock, LockError},
    message::{Incoming, Message},
    names::{Identity, WorkerName},
    random_id,
    timer::sleep,
};
use trellis_model::protocol::{
    Command, Hello, PROTOCOL_VERSION, Refusal, Reply, SessionEnd, SyncStatus, Update, decode,
};
use web_sys::Blob;

use super::{Answer, Responder, Shared};
use crate::platform::{
    tab,
    worker::{self, WorkerEvent, WorkerPort},
};

/// How long a core may take to say hello, call by call: its code is loaded and compiled in this time, and a call that met a
/// core in its last moment is never heard. Calling twice is harmless.
const PATIENCE: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];

/// A core that lived this many milliseconds is no part of a crash loop.
const HEALTHY: f64 = 5_000.0;

/// How long to wait before the next core; the last for all that follow.
const DELAYS: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
];

/// After how many cores the person is told.
const TELL_AFTER: usize = 3;

/// Leaves the core the page is attached to, and attaches it to another.
pub(super) fn attach(shared: &Rc<Shared>, identity: Identity) {
    detach(shared);
    shared.identity.replace(Some(identity.clone()));
    let attachment = Attachment { shared: Rc::clone(shared), identity };
    let (attachment, abort) = abortable(attachment.keep());
    shared.abort.replace(Some(abort));
    spawn_local(async {
        // Aborted is how an attachment ends when another is wanted.
        attachment.await.ok();
    });
}

/// Leaves the core; it notices by the lock that goes with the place.
pub(super) fn detach(shared: &Shared) {
    if let Some(abort) = shared.abort.take() {
        abort.abort();
    }
    shared.identity.replace(None);
    shared.port.replace(None);
}

/// The wish for one core, through all its deaths.
struct Attachment {
    shared: Rc<Shared>,
    identity: Identity,
}

/// The worker a tab speaks to or waits for. Others see it by the lock.
struct Place {
    worker: WorkerName,
    lock: String,
    _held: Lock,
}

impl Attachment {
    async fn keep(self) {
        let mut place = match self.take_place(0).await {
            Ok(place) => place,
            Err(error) => return self.give_up(&error.to_string()),
        };
        let mut failures = 0;
        loop {
            if !worker::is_shared() {
                tab::visible().await;
            }
            let started = js_sys::Date::now();
            if let Err(error) = self.serve(&mut place).await {
                leptos::logging::error!("the core could not be started: {error}");
            }
            self.shared.port.replace(None);
            if self.shared.retired.get_untracked() {
                tab::reload_for_newer_build();
                return;
            }
            if js_sys::Date::now() - started > HEALTHY {
                failures = 0;
            }
            let delay = DELAYS[failures.min(DELAYS.len() - 1)];
            failures += 1;
            if failures >= TELL_AFTER {
                (self.shared.apply)(Update::Status(SyncStatus::Error(Refusal::CoreFailed)));
            }
            sleep(delay).await;
            place = match self.take_place(place.worker.generation + 1).await {
                Ok(place) => place,
                Err(error) => return self.give_up(&error.to_string()),
            };
        }
    }

    /// Goes where the other tabs are, but never back to a generation before `generation`: all who lost the same core go to
    /// the same next one, whoever comes first. Should tabs part nevertheless, the older core makes way.
    ///
    /// Without locks two cores could write at once, so there is no place where they are refused.
    async fn take_place(&self, generation: u32) -> Result<Place, LockError> {
        let build = &self.shared.build.id;
        let places = lock::held().await?;
        let places = places.iter().filter_map(|lock| WorkerName::of_tab_lock(lock));
        let others = places.filter(|worker| worker.identity == self.identity && worker.build == *build);
        let generation = others.map(|worker| worker.generation).max().unwrap_or_default().max(generation);
        let worker = WorkerName { identity: self.identity.clone(), build: build.clone(), generation };
        let lock = worker.tab_lock(&random_id());
        let held = lock::hold(&lock).await?;
        Ok(Place { worker, lock, _held: held })
    }

    /// Starts a core and stays with it until it dies.
    async fn serve(&self, place: &mut Place) -> Result<(), String> {
        let (port, greeting, mut inbox) = self.call(place).await?;

        // The schema is the core's business alone; a page has none.
        let build = self.shared.build.id.clone();
        let hello = Hello { build, protocol: PROTOCOL_VERSION, schema: greeting.hello.schema };
        let ours = Greeting { hello, lock: place.lock.clone() };
        port.greet(&ours.to_json()).map_err(|error| format!("{error:?}"))?;
        let (deliveries, given_up) = self.shared.ledger.borrow_mut().resend();
        self.shared.port.replace(Some(port));
        for delivery in &deliveries {
            self.shared.deliver(delivery);
        }
        for responder in given_up {
            respond(responder, Err(Refusal::CoreFailed), Vec::new());
        }

        let mut dead = Box::pin(lock::released(&greeting.lock));
        loop {
            match select(inbox.next(), dead).await {
                Either::Left((Some(WorkerEvent::Incoming(Incoming::Message(message))), alive)) => {
                    self.receive(message);
                    dead = alive;
                }
                Either::Left((_, _)) | Either::Right(_) => return Ok(()),
            }
        }
    }

    /// Finds the core, or starts it, and waits for its greeting.
    async fn call(&self, place: &mut Place) -> Result<(WorkerPort, Greeting, UnboundedReceiver<WorkerEvent>), String> {
        for patience in PATIENCE {
            let (events, mut inbox) = mpsc::unbounded();
            let tell = move |event| {
                // The attachment may have ended in between.
                events.unbounded_send(event).ok();
            };
            let port = WorkerPort::open(&self.shared.build.worker, &place.worker.to_string(), tell)
                .map_err(|error| format!("{error:?}"))?;
            let answer = match select(Box::pin(greeting(&mut inbox)), Box::pin(sleep(patience))).await {
                Either::Left((greeting, _)) => Some(greeting?),
                Either::Right(_) => None,
            };
            if let Some(greeting) = answer {
                return Ok((port, greeting, inbox));
            }
            // The others may have gone on in between.
            *place = self.take_place(place.worker.generation).await.map_err(|error| error.to_string())?;
        }
        Err("it does not answer".to_owned())
    }

    fn receive(&self, message: Message) {
        match decode(&message.bytes) {
            Ok(Update::Reply { id, result }) => {
                let signed_in = match &result {
                    Ok(Reply::SignedIn { account, .. }) => Some(account.clone()),
                    _ => None,
                };
                if let Some(responder) = self.shared.ledger.borrow_mut().answered(id) {
                    respond(responder, result, message.files);
                }
                if let Some(account) = signed_in {
                    self.shared.account.set(Some(account.clone()));
                    attach(&self.shared, Identity::Account(account));
                }
            }
            Ok(update @ Update::SignedOut(SessionEnd::Fully)) => {
                (self.shared.apply)(update);
                detach(&self.shared);
                let waiting = self.shared.ledger.borrow_mut().clear();
                for responder in waiting {
                    respond(responder, Err(Refusal::SessionEnded { soft: false }), Vec::new());
                }
                self.shared.account.set(None);
            }
            Ok(Update::Retired) => self.retire(),
            Ok(update) => (self.shared.apply)(update),
            Err(_) => leptos::logging::error!("the core sent what this build cannot read"),
        }
    }

    /// A newer build takes over. The core waits a moment for what the views still save.
    fn retire(&self) {
        if self.shared.retired.get_untracked() {
            return;
        }
        (self.shared.apply)(Update::Retired);
        self.shared.retired.set(true);
        let shared = Rc::clone(&self.shared);
        spawn_local(async move {
            // Effects run first, and what they dispatch goes out before this.
            sleep(Duration::ZERO).await;
            shared.stand(Command::Retire);
        });
    }

    fn give_up(&self, error: &str) {
        leptos::logging::error!("{error}");
        (self.shared.apply)(Update::Status(SyncStatus::Error(Refusal::CoreFailed)));
        for responder in self.shared.ledger.borrow_mut().clear() {
            respond(responder, Err(Refusal::CoreFailed), Vec::new());
        }
    }
}

/// The first words of a core: that it is ready, or what kept it.
async fn greeting(inbox: &mut UnboundedReceiver<WorkerEvent>) -> Result<Greeting, String> {
    match inbox.next().await {
        Some(WorkerEvent::Incoming(Incoming::Text(text))) => Greeting::from_json(&text).ok_or(text),
        Some(WorkerEvent::Incoming(Incoming::Message(_))) => Err("it does not greet".to_owned()),
        Some(WorkerEvent::Failed) | None => Err("the browser cannot run it".to_owned()),
    }
}

fn respond(responder: Responder, answer: Answer, files: Vec<Blob>) {
    if let Some(responder) = responder {
        // Whoever asked may have left.
        responder.send((answer, files)).ok();
    }
}
