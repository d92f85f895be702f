//! The homeserver, on a runtime of its own, so that it can be ended as abruptly as a process.

use std::{
    cell::RefCell,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::{net::TcpListener, runtime::Runtime};
use tokio_util::sync::CancellationToken;
use trellis_homeserver::{Config, Registration};

/// A homeserver with data of its own.
pub(crate) struct Server {
    config: Config,
    address: SocketAddr,
    runtime: RefCell<Option<Runtime>>,
    directory: PathBuf,
}

impl Server {
    pub(super) fn start(configure: impl FnOnce(&mut Config)) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("trellis-journey-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let mut config = Config::new("trellis.test".parse().unwrap(), &directory);
        config.registration = Registration::Open;
        config.rate_limits = false;
        configure(&mut config);
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let mut server = Self { config, address, runtime: RefCell::default(), directory };
        server.address = server.run();
        server
    }

    fn run(&self) -> SocketAddr {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on_in_thread(TcpListener::bind(self.address));
        let address = listener.local_addr().unwrap();
        runtime.spawn(trellis_homeserver::run(self.config.clone(), vec![listener], CancellationToken::new()));
        self.runtime.replace(Some(runtime));
        address
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything the server has stored.
    pub(crate) fn files(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut directories = vec![self.directory.clone()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    bytes.extend(std::fs::read(path).unwrap());
                }
            }
        }
        bytes
    }

    /// Ends the server in the middle of whatever it does, and starts it again on the same data.
    pub(crate) fn kill_and_restart(&self) {
        if let Some(runtime) = self.runtime.take() {
            // In a thread: a runtime may not end within another.
            std::thread::spawn(move || runtime.shutdown_timeout(std::time::Duration::from_secs(5))).join().unwrap();
        }
        self.run();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

trait BlockOnInThread {
    fn block_on_in_thread<F>(&self, future: F) -> TcpListener
    where
        F: Future<Output = std::io::Result<TcpListener>> + Send;
}

impl BlockOnInThread for Runtime {
    /// The journey's own runtime is running on this thread already.
    fn block_on_in_thread<F>(&self, future: F) -> TcpListener
    where
        F: Future<Output = std::io::Result<TcpListener>> + Send,
    {
        std::thread::scope(|scope| scope.spawn(|| self.block_on(future)).join().unwrap().unwrap())
    }
}
