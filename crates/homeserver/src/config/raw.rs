//! Options as they are written: every one may be missing.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use ruma::{OwnedServerName, OwnedUserId, RoomVersionId};
use serde::Deserialize;

use super::{Config, ConfigError, Registration, Secret, Support, Turn};

/// The options of `serve`, and the keys of the configuration file.
#[derive(Args, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// TOML file with the same keys as these flags, written with underscores
    #[arg(long, env = "TRELLIS_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,

    /// Name after the colon of user IDs
    #[arg(long, env = "TRELLIS_SERVER_NAME", value_name = "NAME", value_parser = server_name)]
    server_name: Option<OwnedServerName>,

    /// Address for plain HTTP, behind a proxy or on this machine; repeatable
    #[arg(long, env = "TRELLIS_LISTEN", value_name = "ADDR:PORT", value_delimiter = ',')]
    listen: Vec<SocketAddr>,

    /// `sqlite:PATH` or `postgres://…`
    #[arg(long, env = "TRELLIS_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<Secret>,

    /// Directory of keys, media, and the database unless that is named
    #[arg(long, env = "TRELLIS_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Directory of the static client to serve
    #[arg(long, env = "TRELLIS_CLIENT_DIR", value_name = "DIR")]
    client_dir: Option<PathBuf>,

    /// URL by which clients reach this server, for `.well-known/matrix/client`
    #[arg(long, env = "TRELLIS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// Who may register an account
    #[arg(long, env = "TRELLIS_REGISTRATION", value_name = "WHO")]
    registration: Option<Registration>,

    /// Secret for tools that make accounts
    #[arg(long, env = "TRELLIS_REGISTRATION_SHARED_SECRET", value_name = "S", hide_env_values = true)]
    registration_shared_secret: Option<Secret>,

    /// Version of new rooms: 10, 11 or 12
    #[arg(long, env = "TRELLIS_DEFAULT_ROOM_VERSION", value_name = "N", value_parser = room_version)]
    default_room_version: Option<RoomVersionId>,

    /// Accept access tokens in query strings
    #[arg(long, env = "TRELLIS_ALLOW_QUERY_TOKENS")]
    allow_query_tokens: bool,

    /// Do not limit how often a client may ask
    #[arg(long, env = "TRELLIS_NO_RATE_LIMITS")]
    no_rate_limits: bool,

    /// Largest upload in bytes
    #[arg(long, env = "TRELLIS_MAX_UPLOAD_SIZE", value_name = "BYTES")]
    max_upload_size: Option<u64>,

    /// What the files of one user may take together in bytes; anything unless said
    #[arg(long, env = "TRELLIS_MEDIA_QUOTA", value_name = "BYTES")]
    media_quota: Option<u64>,

    /// Days after which files go that nobody asked for; kept for ever unless said
    #[arg(long, env = "TRELLIS_MEDIA_RETENTION_DAYS", value_name = "N")]
    media_retention_days: Option<u32>,

    /// Give files also to clients that send no token for them
    #[arg(long, env = "TRELLIS_ALLOW_LEGACY_MEDIA")]
    allow_legacy_media: bool,

    /// Call push gateways in private networks, and without TLS
    #[arg(long, env = "TRELLIS_ALLOW_PRIVATE_PUSH_GATEWAYS")]
    allow_private_push_gateways: bool,

    /// Address of a relay for calls, such as `turn:turn.example.org?transport=udp`; repeatable
    #[arg(long, env = "TRELLIS_TURN_URIS", value_name = "URI", value_delimiter = ',')]
    turn_uris: Vec<String>,

    /// Secret shared with the relays
    #[arg(long, env = "TRELLIS_TURN_SECRET", value_name = "S", hide_env_values = true)]
    turn_secret: Option<Secret>,

    /// Seconds for which credentials of the relays work; a day unless said
    #[arg(long, env = "TRELLIS_TURN_LIFETIME", value_name = "SECONDS")]
    turn_lifetime: Option<u64>,

    /// Let people in without an account
    #[arg(long, env = "TRELLIS_ALLOW_GUESTS")]
    allow_guests: bool,

    /// Seconds for which an access token works that can be refreshed; an hour unless said
    #[arg(long, env = "TRELLIS_ACCESS_TOKEN_LIFETIME", value_name = "SECONDS")]
    access_token_lifetime: Option<u64>,

    /// Page where users find help
    #[arg(long, env = "TRELLIS_SUPPORT_PAGE", value_name = "URL")]
    support_page: Option<String>,

    /// E-mail address of the administrator
    #[arg(long, env = "TRELLIS_SUPPORT_EMAIL", value_name = "ADDRESS")]
    support_email: Option<String>,

    /// Matrix ID of the administrator
    #[arg(long, env = "TRELLIS_SUPPORT_MATRIX_ID", value_name = "ID", value_parser = user_id)]
    support_matrix_id: Option<OwnedUserId>,

    /// Seconds a request may take; a minute unless said
    #[arg(long, env = "TRELLIS_REQUEST_TIMEOUT", value_name = "SECONDS")]
    request_timeout: Option<u64>,

    /// What to log, for example `info` or `trellis_homeserver=debug`
    #[arg(long, env = "TRELLIS_LOG", value_name = "FILTER")]
    log: Option<String>,
}

fn server_name(value: &str) -> Result<OwnedServerName, String> {
    value.parse().map_err(|error: ruma::IdParseError| error.to_string())
}

fn user_id(value: &str) -> Result<OwnedUserId, String> {
    value.parse().map_err(|error: ruma::IdParseError| error.to_string())
}

fn room_version(value: &str) -> Result<RoomVersionId, String> {
    value.parse().map_err(|error: ruma::IdParseError| error.to_string())
}

impl Options {
    /// Adds the file, fills in the defaults and checks the result.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        let merged = match self.config.clone() {
            Some(path) => self.or(Self::read(&path)?),
            None => self,
        };
        merged.complete()
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|source| ConfigError::Parse { path: path.to_owned(), source: Box::new(source) })
    }

    /// What is set here wins over what the file says.
    fn or(self, file: Self) -> Self {
        Self {
            config: self.config,
            server_name: self.server_name.or(file.server_name),
            listen: if self.listen.is_empty() { file.listen } else { self.listen },
            database: self.database.or(file.database),
            data_dir: self.data_dir.or(file.data_dir),
            client_dir: self.client_dir.or(file.client_dir),
            public_url: self.public_url.or(file.public_url),
            registration: self.registration.or(file.registration),
            registration_shared_secret: self.registration_shared_secret.or(file.registration_shared_secret),
            default_room_version: self.default_room_version.or(file.default_room_version),
            allow_query_tokens: self.allow_query_tokens || file.allow_query_tokens,
            no_rate_limits: self.no_rate_limits || file.no_rate_limits,
            max_upload_size: self.max_upload_size.or(file.max_upload_size),
            media_quota: self.media_quota.or(file.media_quota),
            media_retention_days: self.media_retention_days.or(file.media_retention_days),
            allow_legacy_media: self.allow_legacy_media || file.allow_legacy_media,
            allow_private_push_gateways: self.allow_private_push_gateways || file.allow_private_push_gateways,
            turn_uris: if self.turn_uris.is_empty() { file.turn_uris } else { self.turn_uris },
            turn_secret: self.turn_secret.or(file.turn_secret),
            turn_lifetime: self.turn_lifetime.or(file.turn_lifetime),
            allow_guests: self.allow_guests || file.allow_guests,
            access_token_lifetime: self.access_token_lifetime.or(file.access_token_lifetime),
            support_page: self.support_page.or(file.support_page),
            support_email: self.support_email.or(file.support_email),
            support_matrix_id: self.support_matrix_id.or(file.support_matrix_id),
            request_timeout: self.request_timeout.or(file.request_timeout),
            log: self.log.or(file.log),
        }
    }

    fn complete(self) -> Result<Config, ConfigError> {
        let server_name = self.server_name.ok_or(ConfigError::Missing("server_name"))?;
        let data_dir = self.data_dir.unwrap_or_else(|| PathBuf::from("data"));
        let base = Config::new(server_name, data_dir);
        let seconds = |given: Option<u64>, base| given.map_or(base, Duration::from_secs);
        let turn = match (self.turn_secret, self.turn_uris.is_empty()) {
            (Some(secret), false) => {
                let lifetime = seconds(self.turn_lifetime, Duration::from_secs(24 * 60 * 60));
                Some(Turn { uris: self.turn_uris, secret, lifetime })
            }
            (None, true) => None,
            (Some(_), true) => return Err(ConfigError::Missing("turn_uris")),
            (None, false) => return Err(ConfigError::Missing("turn_secret")),
        };
        let support = Support { page: self.support_page, email: self.support_email, matrix_id: self.support_matrix_id };
        Config {
            listen: if self.listen.is_empty() { base.listen } else { self.listen },
            database: self.database.unwrap_or(base.database),
            client_dir: self.client_dir,
            public_url: self.public_url,
            registration: self.registration.unwrap_or(base.registration),
            registration_shared_secret: self.registration_shared_secret,
            default_room_version: self.default_room_version.unwrap_or(base.default_room_version),
            allow_query_tokens: self.allow_query_tokens,
            rate_limits: !self.no_rate_limits,
            max_upload_size: self.max_upload_size.unwrap_or(base.max_upload_size),
            media_quota: self.media_quota,
            media_retention_days: self.media_retention_days,
            allow_legacy_media: self.allow_legacy_media,
            allow_private_push_gateways: self.allow_private_push_gateways,
            turn,
            allow_guests: self.allow_guests,
            access_token_lifetime: seconds(self.access_token_lifetime, base.access_token_lifetime),
            support,
            request_timeout: seconds(self.request_timeout, base.request_timeout),
            log: self.log.unwrap_or(base.log),
            ..base
        }
        .validate()
    }
}

#[cfg(test)]
mod tests {
    use super::Options;
    use crate::config::Registration;

    fn options(text: &str) -> Options {
        toml::from_str(text).expect("the test wrote valid TOML")
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let flags = options("registration = 'open'");
        let file = options("registration = 'token'\nserver_name = 'trellis.example'");

        let config = flags.or(file).complete().expect("complete");

        assert_eq!(config.registration, Registration::Open);
        assert_eq!(config.server_name, "trellis.example");
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        assert!(toml::from_str::<Options>("server_nane = 'trellis.example'").is_err());
    }

    #[test]
    fn the_database_must_be_of_a_known_engine() {
        let options = options("server_name = 'trellis.example'\ndatabase = 'mysql://x'");
        assert!(options.complete().is_err());
    }

    #[test]
    fn clients_are_told_of_tls_except_on_this_machine() {
        let url = |text| options(text).complete().expect("complete").public_url();
        assert_eq!(url("server_name = 'trellis.example'"), "https://trellis.example");
        assert_eq!(url("server_name = 'localhost'\nlisten = ['127.0.0.1:8765']"), "http://localhost:8765");
        assert_eq!(url("server_name = 'x.y'\npublic_url = 'https://m.x.y/'"), "https://m.x.y");
    }

    #[test]
    fn secrets_stay_out_of_debug_output() {
        let options = options("server_name = 'x.y'\ndatabase = 'postgres://a:hunter2@h/d'");
        let config = options.complete().expect("complete");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
