//! `cargo xtask lint`: what no reviewer should have to look for.

use std::{collections::BTreeMap, process::Command};

use anyhow::bail;

use crate::{
    command::{cargo, output, root, run, step},
    ledger, sources,
};

/// Licences that may be combined with ours.
const LICENCES: [&str; 15] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MPL-2.0",
    "MPL-2.0+",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "0BSD",
    "CDLA-Permissive-2.0",
];

/// Of these there is one version in the tree, or types of the same name would not fit together.
const SINGLE: [&str; 3] = ["ruma", "leptos", "wasm-bindgen"];

/// Who may depend on whom inside the workspace; ARCHITECTURE.md draws it.
const DIRECTIONS: [(&str, &[&str]); 14] = [
    ("trellis", &["trellis-browser", "trellis-markup", "trellis-model"]),
    ("trellis-browser", &["trellis-model"]),
    ("trellis-markup", &[]),
    ("trellis-model", &[]),
    ("trellis-client", &["trellis-model"]),
    ("trellis-store", &["trellis-browser", "trellis-client", "trellis-model"]),
    ("trellis-crypto", &["trellis-client", "trellis-model"]),
    ("trellis-crypto-module", &["trellis-client", "trellis-crypto", "trellis-model"]),
    ("trellis-worker", &["trellis-browser", "trellis-client", "trellis-model", "trellis-store"]),
    ("trellis-testkit", &["trellis-client", "trellis-model"]),
    ("trellis-homeserver", &[]),
    ("trellis-journeys", &[]),
    ("trellis-bench", &[]),
    ("xtask", &[]),
];

/// What the model may use of others: nothing that reads a clock, rolls dice, waits, or knows a browser.
const MODEL_USES: [&str; 8] =
    ["html5ever", "indexmap", "postcard", "pulldown-cmark", "ruma", "serde", "serde_json", "unicode-normalization"];

/// Runs every check.
pub(crate) fn lint() -> anyhow::Result<()> {
    step("Formatting", || {
        run(&mut cargo(&["fmt", "--all", "--check"]))?;
        run(&mut cargo(&["fmt", "--check", "--manifest-path", "e2e/foreign/matrix-sdk/Cargo.toml"]))
    })?;
    step("Dependencies", dependencies)?;
    step("Sources of the page", sources::check)?;
    step("Ledger of features", ledger::check)?;
    step("Clippy", || run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])))?;
    step("Clippy for the browser", || {
        run(&mut cargo(&[
            "clippy",
            "--package=trellis",
            "--package=trellis-crypto-module",
            "--package=trellis-worker",
            "--package=trellis-store",
            "--target=wasm32-unknown-unknown",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]))
    })
}

#[derive(serde::Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(serde::Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(serde::Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
}

fn dependencies() -> anyhow::Result<()> {
    let metadata = output(
        Command::new("cargo")
            .args(["metadata", "--format-version=1", "--locked", "--all-features"])
            .current_dir(root()),
    )?;
    let Metadata { packages } = serde_json::from_str(&metadata)?;
    let mut findings = Vec::new();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in &packages {
        let (name, version) = (package.name.as_str(), package.version.as_str());
        versions.entry(name).or_default().push(version);
        match &package.source {
            None => findings.extend(misdirected(package).into_iter().chain(model_uses(package))),
            Some(source) if !source.starts_with("registry+") => {
                findings.push(format!("{name} comes from {source}, not from crates.io"));
            }
            Some(_) => match &package.license {
                Some(license) if is_allowed(license) => {}
                license => findings.push(format!("{name} {version} has the licence {license:?}")),
            },
        }
    }
    for (name, versions) in versions {
        if versions.len() > 1 && SINGLE.iter().any(|single| name == *single || name.starts_with(&format!("{single}-")))
        {
            findings.push(format!("{name} is in the tree in {} versions: {}", versions.len(), versions.join(", ")));
        }
    }
    if !findings.is_empty() {
        bail!("{}", findings.join("\n"));
    }
    Ok(())
}

/// Whether one alternative of a licence expression holds only allowed licences.
fn is_allowed(expression: &str) -> bool {
    expression
        .replace(['(', ')'], " ")
        .replace('/', " OR ")
        .split(" OR ")
        .any(|alternative| alternative.split(" AND ").all(|license| LICENCES.contains(&license.trim())))
}

impl Package {
    /// What it is built with, without what only its tests use.
    fn uses(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"))
    }
}

fn model_uses(package: &Package) -> Vec<String> {
    package
        .uses()
        .filter(|dependency| package.name == "trellis-model" && !MODEL_USES.contains(&dependency.name.as_str()))
        .map(|dependency| format!("{} must not use {}", package.name, dependency.name))
        .collect()
}

fn misdirected(package: &Package) -> Vec<String> {
    let Some((_, allowed)) = DIRECTIONS.iter().find(|(name, _)| *name == package.name) else {
        return vec![format!("{} has no place in the dependency directions", package.name)];
    };
    package
        .uses()
        .filter(|dependency| dependency.path.is_some())
        .filter(|dependency| !allowed.contains(&dependency.name.as_str()))
        .map(|dependency| format!("{} must not depend on {}", package.name, dependency.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn one_allowed_alternative_is_enough_and_every_part_of_it_must_be() {
        assert!(is_allowed("MIT OR GPL-3.0"));
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(is_allowed("MIT/Apache-2.0"));
        assert!(!is_allowed("GPL-3.0-only"));
        assert!(!is_allowed("MIT AND GPL-3.0-only"));
    }
}
