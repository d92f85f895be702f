//! Options as they are written: every one may be missing.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use ruma::{OwnedServerName, RoomVersionId};
use serde::Deserialize;

use super::{Config, ConfigError, Registration, Secret};

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

    /// What to log, for example `info` or `trellis_homeserver=debug`
    #[arg(long, env = "TRELLIS_LOG", value_name = "FILTER")]
    log: Option<String>,
}

fn server_name(value: &str) -> Result<OwnedServerName, String> {
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
            log: self.log.or(file.log),
        }
    }

    fn complete(self) -> Result<Config, ConfigError> {
        let server_name = self.server_name.ok_or(ConfigError::Missing("server_name"))?;
        let data_dir = self.data_dir.unwrap_or_else(|| PathBuf::from("data"));
        let base = Config::new(server_name, data_dir);
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
