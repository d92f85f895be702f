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
    pub(crate) fn of_libtest(command: &mut Command) -> anyhow::Result<Self> {
        Self::of_lines(command, parse_libtest)
    }

    /// The same for a command that speaks the Test Anything Protocol.
    pub(crate) fn of_tap(command: &mut Command) -> anyhow::Result<Self> {
        Self::of_lines(command, parse_tap)
    }

    fn of_lines(command: &mut Command, parse: fn(&str) -> Option<Self>) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("the tests could not be started")?;
        let mut tally = Self::default();
        for line in BufReader::new(child.stdout.take().context("stdout is piped")?).lines() {
            let line = line?;
            println!("{line}");
            tally.add(parse(&line).unwrap_or_default());
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

/// Reads `# pass 3`, `# fail 1`, `# cancelled 1`, `# skipped 1`: what did not run counts as failed.
fn parse_tap(line: &str) -> Option<Tally> {
    let (outcome, number) = line.strip_prefix("# ")?.split_once(' ')?;
    let number = number.parse().ok()?;
    match outcome {
        "pass" => Some(Tally { passed: number, failed: 0 }),
        "fail" | "cancelled" | "skipped" => Some(Tally { passed: 0, failed: number }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, parse_libtest, parse_tap};

    #[test]
    fn what_did_not_run_did_not_pass() {
        assert_eq!(parse_tap("# pass 5"), Some(Tally { passed: 5, failed: 0 }));
        assert_eq!(parse_tap("# cancelled 1"), Some(Tally { passed: 0, failed: 1 }));
        assert_eq!(parse_tap("# sync Getting filter"), None);
    }

    #[test]
    fn a_result_line_is_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.01s";

        assert_eq!(parse_libtest(line), Some(Tally { passed: 12, failed: 3 }));
        assert_eq!(parse_libtest("running 3 tests"), None);
    }
}
