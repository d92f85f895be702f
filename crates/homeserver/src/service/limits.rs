//! How often something may be asked, per process and approximately: a bucket that holds a burst and
//! fills again with time.
//!
//! Nothing here is stored: a restart forgives.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{MatrixError, Result};

/// More buckets than this, and those that are full again are forgotten.
const MANY: usize = 10_000;

/// What is counted; the key says whose count it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A password tried for an account.
    PasswordOfAccount,
    /// A password tried from an address.
    PasswordFromAddress,
    /// A registration from an address.
    Registration,
    /// A look whether something exists, which must not become a list of everything.
    Probe,
    /// An event a user sends.
    Event,
    /// A request of a device, of those that the specification limits.
    RequestOfDevice,
    /// The same of all devices of a user together.
    RequestOfUser,
    /// The same from an address, of someone who is not logged in.
    RequestFromAddress,
    /// A search through what was said, or for people.
    Search,
}

impl Action {
    /// How many at once, and how long until one more.
    const fn allowance(self) -> (u32, Duration) {
        match self {
            Self::PasswordOfAccount => (10, Duration::from_secs(10)),
            Self::PasswordFromAddress => (30, Duration::from_secs(3)),
            Self::Registration => (10, Duration::from_secs(30)),
            Self::Probe => (30, Duration::from_secs(1)),
            Self::Event => (200, Duration::from_millis(100)),
            Self::RequestOfDevice => (500, Duration::from_millis(20)),
            Self::RequestOfUser => (2000, Duration::from_millis(5)),
            Self::RequestFromAddress => (200, Duration::from_millis(50)),
            Self::Search => (20, Duration::from_secs(1)),
        }
    }
}

/// The counts of this process.
#[derive(Clone, Debug)]
pub struct Limits(Option<Arc<Mutex<Buckets>>>);

type Buckets = HashMap<(Action, String), Bucket>;

/// When the bucket will be full, from which follows how full it is.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Instant,
}

impl Limits {
    /// Limits, or none at all.
    pub fn new(enabled: bool) -> Self {
        Self(enabled.then(Arc::default))
    }

    /// Counts one, or refuses it and says when to try again.
    pub fn take(&self, action: Action, key: impl Into<String>) -> Result<()> {
        self.take_at(Instant::now(), action, key.into())
    }

    fn take_at(&self, now: Instant, action: Action, key: String) -> Result<()> {
        let Some(buckets) = &self.0 else { return Ok(()) };
        let (burst, each) = action.allowance();
        let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MANY {
            buckets.retain(|_, bucket| bucket.full_at > now);
        }
        let bucket = buckets.entry((action, key)).or_insert(Bucket { full_at: now });
        let full_at = bucket.full_at.max(now) + each;
        let excess = full_at.saturating_duration_since(now + each * burst);
        if excess > Duration::ZERO {
            return Err(MatrixError::limit_exceeded(excess));
        }
        bucket.full_at = full_at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Action, Limits};

    #[test]
    fn a_burst_is_let_through_and_then_one_at_a_time() {
        let limits = Limits::new(true);
        let now = Instant::now();
        let take = |at| limits.take_at(at, Action::PasswordOfAccount, "@a:x".to_owned()).is_ok();

        assert_eq!((0..12).filter(|_| take(now)).count(), 10);
        assert!(take(now + Duration::from_secs(10)));
        assert!(!take(now + Duration::from_secs(10)));
    }

    #[test]
    fn each_key_has_its_own_count() {
        let limits = Limits::new(true);
        let now = Instant::now();
        for _ in 0..10 {
            let _first = limits.take_at(now, Action::PasswordOfAccount, "@a:x".to_owned());
        }
        assert!(limits.take_at(now, Action::PasswordOfAccount, "@b:x".to_owned()).is_ok());
    }
}
