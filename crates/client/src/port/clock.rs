//! Time.

use std::time::Duration;

use async_trait::async_trait;
use ruma::MilliSecondsSinceUnixEpoch;

/// The time of day, and waiting.
#[async_trait(?Send)]
pub trait Clock {
    /// The wall clock, for events' timestamps.
    fn now(&self) -> MilliSecondsSinceUnixEpoch;

    /// Time since some fixed moment; never goes back, for intervals.
    fn elapsed(&self) -> Duration;

    /// Waits. Dropping the future ends the wait.
    async fn sleep(&self, duration: Duration);
}
