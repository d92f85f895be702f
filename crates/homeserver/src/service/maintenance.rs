//! What has to be done from time to time so that the database does not grow without bound.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{
    environment::Environment,
    storage::{Storage, StorageError, WriteKey, args},
};

/// How often it is done.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// How long a request may be repeated without being done twice: clients keep what they could not
/// send, and may have been offline for long.
const REQUESTS_KEPT: Duration = Duration::from_secs(60 * 60 * 24 * 30);

/// Does it every hour until the server stops.
pub(super) fn start(storage: Storage, environment: Environment, shutdown: CancellationToken) {
    tokio::spawn(shutdown.run_until_cancelled_owned(async move {
        let mut interval = tokio::time::interval(INTERVAL);
        loop {
            interval.tick().await;
            if let Err(error) = clean(&storage, &environment).await {
                tracing::warn!(?error, "the database could not be cleaned");
            }
        }
    }));
}

/// Forgets requests that nobody will repeat, and gives free space back.
async fn clean(storage: &Storage, environment: &Environment) -> Result<(), StorageError> {
    let kept = i64::try_from(REQUESTS_KEPT.as_millis()).unwrap_or(i64::MAX);
    let oldest = environment.now_millis().saturating_sub(kept);
    storage
        .write(WriteKey::Server("maintenance"), move |transaction| {
            Box::pin(async move {
                transaction.execute("DELETE FROM transactions WHERE created_at < $1", args![oldest]).await
            })
        })
        .await?;
    storage.reclaim().await
}

#[cfg(test)]
mod tests;
