//! What the server can do, apart from how it is asked: each service is a field of [`Services`].
//!
//! A service owns its rules and its tables. Services call each other through this struct, never
//! each other's storage.

pub mod accounts;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use self::accounts::Accounts;
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
    /// Accounts, their passwords and access tokens.
    pub accounts: Accounts,
}

impl Services {
    /// Opens what the services stand on.
    pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Self, StartError> {
        tokio::fs::create_dir_all(&config.data_dir).await?;
        let location = DatabaseLocation::parse(config.database.expose())?;
        let storage = Storage::open(&location).await?;
        Ok(Self {
            config: Arc::new(config),
            shutdown,
            environment: Environment::system(),
            storage,
            accounts: Accounts {},
        })
    }
}
