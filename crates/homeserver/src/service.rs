//! What the server can do, apart from how it is asked: each service is a field of [`All`], which [`Services`] share.
//!
//! A service owns its rules and its tables. Services call each other through this struct, never
//! each other's storage. Types are named by their module, so that a service is added without touching
//! the lines of others.

pub mod account_data;
pub mod accounts;
pub mod backup;
pub mod dehydrated;
pub mod devices;
pub mod filters;
mod follower;
pub mod keys;
pub mod limits;
mod maintenance;
pub mod media;
pub mod notifications;
pub mod outgoing;
pub mod passwords;
pub mod presence;
pub mod profile;
pub mod push;
pub mod push_rules;
pub mod pushers;
pub mod receipts;
pub mod registration_tokens;
pub mod rooms;
pub mod search;
pub mod sync;
pub mod timeline;
pub mod to_device;
pub mod typing;
pub mod uiaa;
pub mod unread;
pub mod user_directory;
pub mod user_tokens;

use std::{ops::Deref, sync::Arc};

use tokio_util::sync::CancellationToken;

use crate::{
    Config, StartError,
    environment::Environment,
    storage::{DatabaseLocation, Storage},
};

/// Every service. Cheap to clone: a handler gets its own.
#[derive(Clone)]
pub struct Services(Arc<All>);

impl Deref for Services {
    type Target = All;

    fn deref(&self) -> &All {
        &self.0
    }
}

/// What [`Services`] are.
pub struct All {
    /// What the administrator decided.
    pub config: Arc<Config>,
    /// Cancelled when the server is told to stop: whoever waits answers at once.
    pub shutdown: CancellationToken,
    /// The clock and the randomness.
    pub environment: Environment,
    /// The database.
    pub storage: Storage,
    /// How often what may be asked.
    pub limits: limits::Limits,
    /// Accounts and the access tokens that open them.
    pub accounts: accounts::Accounts,
    /// Permissions to register, handed out by the administrator.
    pub registration_tokens: registration_tokens::RegistrationTokens,
    /// Proofs of identity in several steps.
    pub uiaa: uiaa::Uiaa,
    /// Tokens for one purpose and a short time.
    pub user_tokens: user_tokens::UserTokens,
    /// The devices of accounts.
    pub devices: devices::Devices,
    /// What users show of themselves.
    pub profiles: profile::Profiles,
    /// What clients keep for their user.
    pub account_data: account_data::AccountData,
    /// Finds people.
    pub user_directory: user_directory::UserDirectory,
    /// Stored filters of sync.
    pub filters: filters::Filters,
    /// When a user wants to be notified.
    pub push_rules: push_rules::PushRules,
    /// Keys of end-to-end encryption.
    pub keys: keys::Keys,
    /// Room keys that users keep here, encrypted.
    pub backups: backup::Backups,
    /// Devices that nobody is logged in to.
    pub dehydrated: dehydrated::Dehydrated,
    /// Messages from device to device.
    pub to_device: to_device::ToDevice,
    /// Who is notified of what.
    pub push: push::Push,
    /// Where users want to be told of what they are notified of.
    pub pushers: pushers::Pushers,
    /// What users were notified of.
    pub notifications: notifications::Notifications,
    /// Finds messages.
    pub search: search::Search,
    /// How far users have read.
    pub receipts: receipts::Receipts,
    /// Who is typing.
    pub typing: typing::Typing,
    /// Who is there.
    pub presence: presence::Presence,
    /// Who waits for something to happen.
    pub audience: sync::Audience,
    /// Files that users share.
    pub media: media::Media,
    /// Rooms, their events and members.
    pub rooms: rooms::Rooms,
    /// The newest events of all rooms.
    pub tail: timeline::tail::Tail,
}

impl Services {
    /// Opens the services, and what they stand on. Nothing happens by itself: a command beside a server that runs
    /// does its one thing and no more.
    pub async fn open(config: Config, shutdown: CancellationToken) -> Result<Self, StartError> {
        tokio::fs::create_dir_all(&config.data_dir).await?;
        let location = DatabaseLocation::parse(config.database.expose())?;
        let storage = Storage::open(&location).await?;
        let environment = Environment::system();
        let config = Arc::new(config);
        let tail = timeline::tail::Tail::new(storage.clone());
        let push = push::Push::new(storage.clone(), tail.clone(), config.server_name.clone());
        let rooms = rooms::Rooms::open(&config, storage.clone(), environment.clone(), push.clone()).await?;
        let limits = limits::Limits::new(config.rate_limits);
        let passwords = passwords::Passwords::new(environment.clone());
        let registration_tokens = registration_tokens::RegistrationTokens::new(storage.clone(), environment.clone());
        let devices = devices::Devices::new(storage.clone());
        let accounts = accounts::Accounts::new(
            config.clone(),
            storage.clone(),
            environment.clone(),
            passwords,
            devices.clone(),
            limits.clone(),
        );
        let uiaa = uiaa::Uiaa::new(
            storage.clone(),
            environment.clone(),
            accounts.clone(),
            registration_tokens.clone(),
            limits.clone(),
        );
        let account_data = account_data::AccountData::new(storage.clone());
        let audience = sync::Audience::start(storage.clone());
        let profiles = profile::Profiles::new(storage.clone());
        let to_device = to_device::ToDevice::new(storage.clone(), environment.clone());
        Ok(Self(Arc::new(All {
            push_rules: push_rules::PushRules::new(account_data.clone(), push.clone()),
            user_directory: user_directory::UserDirectory::new(storage.clone(), profiles.clone()),
            profiles,
            filters: filters::Filters::new(storage.clone()),
            keys: keys::Keys::new(storage.clone(), environment.clone()),
            backups: backup::Backups::new(storage.clone()),
            dehydrated: dehydrated::Dehydrated::new(storage.clone(), environment.clone()),
            to_device,
            search: search::Search::new(storage.clone(), tail.clone()),
            user_tokens: user_tokens::UserTokens::new(storage.clone(), environment.clone()),
            pushers: pushers::Pushers::new(&config, (storage.clone(), tail.clone()), environment.clone(), push.clone()),
            notifications: notifications::Notifications::new(storage.clone(), environment.clone(), push.clone()),
            push,
            receipts: receipts::Receipts::new(storage.clone(), environment.clone()),
            typing: typing::Typing::new(storage.clone()),
            presence: presence::Presence::new(storage.clone(), audience.clone()),
            audience,
            account_data,
            media: media::Media::new(config.clone(), storage.clone(), environment.clone(), shutdown.clone()),
            rooms,
            tail,
            registration_tokens,
            devices,
            accounts,
            uiaa,
            config,
            shutdown,
            environment,
            storage,
            limits,
        })))
    }

    /// Starts what goes on beside the requests, until the server stops: following the events, telling pushers,
    /// cleaning up.
    pub async fn start_background(&self) -> Result<(), StartError> {
        self.media.begin().await?;
        self.push.follow(self.shutdown.clone());
        self.pushers.begin(&self.shutdown);
        self.search.begin(&self.shutdown);
        self.typing.begin(&self.shutdown);
        self.presence.begin(&self.shutdown);
        self.rooms.start_cleaning(self.shutdown.clone());
        maintenance::start(self.storage.clone(), self.environment.clone(), self.shutdown.clone());
        Ok(())
    }
}
