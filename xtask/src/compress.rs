//! Precompressed files beside each file worth compressing.

use std::{
    ffi::OsString,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

/// Smaller files travel in one packet either way.
const SMALLEST: usize = 512;

/// What is compressed already.
const COMPRESSED: [&str; 6] = ["png", "jpg", "webp", "woff2", "br", "gz"];

/// Writes `.br` and `.gz` beside each file of a directory.
pub(crate) fn compress_all(directory: &Path) -> anyhow::Result<()> {
    let files = files(directory)?;
    let lanes = std::thread::available_parallelism()?.get();
    std::thread::scope(|scope| {
        let files = &files;
        let handles: Vec<_> = (0..lanes)
            .map(|lane| scope.spawn(move || files.iter().skip(lane).step_by(lanes).try_for_each(|file| compress(file))))
            .collect();
        handles.into_iter().try_for_each(|handle| handle.join().expect("compressing does not panic"))
    })
}

/// Every file below a directory, in order.
pub(crate) fn files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The path with a further extension.
pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    PathBuf::from(name)
}

fn compress(file: &Path) -> anyhow::Result<()> {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let content = fs::read(file)?;
    if content.len() < SMALLEST || COMPRESSED.contains(&extension) {
        return Ok(());
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&content)?;
    fs::write(with_suffix(file, ".gz"), gzip.finish()?)?;

    let mut brotli = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut content.as_slice(), &mut brotli, &parameters)?;
    fs::write(with_suffix(file, ".br"), brotli)?;
    Ok(())
}
