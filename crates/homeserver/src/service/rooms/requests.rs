//! Keeps a request that is repeated while it is under way from being done twice at once.
//!
//! The database settles what was done before; but finding out there costs the events that were built
//! on the second one their place, so the second waits here first.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use ruma::OwnedEventId;
use tokio::sync::OwnedMutexGuard;

use super::template::RequestKey;
use crate::{
    MatrixError, Result,
    storage::{Connection, args},
};

/// The requests under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests(Arc<Mutex<HashMap<RequestKey, Arc<tokio::sync::Mutex<()>>>>>);

/// Held while a request is done.
#[derive(Debug)]
pub(super) struct Turn {
    requests: Requests,
    key: RequestKey,
    guard: Option<OwnedMutexGuard<()>>,
    /// Someone did the same request meanwhile.
    pub(super) waited: bool,
}

impl Requests {
    /// Waits until nobody else does the request.
    pub(super) async fn turn(&self, key: &RequestKey) -> Turn {
        let mutex = {
            let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            requests.entry(key.clone()).or_default().clone()
        };
        let (guard, waited) = match mutex.clone().try_lock_owned() {
            Ok(guard) => (guard, false),
            Err(_) => (mutex.lock_owned().await, true),
        };
        Turn { requests: self.clone(), key: key.clone(), guard: Some(guard), waited }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut requests = self.requests.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        // One is the map's own: nobody waits.
        if requests.get(&self.key).is_some_and(|mutex| Arc::strong_count(mutex) == 1) {
            requests.remove(&self.key);
        }
    }
}

/// The event the request made, if it was done before.
pub(super) async fn made_before(connection: &mut Connection, key: &RequestKey) -> Result<Option<OwnedEventId>> {
    let row = connection
        .fetch_optional(
            "SELECT response FROM transactions WHERE user_id = $1 AND device_id = $2 AND path = $3",
            args![&key.user_id, &key.device_id, &key.path],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let event_id = String::from_utf8(row.get(0)?).map_err(MatrixError::internal)?;
    Ok(Some(event_id.try_into().map_err(MatrixError::internal)?))
}
