//! A scratch PostgreSQL cluster for the tests, gone when they end.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;

use crate::{command::run_quietly, system::is_root};

/// A running cluster. Dropping it stops it and removes its files.
pub(crate) struct Cluster {
    binaries: PathBuf,
    directory: PathBuf,
    port: u16,
}

impl Cluster {
    /// Creates a cluster for tests, which need no disk to be waited for, on a free port and starts it.
    pub(crate) fn start() -> anyhow::Result<Self> {
        Self::start_with("-c fsync=off -c max_connections=300")
    }

    /// The same with PostgreSQL's own settings, for what measures it.
    pub(crate) fn start_durable() -> anyhow::Result<Self> {
        Self::start_with("")
    }

    fn start_with(settings: &str) -> anyhow::Result<Self> {
        let binaries = newest_version(Path::new("/usr/lib/postgresql"))?.join("bin");
        let directory = std::env::temp_dir().join(format!("trellis-postgres-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        if is_root() {
            run_quietly(Command::new("chown").arg("postgres").arg(&directory))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let cluster = Self { binaries, directory, port };
        let data = cluster.directory.join("data");
        run_quietly(cluster.as_owner("initdb").arg("-D").arg(&data).args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]))?;
        let options = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {settings}");
        run_quietly(
            cluster
                .as_owner("pg_ctl")
                .arg("-D")
                .arg(&data)
                .args(["-w", "-l"])
                .arg(cluster.directory.join("log"))
                .args(["-o", &options, "start"]),
        )?;
        Ok(cluster)
    }

    /// Where the cluster answers.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// A command of the cluster's owner: the server refuses to run as root.
    fn as_owner(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.directory);
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stopped = run_quietly(self.as_owner("pg_ctl").arg("-D").arg(self.directory.join("data")).args([
            "-m",
            "immediate",
            "stop",
        ]));
        if let Err(error) = stopped.and_then(|()| Ok(fs::remove_dir_all(&self.directory)?)) {
            eprintln!("the scratch PostgreSQL cluster could not be removed: {error:#}");
        }
    }
}

fn newest_version(directory: &Path) -> anyhow::Result<PathBuf> {
    fs::read_dir(directory)
        .with_context(|| format!("{} (Debian's package postgresql) is missing", directory.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .max_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()))
        .context("no version of PostgreSQL is installed")
}
