//! The sync loop: asks the homeserver what is new, for ever.
//!
//! [`GET /sync`](https://spec.matrix.org/v1.18/client-server-api/#get_matrixclientv3sync). What a response holds is
//! stored by [`response`]; here is when to ask, and what to do when there is no answer.

mod response;

use std::{rc::Rc, time::Duration};

use http::StatusCode;
use ruma::api::client::{
    filter::{FilterDefinition, LazyLoadOptions, RoomEventFilter},
    sync::sync_events,
};
use trellis_model::protocol::{Refusal, SyncStatus};

use crate::{
    backoff::{self, Backoff},
    core::Core,
    discovery, keys,
    port::{Crypto, StoreError},
    request::{REQUEST_TIMEOUT, RequestError, Retry, SLOW_REQUEST_TIMEOUT, milliseconds},
    sender,
};

/// How long the homeserver may hold a request while nothing happens.
const LONG_POLL: Duration = Duration::from_secs(30);

/// How many events of a room's timeline a response brings at most: a screenful, the rest is paginated.
const TIMELINE_LIMIT: u32 = 20;

/// Why a round of synchronisation did not come to its end.
#[derive(Debug)]
pub(crate) enum SyncError {
    Request(RequestError),
    Store(StoreError),
    /// The cache cannot be continued: it is damaged, or the homeserver does not know our position.
    Resync,
}

impl From<RequestError> for SyncError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<StoreError> for SyncError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreadable { .. } => Self::Resync,
            error => Self::Store(error),
        }
    }
}

/// Synchronises until it is dropped.
pub(crate) async fn run(core: Rc<Core>) {
    let mut network = core.network.listen();
    let mut backoff = Backoff::default();
    // Whether the last answer left nothing to catch up with.
    let mut live = false;
    // Whether what waits to be sent is missing in the timelines: the cache was cleared.
    let mut resynced = core.position.borrow().is_none();
    if core.position.borrow().is_some() {
        core.set_status(SyncStatus::Cached);
    }
    let machine = core.keys.machine().await;
    let mut knows_versions = false;
    let mut is_known = false;
    loop {
        core.session_valid.opened().await;
        if !knows_versions {
            // Without an answer the paths of the default are good enough to go on.
            knows_versions = discovery::load_versions(&core.homeserver).await.is_ok();
        }
        if !is_known {
            // Nobody should meet this device before its keys are there to write to it.
            is_known = keys::pump(&core, &*machine).await.is_ok();
        }
        match round(&core, &*machine, live).await {
            Ok(()) => {
                backoff.reset();
                if resynced {
                    resynced = false;
                    if let Err(error) = sender::show_again(&core).await {
                        tracing::error!(%error, "what waits to be sent cannot be shown again");
                    }
                }
                live = true;
                core.set_status(SyncStatus::Live);
                core.reachable.ring();
            }
            Err(SyncError::Resync) => {
                tracing::warn!("the cache cannot be continued, synchronising from the beginning");
                live = false;
                resynced = true;
                if let Err(error) = core.clear_cache().await {
                    tracing::error!(%error, "the cache cannot be cleared");
                    core.set_status(SyncStatus::Error(crate::sign_in::store_refusal(error)));
                    backoff::wait(&*core.clock, backoff.next(&*core.random), &mut network).await;
                }
            }
            Err(SyncError::Store(error)) => {
                live = false;
                core.set_status(SyncStatus::Error(crate::sign_in::store_refusal(error)));
                backoff::wait(&*core.clock, backoff.next(&*core.random), &mut network).await;
            }
            Err(SyncError::Request(error)) => {
                live = false;
                let delay = match error.retry() {
                    Retry::AfterLogin => {
                        core.session_ended(&error).await;
                        continue;
                    }
                    Retry::After(delay) => delay,
                    Retry::Backoff | Retry::Never => backoff.next(&*core.random),
                };
                core.set_status(failure(error, delay));
                backoff::wait(&*core.clock, delay, &mut network).await;
            }
        }
    }
}

/// One request and the storing of its answer.
async fn round(core: &Core, machine: &dyn Crypto, live: bool) -> Result<(), SyncError> {
    let since = core.position.borrow().as_ref().map(|position| position.token.clone());
    let limit = match (&since, live) {
        (None, _) => SLOW_REQUEST_TIMEOUT,
        (Some(_), true) => LONG_POLL + REQUEST_TIMEOUT,
        (Some(_), false) => REQUEST_TIMEOUT,
    };
    let mut request = sync_events::v3::Request::new();
    request.since = since;
    request.filter = Some(filter().into());
    request.timeout = live.then_some(LONG_POLL);
    let continues = request.since.is_some();
    let response = match core.homeserver.send_raw(request, limit).await {
        // `M_UNKNOWN_POS`, or older words for a position the homeserver does not know.
        Err(RequestError::Refused(error)) if continues && error.status == StatusCode::BAD_REQUEST => {
            return Err(SyncError::Resync);
        }
        response => response?,
    };
    if !live {
        core.set_status(SyncStatus::Syncing);
    }
    response::store(core, machine, response.body()).await
}

/// Members come with the events they sent; all others when a member list is opened.
fn filter() -> FilterDefinition {
    let lazy = LazyLoadOptions::Enabled { include_redundant_members: false };
    let mut filter = FilterDefinition::default();
    filter.room.timeline.limit = Some(TIMELINE_LIMIT.into());
    filter.room.timeline.lazy_load_options = lazy;
    filter.room.state = RoomEventFilter::default();
    filter.room.state.lazy_load_options = lazy;
    filter
}

fn failure(error: RequestError, delay: Duration) -> SyncStatus {
    match error {
        RequestError::Refused(_) | RequestError::Invalid(_) => SyncStatus::Error(Refusal::from(error)),
        _ => SyncStatus::Offline { retry_in: Some(milliseconds(delay)) },
    }
}
