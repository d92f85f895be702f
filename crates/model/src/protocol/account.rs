//! Homeservers, accounts and devices as the page sees them.

use ruma::{OwnedDeviceId, OwnedMxcUri, OwnedUserId};
use serde::{Deserialize, Serialize};

/// Names an account's databases, locks, channels and worker. Random, so that it tells nothing about the account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountKey(pub String);

/// What discovery found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeserverInfo {
    /// Where the Client-Server API answers, without a trailing slash.
    pub base_url: String,
    /// The name people know it by.
    pub server_name: String,
    pub login: LoginFlows,
    pub registration: RegistrationSupport,
}

/// The log-in types offered by `GET /login` that this client can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginFlows {
    pub password: bool,
}

/// What `POST /register` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RegistrationSupport {
    Open,
    RegistrationToken,
    /// Stages this client cannot complete.
    Unsupported,
    Closed,
}

/// The person's own profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountProfile {
    pub user_id: OwnedUserId,
    pub device_id: OwnedDeviceId,
    pub homeserver: String,
    pub display_name: Option<String>,
    pub avatar_url: Option<OwnedMxcUri>,
}

/// One of the account's devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub device_id: OwnedDeviceId,
    pub display_name: Option<String>,
    pub last_seen_ip: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub last_seen: Option<u64>,
    pub is_current: bool,
}
