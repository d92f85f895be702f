//! The homeserver, in this process, on a socket of its own.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{net::TcpListener, sync::Mutex, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use trellis_homeserver::{Config, Registration, StartError};

use super::{PATIENCE, TestClient, postgres::ScratchDatabase, scratch::Scratch};

/// The database under a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A running homeserver with data of its own.
pub(crate) struct TestServer {
    pub(crate) config: Config,
    address: SocketAddr,
    running: Mutex<Option<Running>>,
    database: Option<ScratchDatabase>,
    _scratch: Scratch,
}

struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), StartError>>,
}

/// Runs one behaviour on one engine.
pub(crate) fn run(engine: Engine, behaviour: impl AsyncFnOnce(&TestServer)) {
    run_with(engine, |_| {}, behaviour);
}

/// The same on a server that is configured otherwise.
pub(crate) fn run_with(engine: Engine, configure: impl FnOnce(&mut Config), behaviour: impl AsyncFnOnce(&TestServer)) {
    log();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut server = TestServer::prepare(engine).await;
        configure(&mut server.config);
        server.start().await;
        behaviour(&server).await;
        server.end().await;
    });
}

/// Shows what the server says to its administrator beside a test that fails; `TRELLIS_LOG` asks for
/// more.
fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("TRELLIS_LOG");
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    // Every test asks for it; the first one wins.
    drop(tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init());
}

/// A server beside another one, on the same data.
pub(crate) struct Beside {
    address: SocketAddr,
    running: Running,
}

impl Beside {
    /// The client of an account, sending its requests here.
    pub(crate) fn client(&self, of: &TestClient) -> TestClient {
        of.clone().at(format!("http://{}", self.address))
    }

    pub(crate) async fn stop(self) {
        self.running.shutdown.cancel();
        let ended = tokio::time::timeout(PATIENCE, self.running.task).await;
        ended.expect("the server stops in time").unwrap().unwrap();
    }
}

impl TestServer {
    async fn prepare(engine: Engine) -> Self {
        let scratch = Scratch::new();
        let mut config = Config::new("trellis.test".parse().unwrap(), scratch.path());
        config.registration = Registration::Open;
        config.rate_limits = false;
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(ScratchDatabase::create().await),
        };
        if let Some(database) = &database {
            config.database = database.url.clone().into();
        }
        Self {
            config,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            running: Mutex::default(),
            database,
            _scratch: scratch,
        }
    }

    async fn start(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        self.serve(listener).await;
    }

    async fn serve(&self, listener: TcpListener) {
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(trellis_homeserver::run(self.config.clone(), vec![listener], shutdown.clone()));
        *self.running.lock().await = Some(Running { shutdown, task });
    }

    /// Tells the server to stop, without waiting for it.
    pub(crate) async fn begin_stop(&self) {
        if let Some(running) = &*self.running.lock().await {
            running.shutdown.cancel();
        }
    }

    /// Stops the server as `SIGTERM` does, and waits until it has.
    pub(crate) async fn stop(&self) {
        if let Some(running) = self.running.lock().await.take() {
            running.shutdown.cancel();
            let ended = tokio::time::timeout(PATIENCE, running.task).await;
            ended.expect("the server stops in time").unwrap().unwrap();
        }
    }

    /// Stops the server and starts it again on the same data and address.
    pub(crate) async fn restart(&self) {
        self.stop().await;
        self.serve(TcpListener::bind(self.address).await.unwrap()).await;
    }

    /// Another process of the same server, as far as the database can tell.
    pub(crate) async fn beside(&self) -> Beside {
        self.on(self.config.clone()).await
    }

    /// The server as it would be if it was configured otherwise.
    pub(crate) async fn on(&self, config: Config) -> Beside {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(trellis_homeserver::run(config, vec![listener], shutdown.clone()));
        Beside { address, running: Running { shutdown, task } }
    }

    async fn end(self) {
        self.stop().await;
        if let Some(database) = self.database {
            database.remove().await;
        }
    }

    /// Where the server answers, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that has not logged in.
    pub(crate) fn stranger(&self) -> TestClient {
        TestClient::new(self.url())
    }

    /// Registers an account of this localpart and is logged in to it.
    pub(crate) async fn register(&self, localpart: &str) -> TestClient {
        self.stranger().register(localpart).await
    }

    /// Logs in to an account that [`register`](Self::register) made, from another device.
    pub(crate) async fn log_in(&self, localpart: &str) -> TestClient {
        self.stranger().log_in(localpart).await
    }
}
