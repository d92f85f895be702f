//! One account's core: what a host (the worker, a test) opens, connects tabs to, and runs.

use std::rc::Rc;

use trellis_model::protocol::{AccountKey, CommandFrame};

use crate::{
    cancellation::Cancellation,
    core::Core,
    port::{AccountDatabase, BootStore, Clock, Cryptography, File, Random, StoreError, Transport},
    tabs::{TabId, TabSink},
};

/// What a client needs of the world.
#[derive(Clone)]
pub struct Ports {
    pub transport: Rc<dyn Transport>,
    pub clock: Rc<dyn Clock>,
    pub random: Rc<dyn Random>,
    pub database: AccountDatabase,
    pub crypto: Rc<dyn Cryptography>,
    pub boot: Rc<dyn BootStore>,
}

/// Why an account cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no session in the database: the account was signed out.
    #[error("there is no session")]
    NoSession,
    /// A newer build wrote the database; this one must not touch it.
    #[error("the database is of a newer build")]
    Newer,
    #[error("the database cannot be read")]
    Store(#[source] StoreError),
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Newer { .. } => Self::Newer,
            error => Self::Store(error),
        }
    }
}

/// Why a client's work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By its cancellation.
    Cancelled,
    /// For a newer build: the last commit is done, the tabs were told.
    Retired,
    /// The session is over and everything stored was removed; the host may remove the database itself.
    SignedOut,
}

/// The core of one account. One at a time: whoever opens it holds the account's lock.
#[derive(Clone)]
pub struct Client {
    core: Rc<Core>,
}

impl Client {
    /// Opens an account: reads the session and the room list's index, sends nothing. Its cost is one range read.
    pub async fn open(ports: Ports, account: AccountKey) -> Result<Self, OpenError> {
        Ok(Self { core: Core::open(ports, account).await? })
    }

    /// Connects a tab. It is told the profile and the status at once, everything else when it asks.
    pub fn connect_tab(&self, id: TabId, sink: Rc<dyn TabSink>) -> Tab {
        self.core.connect_tab(id.clone(), sink);
        Tab { core: self.core.clone(), id }
    }

    /// Forgets a tab and what it watched.
    pub fn disconnect_tab(&self, id: &TabId) {
        self.core.disconnect_tab(id);
    }

    /// Does the account's work until it ends. Commands are carried out only while this runs; called once.
    pub async fn run(&self, cancellation: &Cancellation) -> Ended {
        self.core.run(cancellation).await
    }

    /// Ends for a newer build: the commit under way is finished, nothing new begins, the tabs are told, `run` returns.
    pub async fn retire(&self) {
        self.core.retire().await;
    }
}

/// A connected tab: the way in for its commands.
#[derive(Clone)]
pub struct Tab {
    core: Rc<Core>,
    id: TabId,
}

impl Tab {
    /// Takes a command; `files` are those the command names. The answer comes through the tab's sink.
    pub fn command(&self, frame: CommandFrame, files: Vec<Rc<dyn File>>) {
        self.core.command(self.id.clone(), frame, files);
    }
}
