//! Everything a person or CI calls: `cargo xtask run | test | lint | dist | seed | bench | coverage`.
//!
//! Each command installs what it needs on a machine that has only Rust, Node, git and Debian's packages.

mod bench;
mod bundle;
mod command;
mod compress;
mod coverage;
mod foreign;
mod ledger;
mod lint;
mod postgres;
mod python;
mod run;
mod seed;
mod size;
mod sources;
mod system;
mod tally;
mod test;
mod tools;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use self::bundle::Build;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, run, test and measure Trellis")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the client and the homeserver, and serve both on this machine
    Run {
        /// The port to serve on
        #[arg(long, default_value_t = 8008)]
        port: u16,
        /// Where accounts, messages and media are kept
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// Build without optimisation: sooner ready, slower to use
        #[arg(long)]
        development: bool,
    },
    /// Install what the tests need and run them all
    Test {
        /// Run only the named parts
        #[arg(value_enum)]
        parts: Vec<test::Part>,
    },
    /// Measure the page and the homeserver, and record it
    Bench {
        /// Measure only the named parts
        #[arg(value_enum)]
        parts: Vec<bench::Part>,
    },
    /// Say which endpoints of the specification and which features are tested
    Coverage,
    /// Check formatting, lints, licences, duplicates, dependency directions
    Lint,
    /// Fill an account with rooms, members and messages
    Seed(seed::Options),
    /// Build the static bundle into `dist/`, report sizes, hold the budget
    Dist,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Run { port, data, development } => {
            run::run(port, &data, if development { Build::Development } else { Build::Optimized })
        }
        Task::Test { parts } => test::test(&parts),
        Task::Seed(options) => seed::seed(&options),
        Task::Bench { parts } => bench::bench(&parts),
        Task::Coverage => coverage::coverage(),
        Task::Lint => lint::lint(),
        Task::Dist => bundle::build(Build::Optimized).and_then(|dist| size::report(&dist)),
    }
}
