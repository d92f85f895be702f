//! What the parts of a client share: the account, the ports, the one writer's turn, the tabs, the tasks.
//!
//! It holds things together and does little itself; what is done stands in the modules of its parts.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    rc::Rc,
};

use futures::future::{Either, select};
use ruma::OwnedUserId;
use trellis_model::{
    account::{Account, DirectRooms},
    protocol::{AccountKey, Command, CommandFrame, Refusal, SessionEnd, SyncStatus, Update},
};

use crate::{
    bell::Bell,
    boot::BootRecorder,
    cancellation::Cancellation,
    client::{Ended, OpenError, Ports},
    commands,
    gate::Gate,
    keys::{self, Keys},
    media,
    port::{Batch, BootStore, Clock, Durability, File, Random, StoreError},
    queue::Queue,
    records::{Records, Session, SyncPosition},
    request::{Homeserver, RequestError},
    rooms::Rooms,
    sender::{self, Outbox},
    sign_in::store_refusal,
    subscriptions::{self, Subscriptions},
    sync,
    tabs::{TabId, TabSink, Tabs},
    tasks::Tasks,
};

pub(crate) struct Core {
    pub(crate) key: AccountKey,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) random: Rc<dyn Random>,
    pub(crate) keys: Keys,
    pub(crate) boot: Rc<dyn BootStore>,
    pub(crate) records: Records,
    pub(crate) homeserver: Homeserver,
    pub(crate) session: RefCell<Session>,
    pub(crate) account: RefCell<Account>,
    pub(crate) position: RefCell<Option<SyncPosition>>,
    pub(crate) rooms: Rooms,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) boot_record: BootRecorder,
    pub(crate) tabs: Tabs,
    pub(crate) tasks: Tasks,
    /// Whose turn it is to change the store.
    pub(crate) writer: Queue,
    /// Closed while the session is not valid.
    pub(crate) session_valid: Gate,
    /// Rings when a tab says that the network is back.
    pub(crate) network: Bell,
    /// Rings when the homeserver answered a sync.
    pub(crate) reachable: Bell,
    /// Rings when something that is watched may have changed.
    pub(crate) shown: Bell,
    pub(crate) outbox: Outbox,
    /// Rings when something was queued for sending.
    pub(crate) queued: Bell,
    /// `m.upload.size`, once it is known.
    pub(crate) upload_limit: Cell<Option<u64>>,
    status: RefCell<SyncStatus>,
    /// Why the work ends, once it does.
    end: Cell<Option<Ended>>,
    ending: Cancellation,
}

impl Core {
    pub(crate) async fn open(ports: Ports, key: AccountKey) -> Result<Rc<Self>, OpenError> {
        let records = Records::new(ports.database);
        let session = Session::load(&records).await?.ok_or(OpenError::NoSession)?;
        let homeserver = Homeserver::new(
            ports.transport,
            ports.clock.clone(),
            session.homeserver.clone(),
            Some(session.access_token.clone()),
        );
        let core = Rc::new(Self {
            key,
            clock: ports.clock,
            random: ports.random,
            boot: ports.boot,
            records,
            homeserver,
            account: RefCell::new(Account {
                encrypts: ports.crypto.is_available(),
                ..Account::new(session.user_id.clone())
            }),
            keys: Keys::new(ports.crypto),
            session: RefCell::new(session),
            position: RefCell::default(),
            rooms: Rooms::default(),
            subscriptions: Subscriptions::default(),
            boot_record: BootRecorder::default(),
            tabs: Tabs::default(),
            tasks: Tasks::default(),
            writer: Queue::default(),
            session_valid: Gate::default(),
            network: Bell::default(),
            reachable: Bell::default(),
            shown: Bell::default(),
            outbox: Outbox::default(),
            queued: Bell::default(),
            upload_limit: Cell::default(),
            status: RefCell::new(SyncStatus::Starting),
            end: Cell::default(),
            ending: Cancellation::new(),
        });
        core.outbox.fill(core.records.outbox().await?);
        match core.load().await {
            Ok(()) => {}
            // What is damaged can be synchronised again; what exists nowhere else was read before.
            Err(StoreError::Unreadable { .. }) => core.clear_cache().await?,
            Err(error) => return Err(error.into()),
        }
        core.start();
        Ok(core)
    }

    /// Reads what is kept in memory: the position, `m.direct`, the rows of the room list.
    async fn load(&self) -> Result<(), StoreError> {
        let position = self.records.position().await?;
        if let Some(content) = self.records.account_data("m.direct").await?
            && let Ok(content) = serde_json::value::RawValue::from_string(content)
        {
            self.account.borrow_mut().direct = DirectRooms::parse(&content);
        }
        self.rooms.fill(self.records.listed_rooms().await?);
        self.position.replace(position);
        Ok(())
    }

    /// Adds the loops. They begin with `run`.
    fn start(self: &Rc<Self>) {
        self.tasks.add(subscriptions::run(self.clone()));
        self.tasks.add(keys::run(self.clone()));
        self.tasks.add(sync::run(self.clone()));
        self.tasks.add(sender::run(self.clone()));
        self.tasks.add(crate::boot::run(self.clone()));
        self.tasks.add(media::learn_limit(self.clone()));
        self.tasks.add(commands::learn_profile(self.clone()));
    }

    pub(crate) fn connect_tab(&self, id: TabId, sink: Rc<dyn TabSink>) {
        self.tabs.connect(id.clone(), sink);
        self.tabs.send(&id, Update::Profile(self.session.borrow().profile()));
        self.tabs.send(&id, Update::Status(self.status.borrow().clone()));
        if self.session_valid.is_closed() {
            self.tabs.send(&id, Update::SignedOut(self.soft_end()));
        }
    }

    pub(crate) fn disconnect_tab(&self, id: &TabId) {
        self.tabs.disconnect(id);
        self.subscriptions.disconnect(id);
        self.boot_record.disconnect(id);
    }

    pub(crate) fn command(self: &Rc<Self>, tab: TabId, frame: CommandFrame, files: Vec<Rc<dyn File>>) {
        let core = self.clone();
        if frame.command == Command::Retire {
            self.tasks.add(async move { core.retire().await });
        } else {
            self.tasks.add(commands::execute(core, tab, frame, files));
        }
    }

    pub(crate) async fn run(&self, cancellation: &Cancellation) -> Ended {
        let (end, work) = (pin!(self.ending.cancelled()), pin!(self.tasks.run()));
        match cancellation.race(select(end, work)).await {
            Some(Either::Left(_) | Either::Right(_)) => self.end.get().unwrap_or(Ended::Cancelled),
            None => Ended::Cancelled,
        }
    }

    pub(crate) async fn retire(&self) {
        self.stop_writing().await;
        self.tabs.broadcast(&Update::Retired);
        self.finish(Ended::Retired);
    }

    /// Waits for the commit under way; nothing is written after it.
    async fn stop_writing(&self) {
        std::mem::forget(self.writer.turn().await);
    }

    fn finish(&self, ended: Ended) {
        self.end.set(Some(self.end.get().unwrap_or(ended)));
        self.ending.cancel();
    }

    pub(crate) fn user_id(&self) -> OwnedUserId {
        self.session.borrow().user_id.clone()
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
        let mut batch = Batch::default();
        session.put(&self.records, &mut batch);
        self.records.commit(batch).await.map_err(store_refusal)?;
        let profile = session.profile();
        let before = self.session.replace(session).profile();
        if before != profile {
            self.tabs.broadcast(&Update::Profile(profile));
            self.boot_record.changed();
        }
        Ok(())
    }

    /// The homeserver does not take our token any more.
    pub(crate) async fn session_ended(&self, error: &RequestError) {
        if let RequestError::SessionEnded { soft } = error {
            self.note_refusal(&Refusal::SessionEnded { soft: *soft }).await;
        }
    }

    /// Acts on a refusal that is about the whole session.
    pub(crate) async fn note_refusal(&self, refusal: &Refusal) {
        match refusal {
            Refusal::SessionEnded { soft: true } if self.session_valid.is_closed() => {}
            Refusal::SessionEnded { soft: true } => {
                self.session_valid.close();
                self.set_status(SyncStatus::Error(refusal.clone()));
                self.tabs.broadcast(&Update::SignedOut(self.soft_end()));
            }
            Refusal::SessionEnded { soft: false } => {
                if let Err(refusal) = self.remove_account().await {
                    tracing::error!(?refusal, "the account could not be removed");
                }
            }
            _ => {}
        }
    }

    /// Why the session must be continued by the person.
    fn soft_end(&self) -> SessionEnd {
        if self.keys.is_lost() { SessionEnd::DeviceLost } else { SessionEnd::Softly }
    }

    /// Removes everything stored, tells the tabs, ends.
    pub(crate) async fn remove_account(&self) -> Result<(), Refusal> {
        self.stop_writing().await;
        let mut batch = Batch { durability: Durability::Strict, ..Batch::default() };
        Records::clear(&mut batch);
        self.records.commit(batch).await.map_err(store_refusal)?;
        self.boot.forget(&self.key).await.map_err(store_refusal)?;
        self.tabs.broadcast(&Update::SignedOut(SessionEnd::Fully));
        self.finish(Ended::SignedOut);
        Ok(())
    }

    /// Drops what can be synchronised again. What waits to be sent stays, and stands in the timelines again once their
    /// rooms are back.
    pub(crate) async fn clear_cache(&self) -> Result<(), StoreError> {
        let _turn = self.writer.turn().await;
        let mut batch = Batch::default();
        Records::clear_cache(&mut batch);
        self.records.commit(batch).await?;
        self.position.replace(None);
        self.account.borrow_mut().direct = DirectRooms::default();
        self.rooms.fill(Vec::new());
        self.subscriptions.reload_all();
        self.shown.ring();
        Ok(())
    }
}
