//! What the server can do, apart from how it is asked: each service is a field of [`Services`].
//!
//! A service owns its rules and its tables. Services call each other through this struct, never
//! each other's storage.

pub mod account_data;
pub mod accounts;
pub mod devices;
pub mod filters;
pub mod keys;
pub mod limits;
pub mod passwords;
pub mod profile;
pub mod push_rules;
pub mod registration_tokens;
pub mod rooms;
pub mod timeline;
pub mod to_device;
pub mod uiaa;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use self::{
    account_data::AccountData, accounts::Accounts, devices::Devices, filters::Filters, keys::Keys, limits::Limits,
    passwords::Passwords, profile::Profiles, push_rules::PushRules, registration_tokens::RegistrationTokens,
    rooms::Rooms, to_device::ToDevice, uiaa::Uiaa,
};
use crate::{
    Config, StartError,
    environment::Environment,
    storage::{DatabaseLocation, Storage},
};

/// Every service. Cheap to clone: a handler gets its own.
#[derive(Clone)]
pub struct Services {
    /// What the administrator decided.
    pub config: Arc<Config>,
    /// Cancelled when the server is told to stop: whoever waits answers at once.
    pub shutdown: CancellationToken,
    /// The clock and the randomness.
    pub environment: Environment,
    /// The database.
    pub storage: Storage,
    /// How often what may be asked.
    pub limits: Limits,
    /// Accounts and the access tokens that open them.
    pub accounts: Accounts,
    /// Permissions to register, handed out by the administrator.
    pub registration_tokens: RegistrationTokens,
    /// Proofs of identity in several steps.
    pub uiaa: Uiaa,
    /// The devices of accounts.
    pub devices: Devices,
    /// What users show of themselves.
    pub profiles: Profiles,
    /// What clients keep for their user.
    pub account_data: AccountData,
    /// Stored filters of sync.
    pub filters: Filters,
    /// When a user wants to be notified.
    pub push_rules: PushRules,
    /// Keys of end-to-end encryption.
    pub keys: Keys,
    /// Messages from device to device.
    pub to_device: ToDevice,
    /// Rooms, their events and members.
    pub rooms: Rooms,
}

impl Services {
    /// Opens what the services stand on.
    pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Self, StartError> {
        tokio::fs::create_dir_all(&config.data_dir).await?;
        let location = DatabaseLocation::parse(config.database.expose())?;
        let storage = Storage::open(&location).await?;
        let environment = Environment::system();
        let rooms = Rooms::start(&config, storage.clone(), environment.clone()).await?;
        Ok(Self::new(Arc::new(config), shutdown, environment, storage, rooms))
    }

    /// Puts the services together.
    fn new(
        config: Arc<Config>,
        shutdown: CancellationToken,
        environment: Environment,
        storage: Storage,
        rooms: Rooms,
    ) -> Self {
        let limits = Limits::new(config.rate_limits);
        let passwords = Passwords::new(environment.clone());
        let registration_tokens = RegistrationTokens::new(storage.clone(), environment.clone());
        let devices = Devices::new(storage.clone());
        let accounts = Accounts::new(
            config.clone(),
            storage.clone(),
            environment.clone(),
            passwords,
            devices.clone(),
            limits.clone(),
        );
        let uiaa = Uiaa::new(
            storage.clone(),
            environment.clone(),
            accounts.clone(),
            registration_tokens.clone(),
            limits.clone(),
        );
        let account_data = AccountData::new(storage.clone());
        Self {
            push_rules: PushRules::new(account_data.clone()),
            profiles: Profiles::new(storage.clone()),
            filters: Filters::new(storage.clone()),
            keys: Keys::new(storage.clone(), environment.clone()),
            to_device: ToDevice::new(storage.clone(), environment.clone()),
            account_data,
            registration_tokens,
            devices,
            accounts,
            rooms,
            uiaa,
            config,
            shutdown,
            environment,
            storage,
            limits,
        }
    }
}
