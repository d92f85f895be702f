//! People: who they are, the device they use, the page before them.

use std::{cell::Cell, rc::Rc, time::Instant};

use ruma::{OwnedEventId, OwnedRoomId, OwnedTransactionId, OwnedUserId, RoomId};
use tokio::task::{JoinHandle, spawn_local};
use trellis_client::{
    Attachment, Cancellation, Client, Ended, Ports, SignIn, SignInPorts, Tab, TabId,
    port::{Accounts, File},
};
use trellis_model::protocol::{
    AccountKey, AttachmentIndex, Command, CommandFrame, CommandId, CreateRoom, Draft, DraftMode, ItemKey, Preset,
    Refusal, Reply, RoomListFilter, SubscriptionId, SyncStatus, TimelineFocus, Visibility,
};

use super::{
    Network, PATIENCE, Page,
    page::{Shown, Timeline},
    ports::{Disk, Interference, TestClock, TestRandom, TestTransport},
};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The page's subscription to the room list.
const ROOMS: SubscriptionId = SubscriptionId(0);

/// A device: what stays when the application is closed.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) disk: Disk,
    pub(crate) account: AccountKey,
    pub(crate) user_id: OwnedUserId,
    pub(crate) interference: Interference,
}

/// Someone before a running client.
pub(crate) struct Person {
    pub(crate) device: Device,
    pub(crate) page: Page,
    pub(crate) client: Client,
    tab: Tab,
    cancellation: Cancellation,
    running: JoinHandle<Ended>,
    last: Cell<u64>,
}

/// The sign-in core on a disk.
pub(crate) fn sign_in(disk: &Disk) -> SignIn {
    let ports = SignInPorts {
        transport: Rc::new(TestTransport::new(Interference::default())),
        clock: Rc::new(TestClock(Instant::now())),
        random: Rc::new(TestRandom),
        accounts: Rc::new(disk.clone()),
        boot: Rc::new(disk.clone()),
    };
    SignIn::new(ports, None)
}

impl Device {
    /// Signs up.
    pub(crate) async fn register(network: &Network, name: &str) -> Self {
        let disk = Disk::default();
        let command = Command::Register {
            homeserver: network.url(),
            username: name.to_owned(),
            password: PASSWORD.to_owned(),
            registration_token: None,
            device_name: "journey".to_owned(),
        };
        Self::signed_in(disk.clone(), sign_in(&disk).execute(command).await)
    }

    /// Logs in on another device.
    pub(crate) async fn log_in(network: &Network, name: &str) -> Self {
        let disk = Disk::default();
        let command = Command::LogIn {
            homeserver: network.url(),
            user: name.to_owned(),
            password: PASSWORD.to_owned(),
            device_name: "journey".to_owned(),
        };
        Self::signed_in(disk.clone(), sign_in(&disk).execute(command).await)
    }

    fn signed_in(disk: Disk, result: Result<Reply, Refusal>) -> Self {
        match result {
            Ok(Reply::SignedIn { account, user_id }) => {
                Self { disk, account, user_id, interference: Interference::default() }
            }
            other => panic!("not signed in: {other:?}"),
        }
    }

    /// Opens the application.
    pub(crate) async fn open(&self) -> Person {
        let ports = Ports {
            transport: Rc::new(TestTransport::new(self.interference.clone())),
            clock: Rc::new(TestClock(Instant::now())),
            random: Rc::new(TestRandom),
            database: self.disk.open(&self.account).await.unwrap(),
            crypto: self.disk.cryptography(&self.account),
            boot: Rc::new(self.disk.clone()),
        };
        let client = Client::open(ports, self.account.clone()).await.unwrap();
        let cancellation = Cancellation::new();
        let running = spawn_local({
            let (client, cancellation) = (client.clone(), cancellation.clone());
            async move { client.run(&cancellation).await }
        });
        let page = Page::new();
        let tab = client.connect_tab(TabId("tab".to_owned()), Rc::new(page.clone()));
        let person = Person { device: self.clone(), page, client, tab, cancellation, running, last: Cell::new(0) };
        person.tell(Command::WatchRooms { subscription: ROOMS, filter: RoomListFilter::default(), start: 0, end: 100 });
        person
    }
}

impl Person {
    /// Opens another tab, which watches the room list.
    pub(crate) fn open_tab(&self, name: &str) -> Page {
        let page = Page::new();
        let tab = self.client.connect_tab(TabId(name.to_owned()), Rc::new(page.clone()));
        let filter = RoomListFilter::default();
        let command = Command::WatchRooms { subscription: ROOMS, filter, start: 0, end: 100 };
        tab.command(CommandFrame { id: CommandId(1), command }, Vec::new());
        page
    }

    /// Closes a tab.
    pub(crate) fn close_tab(&self, name: &str) {
        self.client.disconnect_tab(&TabId(name.to_owned()));
    }

    /// Signs up and waits until everything is there.
    pub(crate) async fn new(network: &Network, name: &str) -> Self {
        let person = Device::register(network, name).await.open().await;
        person.live().await;
        person
    }

    pub(crate) fn user_id(&self) -> OwnedUserId {
        self.device.user_id.clone()
    }

    /// Waits until synchronisation has caught up.
    pub(crate) async fn live(&self) {
        self.until("live", |shown| shown.status == Some(SyncStatus::Live)).await;
    }

    /// Waits until synchronisation has said how it goes.
    pub(crate) async fn live_or_offline(&self) {
        self.until("how it goes", |shown| {
            matches!(shown.status, Some(SyncStatus::Live | SyncStatus::Offline { .. } | SyncStatus::Error(_)))
        })
        .await;
    }

    pub(crate) async fn until(&self, what: &str, condition: impl Fn(&Shown) -> bool) {
        self.page.until(&format!("{} sees {what}", self.device.user_id), condition).await;
    }

    /// Waits until something stands in the timeline that was opened as `subscription`.
    pub(crate) async fn until_timeline(&self, id: SubscriptionId, what: &str, condition: impl Fn(&Timeline) -> bool) {
        self.until(what, |shown| shown.timelines.get(&id).is_some_and(&condition)).await;
    }

    /// Closes the application at once, as when a browser is killed: the disk is what it is.
    pub(crate) async fn close(self) -> Device {
        self.cancellation.cancel();
        self.running.await.unwrap();
        self.device
    }

    /// Waits until the client ends by itself.
    pub(crate) async fn ended(self) -> Ended {
        tokio::time::timeout(PATIENCE, self.running).await.unwrap().unwrap()
    }

    fn next_id(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.last.get()
    }

    /// A command whose answer does not matter.
    pub(crate) fn tell(&self, command: Command) {
        self.tab.command(CommandFrame { id: CommandId(self.next_id()), command }, Vec::new());
    }

    pub(crate) async fn ask(&self, command: Command) -> Result<Reply, Refusal> {
        self.ask_with(command, Vec::new()).await.0
    }

    pub(crate) async fn ask_with(
        &self,
        command: Command,
        files: Vec<Rc<dyn File>>,
    ) -> (Result<Reply, Refusal>, Vec<Attachment>) {
        let id = CommandId(self.next_id());
        let answer = self.page.answer(id);
        let shown = format!("{command:?}");
        self.tab.command(CommandFrame { id, command }, files);
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(answer) => answer.unwrap(),
            Err(_) => panic!("no answer to {shown}"),
        }
    }

    fn transaction_id(&self) -> OwnedTransactionId {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).unwrap();
        format!("t{}", u64::from_le_bytes(bytes)).into()
    }

    /// Creates a room and waits until it is in the list.
    pub(crate) async fn create_room(&self, name: &str, invite: &[&Self]) -> OwnedRoomId {
        self.create(name, invite, false).await
    }

    /// The same with an encrypted room.
    pub(crate) async fn create_encrypted_room(&self, name: &str, invite: &[&Self]) -> OwnedRoomId {
        self.create(name, invite, true).await
    }

    async fn create(&self, name: &str, invite: &[&Self], encrypted: bool) -> OwnedRoomId {
        let room = CreateRoom {
            name: name.to_owned(),
            topic: None,
            preset: Preset::PrivateChat,
            alias: None,
            visibility: Visibility::Private,
            invite: invite.iter().map(|person| person.user_id()).collect(),
            encrypted,
        };
        let Ok(Reply::Room { room_id }) = self.ask(Command::CreateRoom(room)).await else {
            panic!("the room was not created")
        };
        self.until("the new room", |shown| shown.tile(&room_id).is_some()).await;
        room_id
    }

    /// Waits for the invitation and accepts it.
    pub(crate) async fn accept(&self, room_id: &RoomId) {
        self.until("the invitation", |shown| shown.tile(room_id).is_some()).await;
        let joined = self.ask(Command::Join { room: room_id.to_owned().into(), via: Vec::new() }).await;
        assert_eq!(joined, Ok(Reply::Room { room_id: room_id.to_owned() }));
        self.until("the joined room", |shown| {
            shown.tile(room_id).is_some_and(|tile| tile.section != trellis_model::protocol::Section::Invites)
        })
        .await;
    }

    /// Opens a room: its timeline is subscription 1, its header 2.
    pub(crate) async fn show(&self, room_id: &RoomId) {
        self.tell(Command::WatchTimeline {
            subscription: TIMELINE,
            room_id: room_id.to_owned(),
            focus: TimelineFocus::Live,
            limit: 30,
        });
        self.tell(Command::WatchRoom { subscription: HEADER, room_id: room_id.to_owned() });
        self.tell(Command::ShowRoom { room_id: Some(room_id.to_owned()) });
        self.until_timeline(TIMELINE, "the timeline", |timeline| timeline.edges.is_some()).await;
    }

    /// Writes a message.
    pub(crate) async fn say(&self, room_id: &RoomId, words: &str) -> OwnedTransactionId {
        self.write(room_id, words, DraftMode::Message).await
    }

    pub(crate) async fn write(&self, room_id: &RoomId, words: &str, mode: DraftMode) -> OwnedTransactionId {
        let transaction_id = self.transaction_id();
        let command = Command::SendMessage {
            room_id: room_id.to_owned(),
            transaction_id: transaction_id.clone(),
            draft: Draft { body: words.to_owned(), mentions: Vec::new(), mode },
        };
        assert_eq!(self.ask(command).await, Ok(Reply::Done));
        transaction_id
    }

    /// The key of the message with these words, once it stands in the open room.
    pub(crate) async fn key_of(&self, words: &str) -> ItemKey {
        self.until_timeline(TIMELINE, words, |timeline| timeline.shows(words, |_| true)).await;
        self.page.shown().timelines[&TIMELINE].key_of(words)
    }

    /// The event ID of the message with these words, once it has one.
    pub(crate) async fn event_id_of(&self, words: &str) -> OwnedEventId {
        self.until_timeline(TIMELINE, words, |timeline| timeline.shows(words, |event| event.event_id.is_some())).await;
        self.page.shown().timelines[&TIMELINE].event(words).event_id.clone().unwrap()
    }

    pub(crate) async fn react(&self, room_id: &RoomId, words: &str, key: &str) {
        let target = self.key_of(words).await;
        let command = Command::ToggleReaction {
            room_id: room_id.to_owned(),
            transaction_id: self.transaction_id(),
            target,
            key: key.to_owned(),
        };
        assert_eq!(self.ask(command).await, Ok(Reply::Done));
    }

    pub(crate) async fn redact(&self, room_id: &RoomId, words: &str) {
        let target = self.key_of(words).await;
        let transaction_id = self.transaction_id();
        let command = Command::Redact { room_id: room_id.to_owned(), transaction_id, target, reason: None };
        assert_eq!(self.ask(command).await, Ok(Reply::Done));
    }

    pub(crate) async fn send_file(&self, room_id: &RoomId, name: &str, file: super::TestFile) -> OwnedTransactionId {
        let transaction_id = self.transaction_id();
        let command = Command::SendFile {
            room_id: room_id.to_owned(),
            transaction_id: transaction_id.clone(),
            file: AttachmentIndex(0),
            file_name: name.to_owned(),
            mimetype: file.1.to_owned(),
            width: Some(2),
            height: Some(2),
            caption: None,
        };
        assert_eq!(self.ask_with(command, vec![Rc::new(file)]).await.0, Ok(Reply::Done));
        transaction_id
    }

    /// Waits until these are the messages of the open room.
    pub(crate) async fn reads(&self, words: &[&str]) {
        self.until_timeline(TIMELINE, &format!("{words:?}"), |timeline| timeline.texts() == words).await;
    }
}

/// The subscription of the open room's timeline.
pub(crate) const TIMELINE: SubscriptionId = SubscriptionId(1);
/// The subscription of the open room's header.
pub(crate) const HEADER: SubscriptionId = SubscriptionId(2);
