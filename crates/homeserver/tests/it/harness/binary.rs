//! The homeserver as a process of its own, to be killed, or to be kept from its disk or database.

use std::{
    ffi::OsString,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

use super::{
    Engine, PATIENCE, TestClient,
    postgres::{ScratchDatabase, free_port},
    scratch::Scratch,
};

/// The real binary on data of its own.
pub(crate) struct Binary {
    address: SocketAddr,
    process: Child,
    database: Option<ScratchDatabase>,
    scratch: Scratch,
    /// A command that runs the binary, whose path and arguments follow.
    wrapper: Vec<OsString>,
    log: Arc<Mutex<String>>,
}

impl Binary {
    /// Starts the server and waits until it answers.
    pub(crate) async fn start(engine: Engine) -> Self {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(ScratchDatabase::create().await),
        };
        Self::start_on(database, |_| Vec::new()).await
    }

    /// The same on this database, or SQLite, by the command that `wrap` makes of the data directory.
    pub(crate) async fn start_on(database: Option<ScratchDatabase>, wrap: impl FnOnce(&Path) -> Vec<OsString>) -> Self {
        let scratch = Scratch::new();
        let wrapper = wrap(scratch.path());
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let log = Arc::default();
        let process = spawn(address, &scratch, database.as_ref(), &wrapper, &log);
        let this = Self { address, process, database, scratch, wrapper, log };
        this.ready().await;
        this
    }

    /// A client that has not logged in.
    pub(crate) fn client(&self) -> TestClient {
        TestClient::new(format!("http://{}", self.address))
    }

    /// The number of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The directory of its data, as it sees it.
    pub(crate) fn data(&self) -> PathBuf {
        self.scratch.path().to_owned()
    }

    /// What it has told its administrator so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// `SIGKILL`: the process does nothing more, from one instruction to the next.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts the server again on the same data and address, and waits until it answers.
    pub(crate) async fn restart(&mut self) {
        self.process = spawn(self.address, &self.scratch, self.database.as_ref(), &self.wrapper, &self.log);
        self.ready().await;
    }

    /// Ends the server and removes its data.
    pub(crate) async fn end(mut self) {
        self.kill();
        if let Some(database) = self.database.take() {
            database.remove().await;
        }
    }

    async fn ready(&self) {
        let answers = async {
            while tokio::net::TcpStream::connect(self.address).await.is_err() {
                tokio::task::yield_now().await;
            }
            let client = self.client();
            client.raw(reqwest::Method::GET, "/_matrix/client/versions", None).await.ok()
        };
        tokio::time::timeout(PATIENCE, answers).await.expect("the server starts in time");
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn spawn(
    address: SocketAddr,
    scratch: &Scratch,
    database: Option<&ScratchDatabase>,
    wrapper: &[OsString],
    log: &Arc<Mutex<String>>,
) -> Child {
    let binary = OsString::from(env!("CARGO_BIN_EXE_trellis-homeserver"));
    let mut line = wrapper.iter().chain([&binary]);
    let mut command = Command::new(line.next().unwrap());
    command
        .args(line)
        .args(["serve", "--server-name", "trellis.test", "--registration", "open", "--no-rate-limits"])
        .args(["--log", "warn", "--listen", &address.to_string(), "--data-dir"])
        .arg(scratch.path());
    if let Some(database) = database {
        command.args(["--database", &database.url]);
    }
    let mut process = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (stderr, log) = (process.stderr.take().unwrap(), log.clone());
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            eprintln!("{line}");
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
    process
}
