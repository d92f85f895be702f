//! The life of an account's core: get the lock, open, run, end.

use std::{pin::pin, rc::Rc};

use futures::future::{Either, select};
use trellis_browser::lock::{self, Lock};
use trellis_client::{
    Cancellation, Client, Ended, OpenError, Ports,
    port::{Accounts, BootStore, StoreError},
};
use trellis_model::protocol::{AccountKey, Refusal, SessionEnd, SyncStatus, Update};

use crate::{
    host::{Host, Service, close_worker},
    port::{BrowserAccounts, BrowserBoot, BrowserClock, BrowserCryptography, BrowserRandom, BrowserTransport},
    takeover::{Successor, Takeover},
};

/// Serves an account until the worker ends.
pub(crate) async fn run(host: Rc<Host>, account: AccountKey) {
    let mut takeover = match Takeover::new(&host.identity, host.hello.clone(), host.generation) {
        Ok(takeover) => takeover,
        Err(error) => {
            tracing::error!(?error, "no channel");
            return host.serve(failed());
        }
    };
    takeover.announce();
    let Some(lock) = hold_account(&host, &mut takeover).await else { return };
    let boot = BrowserBoot::new(&host.hello.build);
    let crypto = Rc::new(BrowserCryptography::new(account.clone(), host.load_crypto.clone()));
    let client = match open(&host, &account, crypto.clone()).await {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "the account could not be opened");
            if matches!(error, OpenError::NoSession)
                && let Err(error) = boot.forget(&account).await
            {
                tracing::error!(%error, "an account without a session stays listed");
            }
            drop(lock);
            return host.serve(refusing(&error));
        }
    };
    host.serve(Service::Account(client.clone()));

    let cancellation = Cancellation::new();
    let work = pin!(client.run(&cancellation));
    let end = pin!(async {
        make_way(&host, takeover.successor().await).await;
        client.retire().await;
    });
    let ended = match select(work, end).await {
        Either::Left((ended, _)) => ended,
        Either::Right(((), work)) => work.await,
    };
    if ended == Ended::SignedOut {
        if let Err(error) = crypto.remove().await {
            tracing::error!(%error, "the keys of an account that signed out stay");
        }
        if let Err(error) = BrowserAccounts.remove(&account).await {
            tracing::error!(%error, "the database of an account that signed out stays");
        }
    }
    close_worker();
}

/// What is done before the account is left to another.
async fn make_way(host: &Host, successor: Successor) {
    match successor {
        Successor::Newer => host.hear_last_words().await,
        // Its tabs notice and call the other, or, where workers are dedicated, start another when they are looked at again;
        // a commit under way happens or does not.
        Successor::Twin => close_worker(),
    }
}

/// Waits for the account's lock. `None`: another came in between, and this one leaves.
async fn hold_account(host: &Rc<Host>, takeover: &mut Takeover) -> Option<Lock> {
    let name = host.identity.database();
    let result = match select(pin!(lock::hold(&name)), pin!(takeover.successor())).await {
        Either::Left((result, _)) => result,
        Either::Right((successor, _)) => {
            if successor == Successor::Newer {
                host.serve(Service::Closed { update: Update::Retired, refusal: Refusal::CoreFailed });
            }
            make_way(host, successor).await;
            close_worker();
            return None;
        }
    };
    result
        .map_err(|error| {
            tracing::error!(%error, "no lock");
            host.serve(failed());
        })
        .ok()
}

async fn open(host: &Host, account: &AccountKey, crypto: Rc<BrowserCryptography>) -> Result<Client, OpenError> {
    let ports = Ports {
        transport: Rc::new(BrowserTransport),
        clock: Rc::new(BrowserClock),
        random: Rc::new(BrowserRandom),
        database: BrowserAccounts.open(account).await?,
        crypto,
        boot: Rc::new(BrowserBoot::new(&host.hello.build)),
    };
    Client::open(ports, account.clone()).await
}

fn refusing(error: &OpenError) -> Service {
    match error {
        OpenError::NoSession => Service::Closed {
            update: Update::SignedOut(SessionEnd::Fully),
            refusal: Refusal::SessionEnded { soft: false },
        },
        // The page loads the build that wrote it.
        OpenError::Newer => Service::Closed { update: Update::Retired, refusal: Refusal::CoreFailed },
        OpenError::Store(StoreError::Full) => Service::Closed {
            update: Update::Status(SyncStatus::Error(Refusal::StorageFull)),
            refusal: Refusal::StorageFull,
        },
        OpenError::Store(_) => failed(),
    }
}

fn failed() -> Service {
    Service::Closed { update: Update::Status(SyncStatus::Error(Refusal::CoreFailed)), refusal: Refusal::CoreFailed }
}
