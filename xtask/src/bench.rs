//! `cargo xtask bench`: the project's own measurements, on optimised builds.

use std::process::Command;

use crate::{
    bundle::{self, Build},
    command::{cargo, root, run, step, target_directory},
    system, test,
};

/// Measures the page on seeded accounts; the tables lie in `bench/results/`.
pub(crate) fn bench() -> anyhow::Result<()> {
    system::install()?;
    let e2e = root().join("e2e");
    test::install_npm_packages(&e2e)?;
    let dist = bundle::build(Build::Optimized)?;
    step("Building the homeserver", || run(&mut cargo(&["build", "--release", "--package", "trellis-homeserver"])))?;
    run(Command::new("npx")
        .args(["--no-install", "playwright", "test", "--config", "playwright.bench.config.ts"])
        .current_dir(&e2e)
        .env("TRELLIS_DIST", dist)
        .env("TRELLIS_HOMESERVER", target_directory().join("release/trellis-homeserver"))
        .env("TRELLIS_XTASK", std::env::current_exe()?))
}
