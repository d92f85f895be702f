//! The Trellis homeserver: `api` parses and answers, `service` holds the rules, `storage` the data.
//!
//! The binary is a thin shell around [`run`]; tests start the same server in their own process.

pub mod api;
pub mod bundle;
pub mod config;
pub mod environment;
pub mod error;
pub mod service;
pub mod storage;

use std::{future::IntoFuture, net::SocketAddr, time::Duration};

use futures::future::try_join_all;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use self::{
    config::{Config, Registration},
    error::{MatrixError, Result},
    service::Services,
};

/// How long requests in flight may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// Why the server did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The network or the file system does not let us.
    #[error("cannot start the server")]
    Io(#[from] std::io::Error),
    /// The database cannot be opened, or is not for this version.
    #[error("cannot open the database")]
    Storage(#[from] storage::StorageError),
}

/// Runs the server on listeners that are bound already, until `shutdown` is cancelled; then answers
/// what is in flight and returns.
pub async fn run(config: Config, listeners: Vec<TcpListener>, shutdown: CancellationToken) -> Result<(), StartError> {
    let services = Services::open(config, shutdown).await?;
    services.start_background().await?;
    serve(services, listeners).await
}

/// Serves the API of services that are open already.
pub async fn serve(services: Services, listeners: Vec<TcpListener>) -> Result<(), StartError> {
    let shutdown = services.shutdown.clone();
    let app = api::router(services).into_make_service_with_connect_info::<SocketAddr>();
    let servers = listeners.into_iter().map(|listener| {
        let stop = shutdown.clone().cancelled_owned();
        axum::serve(listener, app.clone()).with_graceful_shutdown(stop).into_future()
    });
    let drained = async {
        shutdown.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = try_join_all(servers) => result.map(drop).map_err(StartError::from),
        () = drained => {
            tracing::warn!("some requests did not end in time");
            Ok(())
        }
    }
}
