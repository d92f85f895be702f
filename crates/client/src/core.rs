//! What the parts of a client share: the account, the ports, the one writer's turn, the tabs, the tasks.
//!
//! It holds things together and does nothing itself; what is done stands in the modules of its parts.

use std::{cell::RefCell, rc::Rc};

use futures::future::{Either, select};
use trellis_model::protocol::{AccountKey, Command, CommandFrame, Refusal, SyncStatus, Update};

use crate::{
    cancellation::Cancellation,
    client::{Ended, OpenError, Ports},
    commands,
    port::{BootStore, Clock, Crypto, File, Random},
    queue::Queue,
    records::{Records, Session},
    request::Homeserver,
    tabs::{TabId, TabSink, Tabs},
    tasks::Tasks,
};

pub(crate) struct Core {
    pub(crate) account: AccountKey,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) random: Rc<dyn Random>,
    pub(crate) crypto: Rc<dyn Crypto>,
    pub(crate) boot: Rc<dyn BootStore>,
    pub(crate) records: Records,
    pub(crate) homeserver: Homeserver,
    pub(crate) session: RefCell<Session>,
    pub(crate) tabs: Tabs,
    pub(crate) tasks: Tasks,
    /// Whose turn it is to change the store.
    pub(crate) writer: Queue,
    status: RefCell<SyncStatus>,
    /// Why the work ends, once it does.
    end: RefCell<Option<Ended>>,
    ending: Cancellation,
}

impl Core {
    pub(crate) async fn open(ports: Ports, account: AccountKey) -> Result<Rc<Self>, OpenError> {
        let records = Records::new(ports.database);
        let session = Session::load(&records).await?.ok_or(OpenError::NoSession)?;
        let homeserver = Homeserver::new(
            ports.transport,
            ports.clock.clone(),
            session.homeserver.clone(),
            Some(session.access_token.clone()),
        );
        Ok(Rc::new(Self {
            account,
            clock: ports.clock,
            random: ports.random,
            crypto: ports.crypto,
            boot: ports.boot,
            records,
            homeserver,
            session: RefCell::new(session),
            tabs: Tabs::default(),
            tasks: Tasks::default(),
            writer: Queue::default(),
            status: RefCell::new(SyncStatus::Starting),
            end: RefCell::new(None),
            ending: Cancellation::new(),
        }))
    }

    pub(crate) fn connect_tab(&self, id: TabId, sink: Rc<dyn TabSink>) {
        self.tabs.connect(id.clone(), sink);
        self.tabs.send(&id, Update::Profile(self.session.borrow().profile()));
        self.tabs.send(&id, Update::Status(self.status.borrow().clone()));
    }

    pub(crate) fn disconnect_tab(&self, id: &TabId) {
        self.tabs.disconnect(id);
    }

    pub(crate) fn command(self: &Rc<Self>, tab: TabId, frame: CommandFrame, files: Vec<Rc<dyn File>>) {
        if frame.command == Command::Retire {
            let core = self.clone();
            self.tasks.add(async move { core.retire().await });
            return;
        }
        self.tasks.add(commands::execute(self.clone(), tab, frame, files));
    }

    pub(crate) async fn run(self: &Rc<Self>, cancellation: &Cancellation) -> Ended {
        let work = self.tasks.run();
        let end = std::pin::pin!(self.ending.cancelled());
        match cancellation.race(select(end, std::pin::pin!(work))).await {
            Some(Either::Left(_) | Either::Right(_)) => self.end.borrow().unwrap_or(Ended::Cancelled),
            None => Ended::Cancelled,
        }
    }

    pub(crate) async fn retire(&self) {
        // Held for ever: nothing is written after the commit that is under way.
        std::mem::forget(self.writer.turn().await);
        self.tabs.broadcast(&Update::Retired);
        self.finish(Ended::Retired);
    }

    /// Ends the work.
    pub(crate) fn finish(&self, ended: Ended) {
        self.end.borrow_mut().get_or_insert(ended);
        self.ending.cancel();
    }

    /// Tells the tabs where synchronisation stands.
    pub(crate) fn set_status(&self, status: SyncStatus) {
        if *self.status.borrow() != status {
            self.status.replace(status.clone());
            self.tabs.broadcast(&Update::Status(status));
        }
    }

    /// Changes the session, where it is stored as well.
    pub(crate) async fn update_session(&self, change: impl FnOnce(&mut Session)) -> Result<(), Refusal> {
        let _turn = self.writer.turn().await;
        let mut session = self.session.borrow().clone();
        change(&mut session);
        let mut batch = crate::port::Batch::default();
        session.put(&self.records, &mut batch);
        self.records.commit(batch).await.map_err(crate::sign_in::store_refusal)?;
        let profile = session.profile();
        let changed = self.session.replace(session).profile() != profile;
        if changed {
            self.tabs.broadcast(&Update::Profile(profile));
        }
        Ok(())
    }
}
