//! Someone at one of their devices.

use std::{env, ops::Deref, sync::Arc};

use anyhow::{Context as _, Result};
use matrix_sdk::{
    Client, Room, RoomState, ThreadingSupport,
    config::RequestConfig,
    encryption::{BackupDownloadStrategy, EncryptionSettings},
    ruma::{
        OwnedEventId, OwnedUserId, RoomId, TransactionId,
        api::client::{account::register, room::create_room, uiaa},
        assign,
        events::{
            InitialStateEvent,
            room::{encryption::RoomEncryptionEventContent, message::RoomMessageEventContent},
        },
    },
    sliding_sync::VersionBuilder,
};
use matrix_sdk_ui::{RoomListService, Timeline, sync_service::SyncService, timeline::RoomExt as _};

use crate::wait;

/// Everyone's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A client of someone, with the service that keeps it up to date.
pub struct Person {
    client: Client,
    sync: Arc<SyncService>,
    rooms: Arc<RoomListService>,
}

impl Person {
    /// Registers an account for someone of this name, and opens it.
    pub async fn register(name: &str) -> Result<Self> {
        let client = client().await?;
        let request = assign!(register::v3::Request::new(), {
            username: Some(format!("{}-{}", name.to_lowercase(), TransactionId::new())),
            password: Some(PASSWORD.to_owned()),
            auth: Some(uiaa::AuthData::Dummy(uiaa::Dummy::new())),
        });
        client.matrix_auth().register(request).await?;
        client.account().set_display_name(Some(name)).await?;
        Self::open(client).await
    }

    /// Logs in to the same account on another device.
    pub async fn on_another_device(&self) -> Result<Self> {
        let client = client().await?;
        client.matrix_auth().login_username(self.id(), PASSWORD).await?;
        Self::open(client).await
    }

    async fn open(client: Client) -> Result<Self> {
        client.encryption().wait_for_e2ee_initialization_tasks().await;
        let sync = Arc::new(SyncService::builder(client.clone()).build().await?);
        sync.start().await;
        let rooms = sync.room_list_service();
        Ok(Self { client, sync, rooms })
    }

    /// Who they are.
    pub fn id(&self) -> OwnedUserId {
        self.client.user_id().expect("a person is logged in").to_owned()
    }

    /// Their room list.
    pub fn rooms(&self) -> &RoomListService {
        &self.rooms
    }

    /// What keeps the client up to date.
    pub fn sync(&self) -> &Arc<SyncService> {
        &self.sync
    }

    /// Makes a room of this name, others invited.
    pub async fn make_room(&self, name: &str, invited: &[&Self]) -> Result<Room> {
        self.make(assign!(create_room::v3::Request::new(), {
            name: Some(name.to_owned()),
            invite: invited.iter().map(|person| person.id()).collect(),
        }))
        .await
    }

    /// Makes a room and waits until the client has it from the homeserver.
    pub async fn make(&self, request: create_room::v3::Request) -> Result<Room> {
        let room = self.create_room(request).await?;
        self.joined(room.room_id(), 1).await
    }

    /// Makes a room that someone else joins; answers it as either sees it, once both see both.
    pub async fn share_room(&self, other: &Self) -> Result<(Room, Room)> {
        self.share(other, create_room::v3::Request::new()).await
    }

    /// The same with encryption.
    pub async fn share_encrypted_room(&self, other: &Self) -> Result<(Room, Room)> {
        let encryption = RoomEncryptionEventContent::with_recommended_defaults();
        let initial_state = vec![InitialStateEvent::with_empty_state_key(encryption).to_raw_any()];
        self.share(other, assign!(create_room::v3::Request::new(), { initial_state })).await
    }

    async fn share(&self, other: &Self, request: create_room::v3::Request) -> Result<(Room, Room)> {
        let room = self.make(assign!(request, { invite: vec![other.id()] })).await?;
        let room_id = room.room_id();
        other.accept(room_id).await?;
        Ok((self.joined(room_id, 2).await?, other.joined(room_id, 2).await?))
    }

    /// Waits for an invitation.
    pub async fn invited(&self, room_id: &RoomId) -> Result<Room> {
        let is_invited = |room: &Room| (room.state() == RoomState::Invited).then(|| room.clone());
        wait::room(self, room_id, "the invitation is there", is_invited).await
    }

    /// Waits for an invitation and accepts it.
    pub async fn accept(&self, room_id: &RoomId) -> Result<Room> {
        self.invited(room_id).await?.join().await?;
        self.joined(room_id, 1).await
    }

    /// Waits until they are in a room with so many members, themselves included.
    pub async fn joined(&self, room_id: &RoomId, members: u64) -> Result<Room> {
        let what = format!("a room has {members} members");
        wait::room(self, room_id, &what, |room| {
            let is_there = room.state() == RoomState::Joined && room.is_state_partially_or_fully_synced();
            (is_there && room.joined_members_count() >= members).then(|| room.clone())
        })
        .await
    }

    /// Opens a room: looks at it more closely than the room list does, and shows its timeline.
    pub async fn look_at(&self, room: &Room) -> Result<Timeline> {
        self.rooms.subscribe_to_rooms(&[room.room_id()]).await;
        Ok(room.timeline().await?)
    }

    /// Waits until they are out of a room.
    pub async fn is_out_of(&self, room_id: &RoomId) -> Result<()> {
        let is_out = |room: &Room| matches!(room.state(), RoomState::Left | RoomState::Banned).then_some(());
        wait::room(self, room_id, "the room is left", is_out).await
    }
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Says something in a room.
pub async fn say(room: &Room, words: &str) -> Result<OwnedEventId> {
    Ok(room.send(RoomMessageEventContent::text_plain(words)).await?.response.event_id)
}

/// A client that nobody is logged in with, as Element X sets one up. It tries nothing twice: what fails is to be seen.
pub async fn client() -> Result<Client> {
    let url = env::var("TRELLIS_URL").context("TRELLIS_URL names the homeserver")?;
    let encryption = EncryptionSettings {
        auto_enable_cross_signing: true,
        auto_enable_backups: false,
        backup_download_strategy: BackupDownloadStrategy::AfterDecryptionFailure,
    };
    let builder = Client::builder()
        .homeserver_url(url)
        .sliding_sync_version_builder(VersionBuilder::DiscoverNative)
        .with_encryption_settings(encryption)
        .with_threading_support(ThreadingSupport::Enabled { with_subscriptions: false })
        .request_config(RequestConfig::new().disable_retry());
    Ok(builder.build().await?)
}
