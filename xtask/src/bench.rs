//! `cargo xtask bench`: the project's own measurements, on optimised builds.

use std::{fs, process::Command};

use clap::ValueEnum;

use crate::{
    bundle::{self, Build},
    command::{cargo, output, root, run, step, target_directory},
    postgres::Cluster,
    python, system, test,
};

/// What can be measured apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The page in Chromium, on seeded accounts
    Page,
    /// The homeserver beside Synapse, on SQLite and PostgreSQL
    Homeserver,
}

/// Measures the named parts, or all; the tables lie in `bench/results/`.
pub(crate) fn bench(parts: &[Part]) -> anyhow::Result<()> {
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    system::install()?;
    step("Building the homeserver", || run(&mut cargo(&["build", "--release", "--package", "trellis-homeserver"])))?;
    if wanted(Part::Page) {
        page()?;
    }
    if wanted(Part::Homeserver) {
        homeserver()?;
    }
    Ok(())
}

fn page() -> anyhow::Result<()> {
    let e2e = root().join("e2e");
    test::install_npm_packages(&e2e)?;
    let dist = bundle::build(Build::Optimized)?;
    run(Command::new("npx")
        .args(["--no-install", "playwright", "test", "--config", "playwright.bench.config.ts"])
        .current_dir(&e2e)
        .env("TRELLIS_DIST", dist)
        .env("TRELLIS_HOMESERVER", target_directory().join("release/trellis-homeserver"))
        .env("TRELLIS_XTASK", std::env::current_exe()?))
}

fn homeserver() -> anyhow::Result<()> {
    let synapse = python::SYNAPSE.install()?;
    step("Building the load generator", || run(&mut cargo(&["build", "--release", "--package", "trellis-bench"])))?;
    let release = target_directory().join("release");
    let cluster = Cluster::start_durable()?;
    let table = step("Measuring", || {
        output(
            Command::new(release.join("trellis-bench"))
                .arg("--trellis")
                .arg(release.join("trellis-homeserver"))
                .arg("--synapse")
                .arg(&synapse)
                .args(["--postgres", &cluster.url()])
                .current_dir(root()),
        )
    })?;
    println!("{table}");
    Ok(fs::write(root().join("bench/results/homeserver.md"), table)?)
}
