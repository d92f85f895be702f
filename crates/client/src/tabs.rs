//! The pages that are connected: who hears what.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use trellis_model::protocol::{CommandId, Refusal, Reply, Update};

/// Names a tab.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(pub String);

/// A file that travels beside an [`Update`], named in it by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub bytes: Vec<u8>,
    pub mimetype: Option<String>,
}

/// Where a tab's updates go. Must not call back into the client.
pub trait TabSink {
    /// Passes an update on, in the order of calls.
    fn send(&self, update: Update, files: Vec<Attachment>);
}

/// The connected tabs.
#[derive(Default)]
pub(crate) struct Tabs(RefCell<BTreeMap<TabId, ConnectedTab>>);

struct ConnectedTab {
    sink: Rc<dyn TabSink>,
    online: bool,
}

impl Tabs {
    pub(crate) fn connect(&self, tab: TabId, sink: Rc<dyn TabSink>) {
        self.0.borrow_mut().insert(tab, ConnectedTab { sink, online: true });
    }

    pub(crate) fn disconnect(&self, tab: &TabId) {
        self.0.borrow_mut().remove(tab);
    }

    pub(crate) fn send(&self, tab: &TabId, update: Update) {
        self.send_with(tab, update, Vec::new());
    }

    pub(crate) fn send_with(&self, tab: &TabId, update: Update, files: Vec<Attachment>) {
        let sink = self.0.borrow().get(tab).map(|tab| tab.sink.clone());
        if let Some(sink) = sink {
            sink.send(update, files);
        }
    }

    pub(crate) fn reply(&self, tab: &TabId, id: CommandId, result: Result<Reply, Refusal>, files: Vec<Attachment>) {
        self.send_with(tab, Update::Reply { id, result }, files);
    }

    /// Tells every tab.
    pub(crate) fn broadcast(&self, update: &Update) {
        let sinks: Vec<_> = self.0.borrow().values().map(|tab| tab.sink.clone()).collect();
        for sink in sinks {
            sink.send(update.clone(), Vec::new());
        }
    }

    /// Keeps what a tab says of the network. Answers whether that is news: it came back.
    pub(crate) fn set_online(&self, tab: &TabId, online: bool) -> bool {
        let mut tabs = self.0.borrow_mut();
        let Some(tab) = tabs.get_mut(tab) else { return false };
        let came_back = online && !tab.online;
        tab.online = online;
        came_back
    }
}
