//! The homeserver as a process of its own, to be killed.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
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
}

impl Binary {
    /// Starts the server and waits until it answers.
    pub(crate) async fn start(engine: Engine) -> Self {
        let scratch = Scratch::new();
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(ScratchDatabase::create().await),
        };
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let process = spawn(address, &scratch, database.as_ref());
        let this = Self { address, process, database, scratch };
        this.ready().await;
        this
    }

    /// A client that has not logged in.
    pub(crate) fn client(&self) -> TestClient {
        TestClient::new(format!("http://{}", self.address))
    }

    /// `SIGKILL`: the process does nothing more, from one instruction to the next.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts the server again on the same data and address, and waits until it answers.
    pub(crate) async fn restart(&mut self) {
        self.process = spawn(self.address, &self.scratch, self.database.as_ref());
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

fn spawn(address: SocketAddr, scratch: &Scratch, database: Option<&ScratchDatabase>) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trellis-homeserver"));
    command
        .args(["serve", "--server-name", "trellis.test", "--registration", "open", "--no-rate-limits"])
        .args(["--log", "warn", "--listen", &address.to_string(), "--data-dir"])
        .arg(scratch.path());
    if let Some(database) = database {
        command.args(["--database", &database.url]);
    }
    command.stdin(Stdio::null()).spawn().unwrap()
}
