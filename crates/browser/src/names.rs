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

/// The name of a worker, which tells it who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerName {
    pub identity: Identity,
    pub build: String,
    /// How many cores of this name died before. A browser may keep a dead worker under its name for as long as it likes, and
    /// give it to whoever asks, so no name is used after a death.
    pub generation: u32,
}

/// Stands between the worker a tab speaks to and the tab in the name of the tab's lock.
const TAB: &str = "/tab/";

impl WorkerName {
    /// Reads what [`to_string`](Self::to_string) made.
    pub fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix("trellis/")?.split('/');
        let (segment, build, generation) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let identity =
            if segment == "sign-in" { Identity::SignIn } else { Identity::Account(AccountKey(segment.to_owned())) };
        Some(Self { identity, build: build.to_owned(), generation: generation.parse().ok()? })
    }

    /// The lock a tab holds while it lives and speaks to this worker, or waits for it. `tab` is random.
    pub fn tab_lock(&self, tab: &str) -> String {
        format!("{self}{TAB}{tab}")
    }

    /// The worker whose tab holds the lock `name`.
    pub fn of_tab_lock(name: &str) -> Option<Self> {
        Self::parse(name.split_once(TAB)?.0)
    }
}

impl std::fmt::Display for WorkerName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "trellis/{}/{}/{}", self.identity.segment(), self.build, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(identity: Identity) -> WorkerName {
        WorkerName { identity, build: "20260101000000-abc".to_owned(), generation: 2 }
    }

    #[test]
    fn a_worker_learns_from_its_name_who_it_is() {
        for identity in [Identity::SignIn, Identity::Account(AccountKey("9f2c".to_owned()))] {
            let name = name(identity);

            assert_eq!(WorkerName::parse(&name.to_string()), Some(name));
        }
        assert_eq!(WorkerName::parse("another application"), None);
    }

    #[test]
    fn the_lock_of_a_tab_names_its_worker() {
        let name = name(Identity::SignIn);

        assert_eq!(WorkerName::of_tab_lock(&name.tab_lock("7a-1")), Some(name));
        assert_eq!(WorkerName::of_tab_lock(&Identity::SignIn.instance_lock("7a")), None);
    }
}
