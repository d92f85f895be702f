//! Counts the tests of every runner, for the one line at the end.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

/// How many tests passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Runs a libtest or wasm-bindgen-test command, showing and counting what it prints. A command that fails without a
    /// failed test (it did not compile, say) counts as one failure.
    pub(crate) fn of_cargo(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("cargo could not be started")?;
        let mut tally = Self::default();
        for line in BufReader::new(child.stdout.take().context("stdout is piped")?).lines() {
            let line = line?;
            println!("{line}");
            tally.add(parse_libtest(&line).unwrap_or_default());
        }
        if !child.wait()?.success() && tally.failed == 0 {
            tally.failed = 1;
        }
        Ok(tally)
    }

    /// Reads Playwright's JSON report.
    pub(crate) fn of_playwright(report: &Path) -> anyhow::Result<Self> {
        #[derive(serde::Deserialize)]
        struct Report {
            stats: Stats,
        }
        #[derive(serde::Deserialize)]
        struct Stats {
            expected: u64,
            unexpected: u64,
            flaky: u64,
            skipped: u64,
        }
        let Report { stats } = serde_json::from_slice(&std::fs::read(report)?)?;
        if stats.skipped > 0 {
            bail!("{} end-to-end tests were skipped", stats.skipped);
        }
        Ok(Self { passed: stats.expected, failed: stats.unexpected + stats.flaky })
    }
}

/// Reads `test result: ok. 3 passed; 0 failed; …`.
fn parse_libtest(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let mut tally = Tally::default();
    for count in counts.split("; ") {
        match count.split_once(' ')? {
            (number, "passed") => tally.passed = number.parse().ok()?,
            (number, "failed") => tally.failed = number.parse().ok()?,
            _ => {}
        }
    }
    Some(tally)
}

#[cfg(test)]
mod tests {
    use super::{Tally, parse_libtest};

    #[test]
    fn a_result_line_is_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.01s";

        assert_eq!(parse_libtest(line), Some(Tally { passed: 12, failed: 3 }));
        assert_eq!(parse_libtest("running 3 tests"), None);
    }
}
