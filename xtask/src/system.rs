//! What the tests need of the system's packages: a browser, its driver, a database, Python.

use std::{env, path::Path, process::Command};

use anyhow::{Context, bail};

use crate::command::{run_quietly, step};

/// A program, and the Debian package that brings it.
const PROGRAMS: [(&str, &str); 4] = [
    ("/usr/bin/chromium", "chromium"),
    ("/usr/bin/chromedriver", "chromium-driver"),
    ("/usr/lib/postgresql", "postgresql"),
    ("/usr/share/python-wheels", "python3-venv"),
];

/// Installs the packages that are missing.
pub(crate) fn install() -> anyhow::Result<()> {
    let missing: Vec<_> =
        PROGRAMS.iter().filter(|(program, _)| !Path::new(program).exists()).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    step(&format!("Installing {}", missing.join(", ")), || {
        if !is_root() && !Path::new("/usr/bin/sudo").exists() {
            bail!("these Debian packages are missing, and only root can install them: {}", missing.join(" "));
        }
        run_quietly(&mut apt(&["update", "-qq"]))?;
        let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
        arguments.extend(&missing);
        run_quietly(&mut apt(&arguments)).context("the tests need these packages")
    })
}

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    env::var("USER").is_ok_and(|user| user == "root")
        || Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else {
        let mut command = Command::new("sudo");
        command.arg("apt-get");
        command
    };
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}
