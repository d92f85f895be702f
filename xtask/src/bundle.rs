//! Builds `dist/`: the page by Trunk, the worker beside it, the precache manifest, compressed files.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::{
    command::{cargo, output, root, run, run_quietly, step, target_directory},
    compress::{compress_all, files},
    tools::{self, Tools},
};

/// What the compiler emits and every browser knows; `index.html` names the same for the page. More than that must not be
/// allowed: `wasm-opt` would use proposals that browsers refuse.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// How the WebAssembly is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// What is shipped and tested.
    Optimized,
    /// Built in a fraction of the time, for work on the client.
    Development,
}

impl Build {
    /// The name of cargo's profile.
    fn profile(self) -> &'static str {
        match self {
            Self::Optimized => "wasm-release",
            Self::Development => "dev",
        }
    }

    /// The name of the folder cargo makes for the profile.
    fn folder(self) -> &'static str {
        match self {
            Self::Optimized => "wasm-release",
            Self::Development => "debug",
        }
    }
}

const TARGET: &str = "wasm32-unknown-unknown";

/// Builds the bundle and says where it is. What is there already is kept where nothing has changed.
pub(crate) fn build(build: Build) -> anyhow::Result<PathBuf> {
    let tools = tools::install()?;
    let dist = root().join("dist");
    let staging = target_directory().join("bundle");
    let mark = Mark::of_checkout();
    let sources = sources(build)?;
    if dist.join("index.html").exists() && mark.read().is_some_and(|(last, _)| last == sources) {
        return Ok(dist);
    }
    step("Compiling the page", || compile(build, &["--bin", "trellis"]))?;
    step("Compiling the worker", || compile(build, &["--package", "trellis-worker"]))?;
    step("Compiling the crypto module", || compile(build, &["--package", "trellis-crypto-module"]))?;
    let inputs = inputs(build)?;
    if dist.join("index.html").exists() && mark.read().is_some_and(|(_, last)| last == inputs) {
        mark.write(&sources, &inputs)?;
        return Ok(dist);
    }
    step("Bundling the page", || page(&tools, build, &staging))?;
    let worker = step("Bundling the worker", || worker(&tools, build))?;
    step("Assembling the bundle", || {
        place_worker(&worker, &staging)?;
        write_precache_manifest(&staging)?;
        if build == Build::Optimized {
            compress_all(&staging)?;
        }
        if dist.exists() {
            fs::remove_dir_all(&dist)?;
        }
        copy_directory(&staging, &dist)?;
        mark.write(&sources, &inputs)
    })?;
    Ok(dist)
}

fn compile(build: Build, what: &[&str]) -> anyhow::Result<()> {
    run(cargo(&["build", "--target", TARGET, "--profile", build.profile()]).args(what))
}

/// Where cargo puts what it compiles for the browser.
fn compiled(build: Build, name: &str) -> PathBuf {
    target_directory().join(TARGET).join(build.folder()).join(name)
}

/// What the bundle of this checkout was made of last.
struct Mark(PathBuf);

impl Mark {
    /// Beside those of other checkouts that share the target directory.
    fn of_checkout() -> Self {
        let checkout = hex(Sha256::digest(root().as_os_str().as_encoded_bytes()).as_slice());
        Self(target_directory().join(format!("bundle-inputs-{}", &checkout[..16])))
    }

    /// The sources, and what was compiled of them.
    fn read(&self) -> Option<(String, String)> {
        let text = fs::read_to_string(&self.0).ok()?;
        text.split_once('\n').map(|(sources, inputs)| (sources.to_owned(), inputs.to_owned()))
    }

    fn write(&self, sources: &str, inputs: &str) -> anyhow::Result<()> {
        Ok(fs::write(&self.0, format!("{sources}\n{inputs}"))?)
    }
}

/// A text that differs whenever something differs that the bundle is made from. Cargo goes by the time a file was written,
/// and so compiles everything of ours again when another checkout that shares its target directory compiled in between.
fn sources(build: Build) -> anyhow::Result<String> {
    let folders = [".cargo", "build", "crates", "locales", "public", "src", "style"];
    let mut made_of = vec![env::current_exe()?];
    for file in ["Cargo.lock", "Cargo.toml", "Trunk.toml", "build.rs", "index.html"] {
        made_of.push(root().join(file));
    }
    for folder in folders {
        made_of.extend(files(&root().join(folder))?);
    }
    let compiler = output(Command::new("rustc").arg("--version").current_dir(root()))?;
    let flags: Vec<_> = env::vars()
        .filter(|(name, _)| {
            name.contains("RUSTFLAGS") || name.starts_with("CARGO_PROFILE") || name == "SOURCE_DATE_EPOCH"
        })
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let names: String = made_of.iter().map(|file| file.to_string_lossy()).collect();
    let names = hex(Sha256::digest(names).as_slice());
    Ok(format!("{build:?} {} {} {names} {}", compiler.trim(), flags.join(" "), hash_of(&made_of)?))
}

/// A text that differs whenever the bundle would: its checkout, and all that it is made of.
fn inputs(build: Build) -> anyhow::Result<String> {
    let mut made_of = vec![
        compiled(build, "trellis.wasm"),
        compiled(build, "trellis_worker.wasm"),
        compiled(build, "trellis_crypto_module.wasm"),
        root().join("index.html"),
        root().join("Trunk.toml"),
        root().join("crates/worker/loader.js"),
        env::current_exe()?,
    ];
    made_of.extend(files(&root().join("public"))?);
    made_of.extend(files(&root().join("style"))?);
    Ok(format!("{} {build:?} {}", root().display(), hash_of(&made_of)?))
}

fn page(tools: &Tools, build: Build, staging: &Path) -> anyhow::Result<()> {
    run(Command::new(tools.trunk.join("trunk"))
        .args(["build", "--offline", "--cargo-profile", build.profile(), "--dist"])
        .arg(staging)
        .args((build == Build::Optimized).then_some("--release"))
        .current_dir(root())
        .env("PATH", tools.path()?)
        .env_remove("NO_COLOR"))
}

/// The worker's files, in a directory of their own.
fn worker(tools: &Tools, build: Build) -> anyhow::Result<PathBuf> {
    let output = target_directory().join("worker-bundle");
    if output.exists() {
        fs::remove_dir_all(&output)?;
    }
    fs::create_dir_all(&output)?;
    module(tools, build, "trellis_worker.wasm", "trellis-worker", &output)?;
    module(tools, build, "trellis_crypto_module.wasm", "trellis-crypto", &output)?;
    fs::copy(root().join("crates/worker/loader.js"), output.join("loader.js"))
        .context("crates/worker/loader.js is the worker's script")?;
    Ok(output)
}

/// One of the worker's WebAssembly modules, with the JavaScript beside it.
fn module(tools: &Tools, build: Build, wasm: &str, name: &str, output: &Path) -> anyhow::Result<()> {
    run_quietly(
        Command::new(tools.wasm_bindgen.join("wasm-bindgen"))
            .args(["--target", "web", "--no-typescript", "--out-name", name, "--out-dir"])
            .arg(output)
            .arg(compiled(build, wasm)),
    )?;
    let wasm = output.join(format!("{name}_bg.wasm"));
    if build == Build::Optimized {
        run_quietly(
            Command::new(tools.wasm_opt.join("wasm-opt"))
                .args(["-Os", "-o"])
                .arg(&wasm)
                .args(WASM_FEATURES)
                .arg(&wasm)
                .env("PATH", tools.path()?),
        )?;
    }
    Ok(())
}

/// Moves the worker's files into a folder named by their hash and tells the page its name.
fn place_worker(worker: &Path, staging: &Path) -> anyhow::Result<()> {
    let name = format!("worker-{}", &hash_of(&files(worker)?)?[..16]);
    copy_directory(worker, &staging.join(&name))?;
    let build = build_id()?;
    for file in ["index.html", "sw.js"] {
        let file = staging.join(file);
        let text = fs::read_to_string(&file)?;
        fs::write(file, text.replace("{{worker}}", &name).replace("{{build}}", &build))?;
    }
    Ok(())
}

/// Increases with time, so that builds can be compared.
fn build_id() -> anyhow::Result<String> {
    let time = match env::var("SOURCE_DATE_EPOCH") {
        Ok(time) => time.parse()?,
        Err(_) => std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs(),
    };
    Ok(format!("{time:012}"))
}

/// Writes every file the application shell needs, with its hash, into the service worker: so the browser notices any
/// change of any of them as a change of that one script.
fn write_precache_manifest(staging: &Path) -> anyhow::Result<()> {
    let mut entries = serde_json::Map::new();
    for file in files(staging)? {
        let name = file.strip_prefix(staging)?.to_string_lossy().replace('\\', "/");
        if name == "sw.js" || name.starts_with("config") {
            continue;
        }
        entries.insert(name, hash_of(&[file])?.into());
    }
    let service_worker = staging.join("sw.js");
    let text = fs::read_to_string(&service_worker)?;
    fs::write(service_worker, text.replace("{{precache}}", &serde_json::to_string_pretty(&entries)?))?;
    Ok(())
}

fn hash_of(files: &[PathBuf]) -> anyhow::Result<String> {
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update(fs::read(file)?);
    }
    Ok(hex(hasher.finalize().as_slice()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn copy_directory(from: &Path, to: &Path) -> anyhow::Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().context("a file lies in a directory")?)?;
        fs::copy(&file, target)?;
    }
    Ok(())
}
