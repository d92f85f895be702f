//! A scratch cluster of PostgreSQL for the run, and a database in it for each test.
//!
//! `TRELLIS_TEST_POSTGRES=postgres://…` names a cluster that is there already; its user must be
//! allowed to create databases.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

use reqwest::Url;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::scratch::unique;

/// Keeps a cluster: started with its port, the directory of PostgreSQL's programs and `on` or `off` for
/// `synchronous_commit`, it says `ready` and serves until its standard input closes, which happens however the tests
/// end. Told `stop` there it stops the server at once, as a crash does, and says `stopped`; `start` is the reverse.
const KEEPER: &str = r#"
dir=$(mktemp -d "${TMPDIR:-/tmp}/trellis-postgres-XXXXXX") || exit 1
stop() { [ -n "$server" ] && kill -"$1" "$server" && wait "$server"; server=; }
start() {
    "$2/postgres" -D "$dir/data" -p "$1" -h 127.0.0.1 -k "$dir" -c fsync=off -c synchronous_commit="$3" \
        -c full_page_writes=off -c max_connections=300 >>"$dir/log" 2>&1 </dev/null &
    server=$!
    until "$2/pg_isready" -q -h 127.0.0.1 -p "$1"; do
        kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
        sleep 0.05
    done
    echo ready
}
trap 'stop INT; rm -rf "$dir"' EXIT
"$2/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
start "$@"
while read -r word; do
    case "$word" in
        stop) stop QUIT; echo stopped ;;
        start) start "$@" ;;
    esac
done
"#;

struct Cluster {
    url: String,
    /// Its standard input closes when this process ends, and with it the cluster.
    _keeper: Option<Keeper>,
}

/// The process that keeps a cluster.
struct Keeper {
    process: Child,
    says: BufReader<ChildStdout>,
}

impl Keeper {
    fn expect(&mut self, word: &str) {
        let mut line = String::new();
        self.says.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), word, "PostgreSQL did not do as it was told; its log is above");
    }

    fn tell(&mut self, word: &str, expected: &str) {
        writeln!(self.process.stdin.as_mut().unwrap(), "{word}").unwrap();
        self.expect(expected);
    }
}

/// A cluster of one test's own, which it may stop.
pub(crate) struct OwnCluster {
    url: String,
    keeper: Keeper,
}

impl OwnCluster {
    pub(crate) fn start() -> Self {
        // What this one acknowledges is asserted to be there after a crash of the server.
        let (url, keeper) = start("on");
        Self { url, keeper }
    }

    pub(crate) async fn database(&self) -> ScratchDatabase {
        ScratchDatabase::create_in(&self.url).await
    }

    /// Ends the server without giving it time for anything.
    pub(crate) fn stop(&mut self) {
        self.keeper.tell("stop", "stopped");
    }

    /// Starts it again on the same data and port, and waits until it is ready.
    pub(crate) fn start_again(&mut self) {
        self.keeper.tell("start", "ready");
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        drop(self.keeper.process.stdin.take());
        drop(self.keeper.process.wait());
    }
}

/// A database of its own.
#[derive(Debug)]
pub(crate) struct ScratchDatabase {
    name: String,
    cluster: String,
    pub(crate) url: String,
}

impl ScratchDatabase {
    pub(crate) async fn create() -> Self {
        Self::create_in(&cluster().url).await
    }

    async fn create_in(cluster: &str) -> Self {
        let name = unique("trellis").replace('-', "_");
        let mut admin = PgConnection::connect(cluster).await.unwrap();
        let create = format!("CREATE DATABASE {name}");
        admin.execute(AssertSqlSafe(create)).await.unwrap();
        let mut url = Url::parse(cluster).unwrap();
        url.set_path(&name);
        Self { name, cluster: cluster.to_owned(), url: url.into() }
    }

    /// Gives the space back; the cluster would do it at the end of the run.
    pub(crate) async fn remove(self) {
        let mut admin = PgConnection::connect(&self.cluster).await.unwrap();
        let remove = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        admin.execute(AssertSqlSafe(remove)).await.unwrap();
    }
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| match std::env::var("TRELLIS_TEST_POSTGRES") {
        Ok(url) => Cluster { url, _keeper: None },
        Err(_) => {
            let (url, keeper) = start("off");
            Cluster { url, _keeper: Some(keeper) }
        }
    })
}

fn start(synchronous_commit: &str) -> (String, Keeper) {
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
        .arg(synchronous_commit)
        .current_dir("/")
        // An interrupt at the terminal is for the tests; the keeper cleans up after them.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let says = BufReader::new(keeper.stdout.take().unwrap());
    let mut keeper = Keeper { process: keeper, says };
    keeper.expect("ready");
    (format!("postgres://postgres@127.0.0.1:{port}/postgres"), keeper)
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
