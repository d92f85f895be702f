//! The names under which pages and workers meet. All carry the account, so that accounts never share anything.

use trellis_model::protocol::AccountKey;

/// Whose core a worker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The core that discovers homeservers, logs in and registers.
    SignIn,
    Account(AccountKey),
}

impl Identity {
    /// The part of a name that stands for the identity.
    fn segment(&self) -> &str {
        match self {
            Self::SignIn => "sign-in",
            Self::Account(AccountKey(key)) => key,
        }
    }

    /// The name of the SharedWorker, which tells it who it is.
    pub fn worker(&self, build: &str) -> String {
        format!("trellis/{}/{build}", self.segment())
    }

    /// Reads what [`worker`](Self::worker) made: the identity and the build.
    pub fn of_worker(name: &str) -> Option<(Self, &str)> {
        let (segment, build) = name.strip_prefix("trellis/")?.split_once('/')?;
        let identity = if segment == "sign-in" { Self::SignIn } else { Self::Account(AccountKey(segment.to_owned())) };
        Some((identity, build))
    }

    /// The lock a worker holds while it may have the account's database open; also the name of the database, and of the
    /// channel on which workers of different builds agree who goes.
    pub fn database(&self) -> String {
        format!("trellis/{}", self.segment())
    }

    /// The lock a worker holds while it lives. `instance` is random.
    pub fn instance_lock(&self, instance: &str) -> String {
        format!("trellis/{}/worker/{instance}", self.segment())
    }
}

/// The lock a tab holds while it lives. `tab` is random.
pub fn tab_lock(tab: &str) -> String {
    format!("trellis/tab/{tab}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_learns_from_its_name_who_it_is() {
        for identity in [Identity::SignIn, Identity::Account(AccountKey("9f2c".to_owned()))] {
            let name = identity.worker("20260101000000-abc");

            assert_eq!(Identity::of_worker(&name), Some((identity, "20260101000000-abc")));
        }
        assert_eq!(Identity::of_worker("another application"), None);
    }
}
