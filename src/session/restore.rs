//! What the page finds before any core runs: which accounts there are, and what to paint.

use trellis_browser::boot::{Boot, BootDatabase, StoredAccount};
use trellis_model::protocol::{AccountKey, BootRecord};

use crate::platform::build::Build;

/// What was found.
#[derive(Debug)]
pub struct Restored {
    pub build: Build,
    /// In the order in which they were added; `#/a/{n}` counts them.
    pub accounts: Vec<StoredAccount>,
    /// The one to show.
    pub account: Option<AccountKey>,
    /// What it showed last.
    pub record: Option<BootRecord>,
}

/// Reads the boot database. `wanted` is the `n` of `#/a/{n}`, counted from 0. A database that cannot be read is as good as
/// an empty one here: the core finds out what is wrong, and says so.
pub async fn restore(wanted: usize) -> Restored {
    let build = Build::of_page();
    let mut account = None;
    let boot = async {
        let database = BootDatabase::open().await?;
        let choose = |accounts: &[StoredAccount]| {
            account = accounts.get(wanted).or(accounts.first()).map(|stored| stored.account.clone());
            account.clone()
        };
        database.read(&build.id, choose).await
    };
    let Boot { accounts, record } = match boot.await {
        Ok(boot) => boot,
        Err(error) => {
            leptos::logging::error!("{error}");
            Boot::default()
        }
    };
    Restored { build, accounts, account, record }
}
