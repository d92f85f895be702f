//! How long to wait before the next try: longer with every failure, never two clients in step.

use std::{pin::pin, time::Duration};

use futures::future::select;

use crate::{
    bell::Listener,
    port::{Clock, Random},
};

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Something worked: the next failure counts as the first.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The wait after one more failure: doubled each time, between half of it and all of it.
    pub(crate) fn next(&mut self, random: &dyn Random) -> Duration {
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures += 1;
        let mut byte = [0];
        random.fill(&mut byte);
        ceiling / 2 + ceiling.mul_f64(f64::from(byte[0]) / 512.0)
    }
}

/// Waits, or less: until the bell rings.
pub(crate) async fn wait(clock: &dyn Clock, duration: Duration, cut_short: &mut Listener) {
    select(pin!(clock.sleep(duration)), pin!(cut_short.heard())).await;
}
