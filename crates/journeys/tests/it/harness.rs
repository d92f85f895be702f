//! What the journeys stand on: a homeserver, a network that can be cut, people.

mod network;
mod page;
mod person;
mod ports;
mod server;

use std::time::Duration;

pub(crate) use self::{
    network::Network,
    page::{Page, Timeline},
    person::{Device, HEADER, PASSWORD, Person, TIMELINE, sign_in},
    ports::{Disk, Interference, TestFile},
    server::Server,
};

/// How long what has to come may take. A journey that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Runs a journey: a fresh homeserver behind a network of its own.
pub(crate) fn journey(steps: impl AsyncFnOnce(&Network)) {
    journey_on(|_| {}, steps);
}

/// The same on a homeserver that is configured otherwise.
pub(crate) fn journey_on(configure: impl FnOnce(&mut trellis_homeserver::Config), steps: impl AsyncFnOnce(&Network)) {
    drop(tracing_subscriber::fmt().with_env_filter(filter()).with_test_writer().try_init());
    let server = Server::start(configure);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let network = Network::start(server.into()).await;
        steps(&network).await;
    });
}

fn filter() -> tracing_subscriber::EnvFilter {
    tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into())
}
