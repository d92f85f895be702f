//! The sign-in core in the worker.

use std::rc::Rc;

use trellis_client::{SignIn, SignInPorts, TabSink};
use trellis_model::protocol::{CommandFrame, Update};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::port::{BrowserAccounts, BrowserBoot, BrowserClock, BrowserRandom, BrowserTransport};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = location, js_name = origin)]
    static ORIGIN: String;
}

/// Answers the tabs of pages without an account.
pub(crate) struct SignInCore(Rc<SignIn>);

impl SignInCore {
    pub(crate) fn new(build: &str) -> Self {
        let ports = SignInPorts {
            transport: Rc::new(BrowserTransport),
            clock: Rc::new(BrowserClock),
            random: Rc::new(BrowserRandom),
            accounts: Rc::new(BrowserAccounts),
            boot: Rc::new(BrowserBoot::new(build)),
        };
        Self(Rc::new(SignIn::new(ports, Some(ORIGIN.with(Clone::clone)))))
    }

    /// Carries out a command and answers it.
    pub(crate) fn execute(&self, tab: Rc<dyn TabSink>, CommandFrame { id, command }: CommandFrame) {
        let sign_in = Rc::clone(&self.0);
        spawn_local(async move {
            let result = sign_in.execute(command).await;
            tab.send(Update::Reply { id, result }, Vec::new());
        });
    }
}
