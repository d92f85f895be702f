//! What becomes of rooms and messages that nobody wants any longer: rooms that every user here has
//! forgotten are removed, and messages that are older than their room keeps them.
//!
//! It goes in small steps, each a transaction of its own, so that nobody waits long; one that is interrupted
//! goes on where it was.

pub(super) mod purge;
mod retention;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Rooms;
use crate::{
    Result,
    storage::{WriteKey, args},
};

/// How often it is done if nobody asks for it.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// How long a walk through a space may be gone on with.
const WALKS_KEPT: i64 = 24 * 60 * 60 * 1000;

/// Rows removed in one transaction.
const STEP: i64 = 500;

impl Rooms {
    /// Cleans from time to time, and whenever a room was forgotten by all, until the server stops.
    pub fn start_cleaning(&self, shutdown: CancellationToken) {
        let rooms = self.clone();
        tokio::spawn(shutdown.run_until_cancelled_owned(async move {
            let mut interval = tokio::time::interval(INTERVAL);
            loop {
                let is_due = tokio::select! {
                    _ = interval.tick() => true,
                    () = rooms.0.forgotten.notified() => false,
                };
                if let Err(error) = rooms.purge_forgotten().await {
                    tracing::warn!(?error, "forgotten rooms could not be removed");
                }
                if is_due && let Err(error) = rooms.clean().await {
                    tracing::warn!(?error, "rooms could not be cleaned");
                }
            }
        }));
    }

    /// Removes what is kept for a time only.
    async fn clean(&self) -> Result<()> {
        self.expire_messages().await?;
        let oldest = self.environment().now_millis() - WALKS_KEPT;
        self.storage()
            .write(WriteKey::Server("hierarchy_walks"), move |transaction| {
                Box::pin(async move {
                    transaction.execute("DELETE FROM hierarchy_walks WHERE created_at < $1", args![oldest]).await?;
                    Ok(())
                })
            })
            .await
    }
}
