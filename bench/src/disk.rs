//! How long the disk takes to say that something is written: no durable server answers sooner.

use std::{fs::File, io::Write, path::Path, time::Instant};

use crate::figures::{Summary, milliseconds};

/// Appends and synchronises a page two hundred times.
pub(crate) fn describe(directory: &Path) -> anyhow::Result<String> {
    let path = directory.join("fdatasync");
    let mut file = File::create(&path)?;
    let mut took = Vec::new();
    for _ in 0..200 {
        file.write_all(&[7; 4096])?;
        let start = Instant::now();
        file.sync_data()?;
        took.push(milliseconds(start.elapsed()));
    }
    std::fs::remove_file(path)?;
    let Summary { median, p99, .. } = Summary::of(took);
    Ok(format!("`fdatasync` after 4 KiB on this disk: median {median:.2} ms, p99 {p99:.2} ms"))
}
