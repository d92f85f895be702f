//! `cargo xtask test`: every test there is, and what they need.

use std::{fs, path::Path, process::Command};

use anyhow::bail;
use clap::ValueEnum;

use crate::{
    bundle::{self, Build},
    command::{cargo, root, run, run_quietly, step, target_directory},
    foreign,
    postgres::Cluster,
    python, size, system,
    tally::Tally,
    tools::{self, Tools},
};

/// What can be tested apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Everything that runs outside a browser, on SQLite and PostgreSQL
    Native,
    /// Unit tests that need a browser
    Browser,
    /// Other people's clients against the homeserver
    Foreign,
    /// Journeys in Chromium
    EndToEnd,
}

/// Runs the named parts, or all.
pub(crate) fn test(parts: &[Part]) -> anyhow::Result<()> {
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    system::install()?;
    let mut tally = Tally::default();
    if wanted(Part::Native) {
        tally.add(step("Native tests", native)?);
    }
    if wanted(Part::Foreign) {
        tally.add(step("Foreign clients", foreign::test)?);
    }
    if wanted(Part::Browser) || wanted(Part::EndToEnd) {
        let tools = tools::install()?;
        if wanted(Part::Browser) {
            tally.add(step("Browser tests", || browser(&tools))?);
        }
        if wanted(Part::EndToEnd) {
            tally.add(step("End-to-end tests", end_to_end)?);
        }
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed > 0 {
        bail!("{} tests failed", tally.failed);
    }
    Ok(())
}

fn native() -> anyhow::Result<Tally> {
    let cluster = Cluster::start()?;
    Tally::of_libtest(cargo(&["test", "--workspace", "--no-fail-fast"]).env("TRELLIS_TEST_POSTGRES", cluster.url()))
}

fn browser(tools: &Tools) -> anyhow::Result<Tally> {
    Tally::of_libtest(
        cargo(&["test", "--package", "trellis-store", "--target", "wasm32-unknown-unknown", "--no-fail-fast"])
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools.wasm_bindgen.join("wasm-bindgen-test-runner"))
            .env("CHROMEDRIVER", "/usr/bin/chromedriver")
            .env("WASM_BINDGEN_TEST_ONLY_WEB", "1"),
    )
}

fn end_to_end() -> anyhow::Result<Tally> {
    let e2e = root().join("e2e");
    install_npm_packages(&e2e)?;
    let synapse = python::SYNAPSE.install()?;
    let dist = bundle::build(Build::Optimized)?;
    size::check(&dist)?;
    step("Building the homeserver", || run(&mut cargo(&["build", "--package", "trellis-homeserver"])))?;

    let report = e2e.join("test-results/report.json");
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let outcome = run(Command::new("npx")
        .args(["--no-install", "playwright", "test"])
        .current_dir(&e2e)
        .env("TRELLIS_DIST", &dist)
        .env("TRELLIS_HOMESERVER", target_directory().join("debug/trellis-homeserver"))
        .env("TRELLIS_SYNAPSE_PYTHON", synapse)
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report));
    let tally = Tally::of_playwright(&report)?;
    // A run that ended badly without a failed test did not run its tests.
    match outcome {
        Err(error) if tally.failed == 0 => Err(error),
        _ => Ok(tally),
    }
}

/// `npm ci`, unless what it would install is there.
pub(crate) fn install_npm_packages(directory: &Path) -> anyhow::Result<()> {
    let lock = fs::read(directory.join("package-lock.json"))?;
    let mark = directory.join("node_modules/.trellis-lock");
    if fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    step("Installing the end-to-end tests' packages", || {
        run_quietly(Command::new("npm").arg("ci").current_dir(directory).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
        Ok(fs::write(&mark, &lock)?)
    })
}
