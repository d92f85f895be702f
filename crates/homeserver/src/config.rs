//! What an administrator decides, from flags, the environment and a TOML file, in this order.
//!
//! Parsing is separate from [`Config`], which is complete and valid: nothing after this module asks
//! whether a value was given.

mod raw;

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use ruma::{OwnedServerName, OwnedUserId, RoomVersionId};

pub use self::raw::Options;

/// A complete configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The name after the colon of our users' IDs.
    pub server_name: OwnedServerName,
    /// Where plain HTTP is spoken, to a proxy or to clients on this machine.
    pub listen: Vec<SocketAddr>,
    /// `sqlite:PATH` or `postgres://…`.
    pub database: Secret,
    /// Keys, media, and the database unless that is named.
    pub data_dir: PathBuf,
    /// The static bundle to serve.
    pub client_dir: Option<PathBuf>,
    /// The URL clients reach us by, for `.well-known`; made of the server name unless said.
    pub public_url: Option<String>,
    /// Who may make an account.
    pub registration: Registration,
    /// Lets administrators' tools make accounts.
    pub registration_shared_secret: Option<Secret>,
    /// The version of new rooms.
    pub default_room_version: RoomVersionId,
    /// Reads access tokens from query strings, for clients that know no better.
    pub allow_query_tokens: bool,
    /// Slows down those who ask too often.
    pub rate_limits: bool,
    /// The largest file a user may upload, in bytes.
    pub max_upload_size: u64,
    /// What the files of one user may take together, in bytes.
    pub media_quota: Option<u64>,
    /// For how many days files are kept that nobody asks for.
    pub media_retention_days: Option<u32>,
    /// Gives files to whoever knows their address, at the paths from before they were authenticated.
    pub allow_legacy_media: bool,
    /// Calls push gateways that are not on the public internet, and without TLS.
    pub allow_private_push_gateways: bool,
    /// Relays for calls, and the secret shared with them.
    pub turn: Option<Turn>,
    /// Lets people in without an account.
    pub allow_guests: bool,
    /// How long an access token works that can be refreshed.
    pub access_token_lifetime: Duration,
    /// Where users of the server find help, for `.well-known`.
    pub support: Support,
    /// How long a request may take that does not wait on purpose.
    pub request_timeout: Duration,
    /// What is logged, as tracing's `EnvFilter` reads it.
    pub log: String,
}

/// Relays for calls between people behind routers.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Their `turn:` and `turns:` addresses.
    pub uris: Vec<String>,
    /// From which user names and passwords are made.
    pub secret: Secret,
    /// How long these work.
    pub lifetime: Duration,
}

/// Where users find help.
#[derive(Clone, Debug, Default)]
pub struct Support {
    /// A page about it.
    pub page: Option<String>,
    /// The e-mail address of the administrator.
    pub email: Option<String>,
    /// The Matrix ID of the administrator.
    pub matrix_id: Option<OwnedUserId>,
}

/// Who may register an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Anyone.
    Open,
    /// Whoever has a registration token.
    Token,
    /// Nobody, but by the command line or the shared secret.
    #[default]
    Closed,
}

/// A value that stays out of logs.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The value, where it is used.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Why a configuration is none.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML, or has a key we do not know.
    #[error("{path} is not a valid configuration")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What and where.
        source: Box<toml::de::Error>,
    },
    /// A key that has no default.
    #[error("`{0}` is not set")]
    Missing(&'static str),
    /// A value that cannot be.
    #[error("`{key}` is not valid: {reason}")]
    Invalid {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl Config {
    /// A small server on SQLite in `data_dir`, for tests and first steps.
    pub fn new(server_name: OwnedServerName, data_dir: impl Into<PathBuf>) -> Self {
        let data_dir = data_dir.into();
        Self {
            server_name,
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 8008))],
            database: default_database(&data_dir),
            data_dir,
            client_dir: None,
            public_url: None,
            registration: Registration::default(),
            registration_shared_secret: None,
            default_room_version: RoomVersionId::V12,
            allow_query_tokens: false,
            rate_limits: true,
            max_upload_size: 50 * 1024 * 1024,
            media_quota: None,
            media_retention_days: None,
            allow_legacy_media: false,
            allow_private_push_gateways: false,
            turn: None,
            allow_guests: false,
            access_token_lifetime: Duration::from_secs(60 * 60),
            support: Support::default(),
            request_timeout: Duration::from_secs(60),
            // State resolution tells of every event it allows.
            log: "info,ruma_state_res=warn".to_owned(),
        }
    }

    /// The URL clients are told to use.
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if self.is_on_this_machine() => {
                let port = self.server_name.port().or(self.listen.first().map(SocketAddr::port)).unwrap_or(80);
                format!("http://{}:{port}", self.server_name.host())
            }
            None => format!("https://{}", self.server_name),
        }
    }

    /// Whether nobody but this machine can reach the server by its name, and so without TLS.
    fn is_on_this_machine(&self) -> bool {
        matches!(self.server_name.host(), "localhost" | "127.0.0.1" | "[::1]")
    }

    /// Refuses what would only fail later.
    fn validate(self) -> Result<Self, ConfigError> {
        let invalid = |key, reason: &str| ConfigError::Invalid { key, reason: reason.to_owned() };
        let database = self.database.expose();
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|s| database.starts_with(s)) {
            return Err(invalid("database", "it is neither sqlite:PATH nor postgres://…"));
        }
        if let Some(dir) = &self.client_dir
            && !dir.join("index.html").is_file()
        {
            return Err(invalid("client_dir", "there is no index.html in it"));
        }
        let versions = [RoomVersionId::V10, RoomVersionId::V11, RoomVersionId::V12];
        if !versions.contains(&self.default_room_version) {
            return Err(invalid("default_room_version", "it is not 10, 11 or 12"));
        }
        if self.listen.is_empty() {
            return Err(ConfigError::Missing("listen"));
        }
        Ok(self)
    }
}

fn default_database(data_dir: &Path) -> Secret {
    Secret(format!("sqlite:{}", data_dir.join("homeserver.db").display()))
}
