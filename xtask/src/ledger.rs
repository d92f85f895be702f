//! Reads `docs/features.md`: what it names must exist, or the ledger is not true.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, bail};

use crate::command::root;

/// A row of the ledger.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    number: &'a str,
    /// Files, and the tests of each.
    tests: Vec<(&'a str, Vec<&'a str>)>,
}

/// Fails when a row names a test that does not exist.
pub(crate) fn check() -> anyhow::Result<()> {
    let text = text()?;
    let mut sources = BTreeMap::new();
    let mut findings = Vec::new();
    for row in rows(&text) {
        for (file, tests) in row.tests {
            if !sources.contains_key(file) {
                sources.insert(file, fs::read_to_string(root().join(file)).unwrap_or_default());
            }
            let missing = tests.into_iter().filter(|test| !sources[file].contains(test));
            findings.extend(missing.map(|test| format!("{}: {file} has no test “{test}”", row.number)));
        }
    }
    if !findings.is_empty() {
        bail!("docs/features.md names what is not there\n{}", findings.join("\n"));
    }
    Ok(())
}

/// Says how many rows name a test. That it passes is what `cargo xtask test` shows.
pub(crate) fn print() -> anyhow::Result<()> {
    check()?;
    let text = text()?;
    let rows = rows(&text);
    let without: Vec<_> = rows.iter().filter(|row| row.tests.is_empty()).map(|row| row.number).collect();
    println!("{} of {} rows of docs/features.md name a test", rows.len() - without.len(), rows.len());
    println!("none: {}", without.join(" "));
    Ok(())
}

fn text() -> anyhow::Result<String> {
    fs::read_to_string(root().join("docs/features.md")).context("docs/features.md cannot be read")
}

/// The rows: lines of three columns, of which the first is letters and a number.
fn rows(text: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for line in text.lines() {
        let mut columns = line.trim().trim_matches('|').split(" | ").map(str::trim);
        let (Some(number), Some(_), Some(tests)) = (columns.next(), columns.next(), columns.next()) else { continue };
        let letters = number.trim_end_matches(|character: char| character.is_ascii_digit());
        if letters.len() == 2 && letters.len() < number.len() {
            rows.push(Row { number, tests: tests_of(tests) });
        }
    }
    rows
}

/// Reads `` `file`: `test`, “journey”; `file`: … ``.
fn tests_of(column: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in quoted(column) {
        if name.contains('/') && !name.contains(' ') {
            found.push((name, Vec::new()));
        } else if let Some((_, tests)) = found.last_mut() {
            // A path of modules ends with the test's name.
            tests.push(name.rsplit("::").next().unwrap_or(name));
        }
    }
    found
}

/// What stands in backticks or in quotation marks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(['`', '“'])?;
        let open = rest[start..].chars().next()?;
        let inner = &rest[start + open.len_utf8()..];
        let end = inner.find(if open == '`' { '`' } else { '”' })?;
        rest = &inner[end + if open == '`' { 1 } else { '”'.len_utf8() }..];
        Some(&inner[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::{Row, rows};

    #[test]
    fn a_row_names_files_and_their_tests() {
        let text = "| number | what | test |\n|---|---|---|\n| AC1 | yes | `a/b.rs`: `one`, `it::two`; `e2e/c.ts`: “three four” |\n| AC2 | not yet | none |";

        let expected = [
            Row { number: "AC1", tests: vec![("a/b.rs", vec!["one", "two"]), ("e2e/c.ts", vec!["three four"])] },
            Row { number: "AC2", tests: Vec::new() },
        ];
        assert_eq!(rows(text), expected);
    }
}
