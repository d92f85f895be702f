//! The size of the bundle, file by file, and the budget it must keep.

use std::{fs, path::Path};

use anyhow::bail;

use crate::{
    command::root,
    compress::{files, with_suffix},
};

#[derive(serde::Deserialize)]
struct Budget {
    page: u64,
    worker: u64,
    crypto: u64,
}

/// Prints a line per file and fails over the budget.
pub(crate) fn report(dist: &Path) -> anyhow::Result<()> {
    println!("{:>10} {:>10} {:>10}  file", "raw", "gzip", "brotli");
    hold(dist, |raw, gzip, brotli, name| println!("{raw:>10} {gzip:>10} {brotli:>10}  {name}"))
}

/// Fails over the budget.
pub(crate) fn check(dist: &Path) -> anyhow::Result<()> {
    hold(dist, |_, _, _, _| {})
}

fn hold(dist: &Path, tell: impl Fn(u64, u64, u64, &str)) -> anyhow::Result<()> {
    let budget: Budget = toml::from_str(&fs::read_to_string(root().join("xtask/budget.toml"))?)?;
    let (mut page, mut worker, mut crypto) = (0, 0, 0);
    for file in files(dist)? {
        let name = file.strip_prefix(dist)?.to_string_lossy().into_owned();
        if name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        let raw = fs::metadata(&file)?.len();
        let size = |suffix| fs::metadata(with_suffix(&file, suffix)).map_or(raw, |metadata| metadata.len());
        let brotli = size(".br");
        tell(raw, size(".gz"), brotli, &name);
        if name.contains("/trellis-crypto") {
            crypto += brotli;
        } else if name.starts_with("worker-") {
            worker += brotli;
        } else {
            page += brotli;
        }
    }
    let Budget { page: of_page, worker: of_worker, crypto: of_crypto } = budget;
    println!("page {page} of {of_page} bytes, worker {worker} of {of_worker}, crypto {crypto} of {of_crypto} (Brotli)");
    if page > of_page || worker > of_worker || crypto > of_crypto {
        bail!("the bundle is over its budget (xtask/budget.toml)");
    }
    Ok(())
}
