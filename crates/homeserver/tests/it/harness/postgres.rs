//! A scratch cluster of PostgreSQL for the run, and a database in it for each test.
//!
//! `TRELLIS_TEST_POSTGRES=postgres://…` names a cluster that is there already; its user must be
//! allowed to create databases.

use std::{
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use reqwest::Url;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::scratch::unique;

/// Keeps the cluster: started with the port as its first argument and the directory of
/// PostgreSQL's programs as its second, it says `ready` and serves until its standard input
/// closes, which happens however the tests end.
const KEEPER: &str = r#"
dir=$(mktemp -d "${TMPDIR:-/tmp}/trellis-postgres-XXXXXX") || exit 1
stop() { [ -n "$server" ] && kill -INT "$server" && wait "$server"; rm -rf "$dir"; }
trap stop EXIT
"$2/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
"$2/postgres" -D "$dir/data" -p "$1" -h 127.0.0.1 -k "$dir" -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c max_connections=300 >>"$dir/log" 2>&1 </dev/null &
server=$!
until "$2/pg_isready" -q -h 127.0.0.1 -p "$1"; do
    kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
    sleep 0.05
done
echo ready
read -r _
"#;

struct Cluster {
    url: String,
    /// Its standard input closes when this process ends, and with it the cluster.
    _keeper: Option<Child>,
}

/// A database of its own.
#[derive(Debug)]
pub(crate) struct ScratchDatabase {
    name: String,
    pub(crate) url: String,
}

impl ScratchDatabase {
    pub(crate) async fn create() -> Self {
        let cluster = cluster();
        let name = unique("trellis").replace('-', "_");
        let mut admin = PgConnection::connect(&cluster.url).await.unwrap();
        let create = format!("CREATE DATABASE {name}");
        admin.execute(AssertSqlSafe(create)).await.unwrap();
        let mut url = Url::parse(&cluster.url).unwrap();
        url.set_path(&name);
        Self { name, url: url.into() }
    }

    /// Gives the space back; the cluster would do it at the end of the run.
    pub(crate) async fn remove(self) {
        let mut admin = PgConnection::connect(&cluster().url).await.unwrap();
        let remove = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        admin.execute(AssertSqlSafe(remove)).await.unwrap();
    }
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| match std::env::var("TRELLIS_TEST_POSTGRES") {
        Ok(url) => Cluster { url, _keeper: None },
        Err(_) => start(),
    })
}

fn start() -> Cluster {
    let programs = programs();
    let port = free_port();
    // PostgreSQL refuses to run as root; Debian's package brings a user for it.
    let mut keeper = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    let mut keeper = keeper
        .args(["-c", KEEPER, "trellis-test-postgres", &port.to_string()])
        .arg(programs)
        .current_dir("/")
        // An interrupt at the terminal is for the tests; the keeper cleans up after them.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = keeper.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n", "PostgreSQL did not start; its log is above");
    Cluster { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), _keeper: Some(keeper) }
}

/// The directory of the newest `initdb`.
fn programs() -> PathBuf {
    let has_initdb = |dir: &PathBuf| dir.join("initdb").is_file();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).filter(has_initdb).collect();
    versions.sort_by_key(|dir| version(dir));
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions
        .pop()
        .or_else(|| std::env::split_paths(&path).find(has_initdb))
        .expect("these tests need PostgreSQL: install Debian's package `postgresql`, or set TRELLIS_TEST_POSTGRES")
}

fn version(dir: &Path) -> Option<u32> {
    dir.parent()?.file_name()?.to_str()?.parse().ok()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
