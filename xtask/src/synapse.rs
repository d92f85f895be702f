//! Synapse, the foreign homeserver the client is tested against.

use std::{path::PathBuf, process::Command};

use crate::{
    command::{run_quietly, step},
    tools,
};

const VERSION: &str = "1.163.2";

/// Installs Synapse where it is missing and says where its Python is.
pub(crate) fn install() -> anyhow::Result<PathBuf> {
    let directory = tools::cache()?.join("tools").join(format!("synapse-{VERSION}"));
    let python = directory.join("bin/python");
    let installed = directory.join("installed-with-postgres");
    if !installed.exists() {
        step(&format!("Installing Synapse {VERSION} (once)"), || {
            run_quietly(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory))?;
            run_quietly(
                Command::new(&python)
                    .args(["-m", "pip", "install", "--quiet"])
                    .arg(format!("matrix-synapse=={VERSION}"))
                    // With what it needs for PostgreSQL, as a package that no compiler is needed for.
                    .arg("psycopg2-binary"),
            )?;
            Ok(std::fs::write(&installed, VERSION)?)
        })?;
    }
    Ok(python)
}
