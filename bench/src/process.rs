//! A server's process: its start, what it costs, its end.

use std::{path::Path, time::Instant};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

/// A running server.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a command and waits until `url` answers. Also says how long that took.
    pub(crate) async fn start(mut command: Command, log: &Path, url: &str) -> anyhow::Result<(Self, f64)> {
        let log = std::fs::File::create(log)?;
        command.stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        let start = Instant::now();
        let mut child = command.spawn().context("the server could not be started")?;
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build()?;
        loop {
            if http
                .get(format!("{url}/_matrix/client/versions"))
                .send()
                .await
                .is_ok_and(|answer| answer.status() == 200)
            {
                return Ok((Self { child }, start.elapsed().as_secs_f64() * 1000.0));
            }
            if let Some(status) = child.try_wait()? {
                bail!("the server ended at once ({status})");
            }
            // A server tells nobody that it listens: asking is all there is.
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }

    fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Memory that is the process's own, in MiB.
    pub(crate) fn memory(&self) -> anyhow::Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.id()))?;
        let line =
            text.lines().find(|line| line.starts_with("Pss:")).context("the kernel says how much is resident")?;
        let kibibytes: f64 = line.split_whitespace().nth(1).context("a number follows")?.parse()?;
        Ok(kibibytes / 1024.0)
    }

    /// Processor time used so far, in milliseconds. (The clock of `/proc` ticks a hundred times a second.)
    pub(crate) fn cpu(&self) -> anyhow::Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.id()))?;
        let after_name = text.rsplit_once(')').context("the name stands in brackets")?.1;
        let fields: Vec<_> = after_name.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|ticks| ticks.parse::<f64>().ok()).context("ticks");
        Ok((ticks(11)? + ticks(12)?) * 10.0)
    }

    /// Asks it to end and waits until it has.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        let kill = Command::new("kill").arg(self.id().to_string()).status().await?;
        anyhow::ensure!(kill.success(), "the server is gone already");
        self.child.wait().await?;
        Ok(())
    }
}
