//! Starts a core and gives a port to it.
//!
//! A SharedWorker where there are such; else a dedicated worker of this tab, to which the loader speaks in the same way. The
//! locks make sure that only one of them has the account's database.

use js_sys::{Array, Object, Reflect};
use leptos::prelude::window;
use trellis_browser::{
    listener::Listener,
    message::{self, Incoming},
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, Event, MessageChannel, MessageEvent, MessagePort, SharedWorker, Worker, WorkerOptions, WorkerType,
};

/// What a worker tells.
pub enum WorkerEvent {
    Incoming(Incoming),
    /// The browser could not load or run it.
    Failed,
}

/// Whether one worker serves all tabs. Where not, it is the tab's that is looked at.
pub fn is_shared() -> bool {
    Reflect::has(&window(), &"SharedWorker".into()).unwrap_or(false)
}

/// A port to a worker; closed when it is dropped.
pub struct WorkerPort {
    port: MessagePort,
    // A dedicated worker lives as long as this.
    dedicated: Option<Worker>,
    _listeners: [Listener; 2],
}

impl WorkerPort {
    /// Starts the worker `name` from the loader at `url`, or finds it running.
    pub fn open(url: &str, name: &str, handler: impl Fn(WorkerEvent) + Clone + 'static) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_name(name);
        options.set_type(WorkerType::Module);
        let (port, target, dedicated) = if is_shared() {
            let worker = SharedWorker::new_with_worker_options(url, &options)?;
            (worker.port(), worker.unchecked_into::<web_sys::EventTarget>(), None)
        } else {
            let worker = Worker::new_with_options(url, &options)?;
            let channel = MessageChannel::new()?;
            let message = Object::new();
            worker.post_message_with_transfer(&message, &Array::of1(&channel.port2()))?;
            (channel.port1(), worker.clone().unchecked_into(), Some(worker))
        };
        let failed = handler.clone();
        let listeners = [
            Listener::new(&port, "message", move |event: MessageEvent| {
                if let Some(incoming) = message::read(&event) {
                    handler(WorkerEvent::Incoming(incoming));
                }
            }),
            Listener::new(&target, "error", move |_: Event| failed(WorkerEvent::Failed)),
        ];
        port.start();
        Ok(Self { port, dedicated, _listeners: listeners })
    }

    /// Sends a greeting.
    pub fn greet(&self, text: &str) -> Result<(), JsValue> {
        self.port.post_message(&text.into())
    }

    /// Sends bytes with files beside them.
    pub fn post(&self, bytes: &[u8], files: &[Blob]) -> Result<(), JsValue> {
        message::post(&self.port, bytes, files)
    }
}

impl Drop for WorkerPort {
    fn drop(&mut self) {
        self.port.close();
        if let Some(worker) = &self.dedicated {
            worker.terminate();
        }
    }
}
