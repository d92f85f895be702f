//! The page's end of the core: attaches to the worker of the account to show, sends Commands, hands Updates to whoever
//! applies them, and starts the worker again when it died.
//!
//! Views hold a [`Session`] and nothing else of this. It knows no views and writes no shared signals but its own: which
//! account is attached, and whether a newer build is ready or took over.

mod attach;
mod ledger;
mod restore;

use std::{cell::RefCell, rc::Rc};

use futures::{channel::oneshot, future::AbortHandle};
use leptos::{prelude::*, task::spawn_local};
use ruma::OwnedTransactionId;
use trellis_browser::{listener::Listener, names::Identity, random_id};
use trellis_model::protocol::{
    AccountKey, AttachmentIndex, Command, MediaRequest, Refusal, Reply, SubscriptionId, Update, encode,
};
use web_sys::Blob;

use self::ledger::{Delivery, Ledger};
use crate::platform::{
    build::Build,
    file::{File, ObjectUrl},
    shell,
    tab::{self, Presence},
    worker::WorkerPort,
};

pub use self::restore::{Restored, restore};

/// What a command comes to.
pub type Answer = Result<Reply, Refusal>;

type Responder = Option<oneshot::Sender<(Answer, Vec<Blob>)>>;

/// The way to the core. `Copy`, so that handlers simply take it; components find it by [`use_session`].
#[derive(Clone, Copy)]
pub struct Session {
    shared: StoredValue<Rc<Shared>, LocalStorage>,
}

/// What the handle and the attachment to the core share.
struct Shared {
    build: Build,
    apply: Box<dyn Fn(Update)>,
    identity: RefCell<Option<Identity>>,
    ledger: RefCell<Ledger<Responder, Blob>>,
    /// There while the core listens.
    port: RefCell<Option<WorkerPort>>,
    /// Ends the attachment to the present core.
    abort: RefCell<Option<AbortHandle>>,
    account: RwSignal<Option<AccountKey>>,
    retired: RwSignal<bool>,
    update_offered: RwSignal<bool>,
    presence: RefCell<Option<[Listener; 3]>>,
}

/// The session of the page.
pub fn use_session() -> Session {
    use_context().expect("the application provides the session before any view")
}

impl Session {
    /// Makes the session, provides it as context and attaches to the core of the restored account, if there is one. Without
    /// one the sign-in core is started by the first command, so that the log-in screen needs no worker.
    ///
    /// `apply` gets every [`Update`] but replies, in order. Call this under the owner of the whole application.
    pub fn provide(restored: &Restored, apply: impl Fn(Update) + 'static) -> Self {
        let account = restored.account.clone();
        let shared = Rc::new(Shared {
            build: restored.build.clone(),
            apply: Box::new(apply),
            identity: RefCell::new(None),
            ledger: RefCell::new(Ledger::new()),
            port: RefCell::new(None),
            abort: RefCell::new(None),
            account: RwSignal::new(account.clone()),
            retired: RwSignal::new(false),
            update_offered: RwSignal::new(false),
            presence: RefCell::new(None),
        });
        let session = Self { shared: StoredValue::new_local(Rc::clone(&shared)) };
        provide_context(session);

        let tell = move |Presence { online, visible }| session.dispatch(Command::Connectivity { online, visible });
        shared.stand(Command::Connectivity { online: Presence::now().online, visible: Presence::now().visible });
        shared.presence.replace(Some(tab::watch_presence(tell)));
        let offered = shared.update_offered;
        spawn_local(async move {
            if let Err(error) = shell::keep(move || offered.set(true)).await {
                leptos::logging::error!("the page is not kept for use without a network: {error:?}");
            }
        });
        if let Some(account) = account {
            attach::attach(&shared, Identity::Account(account));
        }
        session
    }

    /// The attached account; `None`: nobody is signed in. Changes when somebody signs in or out.
    pub fn account(self) -> Signal<Option<AccountKey>> {
        self.shared.with_value(|shared| shared.account.into())
    }

    /// A newer build took over: save what is being written, the page will be loaded anew.
    pub fn retired(self) -> Signal<bool> {
        self.shared.with_value(|shared| shared.retired.into())
    }

    /// A newer build is ready; [`take_update`](Self::take_update) when the person agrees.
    pub fn update_offered(self) -> Signal<bool> {
        self.shared.with_value(|shared| shared.update_offered.into())
    }

    /// Loads the newer build in this tab; the others follow when its core takes over.
    pub fn take_update(self) {
        spawn_local(async {
            if let Err(error) = shell::take_over().await {
                leptos::logging::error!("the newer build did not come: {error:?}");
            }
        });
    }

    /// Sends a command and resolves to its answer, which may be as far away as the network. Survives a restart of the core.
    pub fn send(self, command: Command) -> impl Future<Output = Answer> + 'static {
        let answer = self.ask(command, Vec::new());
        async move { answer.await.0 }
    }

    /// Sends a command that names a file.
    pub fn send_file(
        self,
        file: &File,
        command: impl FnOnce(AttachmentIndex) -> Command,
    ) -> impl Future<Output = Answer> + 'static {
        let answer = self.ask(command(AttachmentIndex(0)), vec![file.blob().clone()]);
        async move { answer.await.0 }
    }

    /// Sends a command whose answer nobody needs: subscriptions, drafts, receipts, typing.
    pub fn dispatch(self, command: Command) {
        self.shared.with_value(|shared| {
            if command.is_answered() {
                shared.ask(command, Vec::new(), None);
            } else {
                shared.stand(command);
            }
        });
    }

    /// A file of the content repository, as an address to show it under while the result lives.
    pub fn fetch_media(self, request: MediaRequest) -> impl Future<Output = Result<ObjectUrl, Refusal>> + 'static {
        let answer = self.ask(Command::FetchMedia(request), Vec::new());
        async move {
            let (answer, files) = answer.await;
            let Reply::Media { file: AttachmentIndex(index), .. } = answer? else { return Err(Refusal::CoreFailed) };
            let file = usize::try_from(index).ok().and_then(|index| files.get(index));
            file.and_then(ObjectUrl::new).ok_or(Refusal::CoreFailed)
        }
    }

    /// A name for a subscription. Whoever asks for it ends it with `Command::Unwatch`.
    pub fn subscription(self) -> SubscriptionId {
        self.shared.with_value(|shared| shared.ledger.borrow_mut().subscription())
    }

    /// A name for something sent, so that sending it again is harmless.
    pub fn transaction_id(self) -> OwnedTransactionId {
        random_id().into()
    }

    fn ask(self, command: Command, files: Vec<Blob>) -> impl Future<Output = (Answer, Vec<Blob>)> + 'static {
        let (responder, answer) = oneshot::channel();
        self.shared.with_value(|shared| shared.ask(command, files, Some(responder)));
        async move { answer.await.unwrap_or((Err(Refusal::CoreFailed), Vec::new())) }
    }
}

impl Shared {
    fn ask(self: &Rc<Self>, command: Command, files: Vec<Blob>, responder: Responder) {
        let attached = self.port.borrow().is_some();
        let delivery = self.ledger.borrow_mut().ask(command, files, responder, attached);
        self.deliver(&delivery);
        if self.identity.borrow().is_none() {
            attach::attach(self, Identity::SignIn);
        }
    }

    fn stand(&self, command: Command) {
        let delivery = self.ledger.borrow_mut().stand(command);
        self.deliver(&delivery);
    }

    /// Gives a delivery to the core, if there is one; else the ledger keeps it.
    fn deliver(&self, delivery: &Delivery<Blob>) {
        if let Some(port) = &*self.port.borrow()
            && let Err(error) = port.post(&encode(&delivery.frame), &delivery.files)
        {
            // A file that cannot be cloned, say; the lock tells when the core itself is gone.
            leptos::logging::error!("a command could not be sent: {error:?}");
            if let Some(Some(responder)) = self.ledger.borrow_mut().answered(delivery.frame.id) {
                // Whoever asked may have left.
                responder.send((Err(Refusal::CoreFailed), Vec::new())).ok();
            }
        }
    }
}
