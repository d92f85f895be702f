//! The homeservers that are measured, and how each is started on either database.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
};

use anyhow::Context;
use tokio::process::Command;

use crate::{measures::Sizes, process::Process};

/// A homeserver's software.
pub(crate) enum Software {
    /// Ours: its binary.
    Trellis(PathBuf),
    /// Synapse: a Python that has it.
    Synapse(PathBuf),
}

/// What a homeserver keeps its data in.
pub(crate) enum Database {
    Sqlite,
    /// The address of a cluster.
    Postgres(String),
}

impl Database {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

impl Software {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Trellis(_) => "Trellis",
            Self::Synapse(_) => "Synapse",
        }
    }

    /// As many requests as take about ten seconds each.
    pub(crate) fn sizes(&self) -> Sizes {
        match self {
            Self::Trellis(_) => Sizes { rooms: 0, events: 10_000, rounds: 9 },
            Self::Synapse(_) => Sizes { rooms: 0, events: 800, rounds: 5 },
        }
    }
}

/// A homeserver with a configuration, not running yet.
pub(crate) struct Server {
    directory: PathBuf,
    port: u16,
    program: PathBuf,
    arguments: Vec<String>,
    durability: &'static str,
}

impl Server {
    /// Writes what the server needs to start.
    pub(crate) async fn prepare(software: &Software, database: &Database, parent: &Path) -> anyhow::Result<Self> {
        let name = format!("{}_{}", software.name(), database.name()).to_lowercase();
        let directory = parent.join(&name);
        std::fs::create_dir_all(&directory)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        if let Database::Postgres(cluster) = database {
            let sql = format!("CREATE DATABASE {name} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
            let created = Command::new("psql").arg(cluster).args(["-q", "-c", &sql]).status().await?;
            anyhow::ensure!(created.success(), "the database {name} could not be made");
        }
        let database = match database {
            Database::Sqlite => None,
            Database::Postgres(cluster) => {
                let server = cluster.rsplit_once('/').context("a cluster's address ends with a database")?.0;
                Some(format!("{server}/{name}"))
            }
        };
        match software {
            Software::Trellis(program) => {
                let mut arguments: Vec<String> = vec!["serve".into(), "--server-name".into(), "localhost".into()];
                arguments.extend(["--listen".into(), format!("127.0.0.1:{port}")]);
                arguments.extend(["--data-dir".into(), directory.to_string_lossy().into_owned()]);
                arguments.extend(["--registration".into(), "open".into(), "--no-rate-limits".into()]);
                let durability = match &database {
                    None => "WAL, synchronous=FULL: an answer means that the disk has it",
                    Some(_) => "fsync and synchronous_commit on: an answer means that the disk has it",
                };
                arguments.extend(database.into_iter().flat_map(|url| ["--database".into(), url]));
                Ok(Self { directory, port, program: program.clone(), arguments, durability })
            }
            Software::Synapse(python) => {
                let config = configure_synapse(python, &directory, port, database.as_deref()).await?;
                let arguments = vec!["-m".into(), "synapse.app.homeserver".into(), "--config-path".into(), config];
                let durability = match &database {
                    None => "its defaults (SQLite's own: rollback journal, synchronous=FULL)",
                    Some(_) => "fsync on; Synapse itself sets synchronous_commit off",
                };
                Ok(Self { directory, port, program: python.clone(), arguments, durability })
            }
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn durability(&self) -> &'static str {
        self.durability
    }

    /// Starts it, and says in milliseconds how long it took to answer.
    pub(crate) async fn start(&self) -> anyhow::Result<(Process, f64)> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.directory);
        Process::start(command, &self.directory.join("output.log"), &self.url()).await
    }
}

/// Synapse's configuration as it generates it, with open registration and without rate limits. Answers its path.
async fn configure_synapse(
    python: &Path,
    directory: &Path,
    port: u16,
    database: Option<&str>,
) -> anyhow::Result<String> {
    let config = directory.join("homeserver.yaml").to_string_lossy().into_owned();
    let generated = Command::new(python)
        .args(["-m", "synapse.app.homeserver", "--server-name", "localhost", "--config-path", &config])
        .args(["--generate-config", "--report-stats=no"])
        .current_dir(directory)
        .output()
        .await?;
    anyhow::ensure!(generated.status.success(), "Synapse could not be configured");
    let mut text = std::fs::read_to_string(&config)?.replace("port: 8008", &format!("port: {port}"));
    if let Some(url) = database {
        let sqlite = text.find("database:\n").context("the configuration names a database")?;
        let end = text[sqlite..].find("\nlog_config").context("the database is followed by the log")? + sqlite;
        text.replace_range(
            sqlite..end,
            &format!("database:\n  name: psycopg2\n  args: {{ dsn: \"{url}\", cp_min: 5, cp_max: 10 }}"),
        );
    }
    text.push_str("\nenable_registration: true\nenable_registration_without_verification: true\nbcrypt_rounds: 4\n");
    let free = "{ per_second: 100000, burst_count: 100000 }";
    for limit in ["rc_message", "rc_registration", "rc_joins_per_room", "rc_room_creation"] {
        text.push_str(&format!("{limit}: {free}\n"));
    }
    text.push_str(&format!("rc_joins: {{ local: {free} }}\nrc_login: {{ address: {free}, account: {free} }}\n"));
    text.push_str(&format!("rc_invites: {{ per_room: {free}, per_user: {free}, per_issuer: {free} }}\n"));
    std::fs::write(&config, text)?;
    Ok(config)
}
