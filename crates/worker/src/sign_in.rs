//! The sign-in core in the worker.

use std::{cell::Cell, rc::Rc};

use trellis_client::{SignIn, SignInPorts, TabSink};
use trellis_model::protocol::{CommandFrame, Reply, Update};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::port::{BrowserAccounts, BrowserBoot, BrowserClock, BrowserRandom, BrowserTransport};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = location, js_name = origin)]
    static ORIGIN: String;
}

/// Answers the tabs of pages without an account.
pub(crate) struct SignInCore {
    sign_in: Rc<SignIn>,
    /// Somebody is signed in: once the tab has gone to the account's core, this one has nothing more to do.
    pub(crate) done: Rc<Cell<bool>>,
}

impl SignInCore {
    pub(crate) fn new(build: &str) -> Self {
        let ports = SignInPorts {
            transport: Rc::new(BrowserTransport),
            clock: Rc::new(BrowserClock),
            random: Rc::new(BrowserRandom),
            accounts: Rc::new(BrowserAccounts),
            boot: Rc::new(BrowserBoot::new(build)),
        };
        let sign_in = Rc::new(SignIn::new(ports, Some(ORIGIN.with(Clone::clone))));
        Self { sign_in, done: Rc::default() }
    }

    /// Carries out a command and answers it.
    pub(crate) fn execute(&self, tab: Rc<dyn TabSink>, CommandFrame { id, command }: CommandFrame) {
        let (sign_in, done) = (Rc::clone(&self.sign_in), Rc::clone(&self.done));
        spawn_local(async move {
            let result = sign_in.execute(command).await;
            done.set(done.get() || matches!(result, Ok(Reply::SignedIn { .. })));
            tab.send(Update::Reply { id, result }, Vec::new());
        });
    }
}
