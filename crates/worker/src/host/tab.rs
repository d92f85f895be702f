//! One tab's port.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
};

use js_sys::{Array, Uint8Array};
use trellis_browser::{listener::Listener, message};
use trellis_client::{Attachment, TabId, TabSink, port::File};
use trellis_model::protocol::{CommandFrame, CommandId, Update, encode};
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, MessageEvent, MessagePort};

/// A tab, from its port's arrival to the release of its lock.
pub(crate) struct Tab {
    pub(crate) id: TabId,
    port: MessagePort,
    _listener: Listener,
    /// What the client knows of it.
    connected: RefCell<Option<trellis_client::Tab>>,
    /// It has spoken: a port whose page gave up waiting never does.
    pub(super) greeted: Cell<bool>,
    /// It has saved what it had and expects the end.
    pub(super) retired: Cell<bool>,
    /// The commands that are not answered yet.
    unanswered: RefCell<BTreeSet<CommandId>>,
}

impl Tab {
    pub(super) fn new(id: TabId, port: MessagePort, receive: impl FnMut(MessageEvent) + 'static) -> Self {
        let listener = Listener::new(&port, "message", receive);
        Self {
            id,
            port,
            _listener: listener,
            connected: RefCell::new(None),
            greeted: Cell::new(false),
            retired: Cell::new(false),
            unanswered: RefCell::default(),
        }
    }

    /// Lets in what the port has kept.
    pub(super) fn start(&self) {
        self.port.start();
    }

    pub(super) fn connect(&self, tab: trellis_client::Tab) {
        self.connected.replace(Some(tab));
    }

    /// Whether the core may end without losing anything of this tab's.
    pub(super) fn is_done(&self) -> bool {
        // One that never greeted is a port whose page gave up waiting.
        !self.greeted.get() || (self.retired.get() && self.unanswered.borrow().is_empty())
    }

    pub(super) fn command(&self, frame: CommandFrame, files: Vec<Rc<dyn File>>) {
        if frame.command.is_answered() {
            self.unanswered.borrow_mut().insert(frame.id);
        }
        match &*self.connected.borrow() {
            Some(tab) => tab.command(frame, files),
            None => tracing::error!("a tab did not greet"),
        }
    }
}

impl TabSink for Tab {
    fn send(&self, update: Update, files: Vec<Attachment>) {
        if let Update::Reply { id, .. } = &update {
            self.unanswered.borrow_mut().remove(id);
        }
        let posted = files
            .iter()
            .map(blob)
            .collect::<Result<Vec<_>, _>>()
            .and_then(|files| message::post(&self.port, &encode(&update), &files));
        if let Err(error) = posted {
            tracing::error!(?error, "an update could not be sent");
        }
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.port.close();
    }
}

fn blob(attachment: &Attachment) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    if let Some(mimetype) = &attachment.mimetype {
        options.set_type(mimetype);
    }
    let parts = Array::of1(&Uint8Array::from(attachment.bytes.as_slice()));
    Blob::new_with_u8_array_sequence_and_options(&parts, &options)
}
