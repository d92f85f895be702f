//! The tabs of this worker and what answers them.

mod tab;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::Duration,
};

use js_sys::Function;
use trellis_browser::{
    Greeting,
    lock::{self, Lock},
    message::{self, Incoming, Message},
    names::{Identity, WorkerName},
    random_id,
    timer::sleep,
};
use trellis_client::{Client, SCHEMA, TabId, TabSink};
use trellis_model::protocol::{Command, CommandFrame, Hello, PROTOCOL_VERSION, Refusal, Update, decode};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageEvent, MessagePort};

use self::tab::Tab;
use crate::{account, log, port::BlobFile, sign_in::SignInCore};

/// How long the tabs may take to save what is being written before a newer build takes over. Timers of hidden tabs run once
/// in a second.
const LAST_WORDS: Duration = Duration::from_millis(2500);

/// How often the core looks whether they have.
const GLANCE: Duration = Duration::from_millis(10);

#[wasm_bindgen]
extern "C" {
    /// Ends this worker.
    #[wasm_bindgen(js_name = close)]
    pub(crate) fn close_worker();
}

/// What the loader holds.
#[wasm_bindgen]
pub struct Core(Rc<Host>);

#[wasm_bindgen]
impl Core {
    /// Takes in a tab.
    pub fn connect(&self, port: MessagePort) {
        self.0.connect(port);
    }
}

/// Starts the core the worker's name asks for. `load_crypto` promises the crypto module.
#[wasm_bindgen]
pub async fn start(name: String, load_crypto: Function) -> Result<Core, JsValue> {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        // The trap that follows ends the code; this ends the worker, so that the tabs start another.
        close_worker();
    }));
    log::install();
    let Some(WorkerName { identity, build, generation }) = WorkerName::parse(&name) else {
        return Err(format!("'{name}' is no core of ours").into());
    };
    let lock_name = identity.instance_lock(&random_id());
    let lock = lock::hold(&lock_name).await.map_err(|error| error.to_string())?;
    let host = Rc::new(Host {
        hello: Hello { build: build.clone(), protocol: PROTOCOL_VERSION, schema: SCHEMA.into() },
        identity,
        generation,
        load_crypto,
        lock_name,
        _lock: lock,
        service: RefCell::new(None),
        tabs: RefCell::default(),
        connected: Cell::new(0),
    });
    match &host.identity {
        Identity::SignIn => host.serve(Service::SignIn(SignInCore::new(&build))),
        Identity::Account(account) => spawn_local(account::run(Rc::clone(&host), account.clone())),
    }
    Ok(Core(host))
}

/// What answers the tabs.
pub(crate) enum Service {
    SignIn(SignInCore),
    Account(Client),
    /// The account cannot be opened: every tab is told so, every command is refused.
    Closed {
        update: Update,
        refusal: Refusal,
    },
}

/// The worker as a whole.
pub(crate) struct Host {
    pub(crate) identity: Identity,
    pub(crate) hello: Hello,
    pub(crate) generation: u32,
    /// Promises the crypto module.
    pub(crate) load_crypto: Function,
    lock_name: String,
    /// Held as long as the worker lives: the tabs wait for it.
    _lock: Lock,
    /// There once the account is open; until then the ports keep what comes in.
    service: RefCell<Option<Rc<Service>>>,
    tabs: RefCell<BTreeMap<TabId, Rc<Tab>>>,
    connected: Cell<u32>,
}

impl Host {
    fn connect(self: &Rc<Self>, port: MessagePort) {
        self.connected.set(self.connected.get() + 1);
        let id = TabId(self.connected.get().to_string());
        let greeting = Greeting { hello: self.hello.clone(), lock: self.lock_name.clone() };
        if port.post_message(&greeting.to_json().into()).is_err() {
            return;
        }
        let tab = Rc::new(Tab::new(id.clone(), port, {
            let (host, id) = (Rc::downgrade(self), id.clone());
            move |event: MessageEvent| {
                if let Some(host) = host.upgrade() {
                    host.receive(&id, &event);
                }
            }
        }));
        if self.service.borrow().is_some() {
            tab.start();
        }
        self.tabs.borrow_mut().insert(id, tab);
    }

    /// From now on `service` answers.
    pub(crate) fn serve(&self, service: Service) {
        self.service.replace(Some(Rc::new(service)));
        for tab in self.tabs.borrow().values() {
            tab.start();
        }
    }

    fn receive(self: &Rc<Self>, id: &TabId, event: &MessageEvent) {
        let Some(tab) = self.tabs.borrow().get(id).cloned() else { return };
        let Some(service) = self.service.borrow().clone() else { return };
        match message::read(event) {
            Some(Incoming::Text(text)) => self.greeted(&service, tab, &text),
            Some(Incoming::Message(message)) => self.command(&service, &tab, message),
            None => tracing::error!("a tab sent what is no message"),
        }
    }

    fn greeted(self: &Rc<Self>, service: &Service, tab: Rc<Tab>, text: &str) {
        let Some(greeting) = Greeting::from_json(text).filter(|it| it.hello.protocol == PROTOCOL_VERSION) else {
            // Worker and page are found by the build's own name, so this is none of ours.
            tracing::error!("a tab of another protocol was turned away");
            self.forget(&tab);
            return;
        };
        tab.greeted.set(true);
        match service {
            Service::SignIn(_) => {}
            Service::Account(client) => {
                let sink: Rc<dyn TabSink> = tab.clone();
                tab.connect(client.connect_tab(tab.id.clone(), sink));
            }
            Service::Closed { update, .. } => tab.send(update.clone(), Vec::new()),
        }
        let host = Rc::clone(self);
        spawn_local(async move {
            if let Err(error) = lock::released(&greeting.lock).await {
                tracing::error!(%error, "the end of a tab goes unnoticed");
                return;
            }
            host.forget(&tab);
        });
    }

    fn command(&self, service: &Service, tab: &Rc<Tab>, Message { bytes, files }: Message) {
        let Ok(frame) = decode::<CommandFrame>(&bytes) else {
            tracing::error!("a tab sent what this build cannot read");
            return;
        };
        if frame.command == Command::Retire {
            tab.retired.set(true);
            return;
        }
        match service {
            Service::SignIn(core) => core.execute(tab.clone(), frame),
            Service::Account(_) => tab.command(frame, files.into_iter().map(BlobFile::port).collect()),
            Service::Closed { refusal, .. } => {
                tab.send(Update::Reply { id: frame.id, result: Err(refusal.clone()) }, Vec::new());
            }
        }
    }

    fn forget(&self, tab: &Tab) {
        self.tabs.borrow_mut().remove(&tab.id);
        // A port whose page gave up waiting never greets, and nobody tells of its end.
        let is_alone = || !self.tabs.borrow().values().any(|tab| tab.greeted.get());
        match self.service.borrow().as_deref() {
            Some(Service::Account(client)) => client.disconnect_tab(&tab.id),
            Some(Service::SignIn(core)) if core.done.get() && is_alone() => close_worker(),
            _ => {}
        }
    }

    /// Tells the tabs that a newer build takes over, and waits until they have said their last words and everything they
    /// asked for is stored.
    pub(crate) async fn hear_last_words(&self) {
        for tab in self.tabs.borrow().values() {
            tab.send(Update::Retired, Vec::new());
        }
        let deadline = js_sys::Date::now() + LAST_WORDS.as_secs_f64() * 1000.0;
        while self.tabs.borrow().values().any(|tab| !tab.is_done()) && js_sys::Date::now() < deadline {
            sleep(GLANCE).await;
        }
    }
}
