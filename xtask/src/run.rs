//! `cargo xtask run`: the client and the homeserver on this machine.

use std::{path::Path, process::Command};

use crate::{
    bundle::{self, Build},
    command::{cargo, root, run as run_command, step, target_directory},
};

/// Builds both and serves until interrupted.
pub(crate) fn run(port: u16, data: &Path, build: Build) -> anyhow::Result<()> {
    let dist = bundle::build(build)?;
    let (profile, folder) = match build {
        Build::Optimized => ("release", "release"),
        Build::Development => ("dev", "debug"),
    };
    step("Building the homeserver", || {
        run_command(&mut cargo(&["build", "--profile", profile, "--package", "trellis-homeserver"]))
    })?;

    eprintln!();
    eprintln!("  Trellis is at http://localhost:{port}");
    eprintln!("  Choose “Create an account” to sign up; everything is kept in {}", data.display());
    eprintln!("  Ctrl+C ends it");
    eprintln!();
    run_command(
        Command::new(target_directory().join(folder).join("trellis-homeserver"))
            .args(["serve", "--server-name", "localhost", "--registration", "open", "--listen"])
            .arg(format!("127.0.0.1:{port}"))
            .arg("--data-dir")
            .arg(root().join(data))
            .arg("--client-dir")
            .arg(dist),
    )
}
