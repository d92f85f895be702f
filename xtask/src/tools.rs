//! The pinned build tools, kept in the user's cache and built once for all checkouts.
//!
//! They are built unoptimised: they run for seconds, and an optimised build takes three times as long.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;

use crate::command::{output, root, run, run_quietly, step};

const TRUNK: &str = "0.21.14";
const BINARYEN: &str = "132.0.0";

/// Where the tools lie.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    pub(crate) trunk: PathBuf,
    pub(crate) wasm_bindgen: PathBuf,
    pub(crate) wasm_opt: PathBuf,
}

impl Tools {
    /// `PATH` with the tools before everything else, for what looks them up there.
    pub(crate) fn path(&self) -> anyhow::Result<OsString> {
        let mut directories = vec![self.trunk.clone(), self.wasm_bindgen.clone(), self.wasm_opt.clone()];
        directories.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        Ok(env::join_paths(directories)?)
    }
}

/// `$XDG_CACHE_HOME/trellis`, or `~/.cache/trellis`.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|directory| !directory.is_empty()) {
        Some(directory) => PathBuf::from(directory),
        None => PathBuf::from(env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?).join(".cache"),
    };
    Ok(base.join("trellis"))
}

/// Installs the wasm target and the tools where they are missing, the independent ones side by side.
pub(crate) fn install() -> anyhow::Result<Tools> {
    let cache = cache()?.join("tools");
    fs::create_dir_all(&cache)?;
    // Two checkouts may ask at once: the second waits and finds them installed.
    let lock = File::create(cache.join(".lock"))?;
    lock.lock()?;

    wasm_target()?;
    let wasm_bindgen = cache.join(format!("wasm-bindgen-{}", wasm_bindgen_version()?));
    let trunk = cache.join(format!("trunk-{TRUNK}"));
    let binaryen = cache.join(format!("binaryen-{BINARYEN}"));
    std::thread::scope(|scope| {
        let handles = [
            scope.spawn(|| cargo_install("wasm-bindgen-cli", &wasm_bindgen, "wasm-bindgen", &[])),
            scope.spawn(|| cargo_install("trunk", &trunk, "trunk", &["--locked"])),
            scope.spawn(|| npm_install("binaryen", BINARYEN, &binaryen)),
        ];
        handles.into_iter().try_for_each(|handle| handle.join().expect("installing does not panic"))
    })?;

    Ok(Tools {
        trunk: trunk.join("bin"),
        wasm_bindgen: wasm_bindgen.join("bin"),
        wasm_opt: binaryen.join("node_modules/.bin"),
    })
}

fn wasm_target() -> anyhow::Result<()> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").exists() {
        return Ok(());
    }
    step("Adding the wasm32 target", || {
        run_quietly(Command::new("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
    })
}

/// The tool must be of the version the code is linked against.
fn wasm_bindgen_version() -> anyhow::Result<String> {
    #[derive(serde::Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        version: String,
    }
    let lock: Lock = toml::from_str(&fs::read_to_string(root().join("Cargo.lock"))?)?;
    let package = lock.package.into_iter().find(|package| package.name == "wasm-bindgen");
    Ok(package.context("Cargo.lock names no wasm-bindgen")?.version)
}

fn cargo_install(package: &str, directory: &Path, binary: &str, options: &[&str]) -> anyhow::Result<()> {
    if directory.join("bin").join(binary).exists() {
        return Ok(());
    }
    let (_, version) =
        directory.to_str().and_then(|name| name.rsplit_once('-')).context("no version in the directory")?;
    let build = directory.with_extension("build");
    step(&format!("Building {package} {version} (once; several minutes)"), || {
        run_quietly(
            Command::new("cargo")
                .args(["install", "--debug", package, "--version", version, "--root"])
                .arg(directory)
                .args(options)
                .env("CARGO_TARGET_DIR", &build)
                .env("CARGO_PROFILE_DEV_DEBUG", "0")
                .env_remove("RUSTFLAGS")
                .current_dir(directory.parent().context("the tools lie in a directory")?),
        )
    })?;
    Ok(fs::remove_dir_all(&build)?)
}

fn npm_install(package: &str, version: &str, directory: &Path) -> anyhow::Result<()> {
    if directory.join("node_modules").join(package).join("package.json").exists() {
        return Ok(());
    }
    fs::create_dir_all(directory)?;
    step(&format!("Fetching {package} {version}"), || {
        run(Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix"])
            .arg(directory)
            .arg(format!("{package}@{version}")))
    })
}
