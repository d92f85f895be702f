//! What the tests stand on: servers, databases, clients.

mod answer;
mod binary;
mod client;
mod coverage;
pub(crate) mod keys;
mod load;
mod postgres;
mod scratch;
mod server;
pub(crate) mod sync;

use std::time::Duration;

pub(crate) use self::{
    answer::Answer,
    binary::Binary,
    client::{PASSWORD, TestClient},
    load::Load,
    postgres::{OwnCluster, ScratchDatabase},
    server::{Engine, TestServer, run, run_with},
    sync::{Sync, SyncAnswer},
};

/// How long a condition that has to come may take. A test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Makes a test per engine of each behaviour: `sqlite::name` and `postgres::name`.
///
/// A list rather than a wrapper around the functions, so that they are formatted like any others;
/// one that is not listed is reported as dead code.
///
/// `on_both!(configured: …)` starts the servers with the configuration `fn configured(&mut Config)`
/// makes.
macro_rules! on_both {
    ($configure:ident: $($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                $crate::harness::run_with($crate::harness::Engine::Sqlite, super::$configure, super::$name);
            })+
        }

        mod postgres {
            $(#[test]
            fn $name() {
                $crate::harness::run_with($crate::harness::Engine::Postgres, super::$configure, super::$name);
            })+
        }
    };
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                $crate::harness::run($crate::harness::Engine::Sqlite, super::$name);
            })+
        }

        mod postgres {
            $(#[test]
            fn $name() {
                $crate::harness::run($crate::harness::Engine::Postgres, super::$name);
            })+
        }
    };
}
