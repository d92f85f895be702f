//! Keeps a core attached: starts it, greets it, notices its death by its lock, starts the next.

use std::{rc::Rc, time::Duration};

use futures::{
    channel::mpsc::{self, UnboundedReceiver},
    future::{Either, abortable, select},
    stream::StreamExt,
};
use leptos::{prelude::*, task::spawn_local};
use trellis_browser::{
    Greeting, lock,
    message::{Incoming, Message},
    names::{Identity, tab_lock},
    timer::sleep,
};
use trellis_model::protocol::{Command, Hello, PROTOCOL_VERSION, Refusal, Reply, SyncStatus, Update, decode};
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
    shared.attachments.set(shared.attachments.get() + 1);
    let lock = tab_lock(&format!("{}-{}", shared.tab, shared.attachments.get()));
    let attachment = Attachment { shared: Rc::clone(shared), identity, lock };
    let (attachment, abort) = abortable(attachment.keep());
    shared.abort.replace(Some(abort));
    spawn_local(async {
        // Aborted is how an attachment ends when another is wanted.
        attachment.await.ok();
    });
}

/// Leaves the core; it notices by the lock that goes with the attachment.
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
    /// Held as long as the attachment lives.
    lock: String,
}

impl Attachment {
    async fn keep(self) {
        let _held = match lock::hold(&self.lock).await {
            Ok(held) => held,
            // Without locks two cores could write at once.
            Err(error) => return self.give_up(&error.to_string()),
        };
        let mut failures = 0;
        loop {
            if !worker::is_shared() {
                tab::visible().await;
            }
            let started = js_sys::Date::now();
            if let Err(error) = self.serve().await {
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
        }
    }

    /// Starts a core and stays with it until it dies.
    async fn serve(&self) -> Result<(), String> {
        let (port, greeting, mut inbox) = self.call().await?;

        // The schema is the core's business alone; a page has none.
        let build = self.shared.build.id.clone();
        let hello = Hello { build, protocol: PROTOCOL_VERSION, schema: greeting.hello.schema };
        let ours = Greeting { hello, lock: self.lock.clone() };
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
    async fn call(&self) -> Result<(WorkerPort, Greeting, UnboundedReceiver<WorkerEvent>), String> {
        let build = &self.shared.build;
        for patience in PATIENCE {
            let (events, mut inbox) = mpsc::unbounded();
            let tell = move |event| {
                // The attachment may have ended in between.
                events.unbounded_send(event).ok();
            };
            let port = WorkerPort::open(&build.worker, &self.identity.worker(&build.id), tell)
                .map_err(|error| format!("{error:?}"))?;
            let answer = match select(Box::pin(greeting(&mut inbox)), Box::pin(sleep(patience))).await {
                Either::Left((greeting, _)) => Some(greeting?),
                Either::Right(_) => None,
            };
            if let Some(greeting) = answer {
                return Ok((port, greeting, inbox));
            }
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
            Ok(update @ Update::SignedOut { soft: false }) => {
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
