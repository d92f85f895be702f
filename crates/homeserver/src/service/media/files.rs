//! Content on disk, named by its SHA-256. A file appears whole or not at all.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use futures::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::{
    fs::{self, File},
    io::{AsyncWriteExt as _, BufWriter},
};

use crate::{MatrixError, Result};

/// Content on disk.
#[derive(Clone, Debug)]
pub(super) struct Files {
    root: Arc<Path>,
    last_upload: Arc<AtomicU64>,
}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// In hexadecimal.
    pub(super) sha256: String,
    /// In bytes.
    pub(super) size: i64,
}

/// A file that is removed unless it is kept.
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.0.take()
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, "an unfinished upload could not be removed");
        }
    }
}

impl Files {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root: root.into(), last_upload: Arc::default() }
    }

    /// Clears away uploads that a crash left unfinished. Only who serves may: nobody else knows that
    /// they are not going on.
    pub(super) async fn clear_unfinished(&self) -> io::Result<()> {
        let unfinished = self.root.join("unfinished");
        match fs::remove_dir_all(&unfinished).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir_all(&unfinished).await,
        }
    }

    /// Writes a body down as it comes.
    pub(super) async fn store(&self, body: Body, limit: u64) -> Result<Stored> {
        let number = self.last_upload.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join("unfinished").join(number.to_string());
        let mut file = BufWriter::new(File::create(&path).await?);
        let mut unfinished = Unfinished(Some(path.clone()));

        let mut hash = Sha256::new();
        let mut size = 0;
        let mut body = body.into_data_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| MatrixError::unknown("the upload ended early"))?;
            size += chunk.len() as u64;
            if size > limit {
                return Err(MatrixError::too_large(format!("the file is larger than {limit} bytes")));
            }
            hash.update(&chunk);
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        // Our answer means that the file is there, whatever happens to the machine.
        file.get_ref().sync_all().await?;

        let sha256: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.keep(&path, &self.path(&sha256)).await?;
        unfinished.0 = None;
        Ok(Stored { sha256, size: i64::try_from(size).map_err(MatrixError::internal)? })
    }

    /// Writes what was made from a file, under a name of its own.
    pub(super) async fn store_derived(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let number = self.last_upload.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join("unfinished").join(number.to_string());
        let mut unfinished = Unfinished(Some(path.clone()));
        fs::write(&path, content).await?;
        self.keep(&path, &self.path(name)).await?;
        unfinished.0 = None;
        Ok(())
    }

    /// Whether a file was written so long ago that whoever wrote it is done with it.
    pub(super) async fn is_settled(&self, name: &str, age: Duration) -> bool {
        match fs::metadata(self.path(name)).await.and_then(|metadata| metadata.modified()) {
            Ok(modified) => modified.elapsed().is_ok_and(|elapsed| elapsed >= age),
            // It is gone already.
            Err(_) => true,
        }
    }

    /// Removes a file and what was made from it.
    pub(super) async fn remove(&self, sha256: &str) -> io::Result<()> {
        let path = self.path(sha256);
        let Some(directory) = path.parent() else { return Ok(()) };
        let mut entries = match fs::read_dir(directory).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        while let Some(entry) = entries.next_entry().await? {
            if entry.file_name().to_string_lossy().starts_with(sha256) {
                fs::remove_file(entry.path()).await?;
            }
        }
        Ok(())
    }

    /// Opens a file by its hash or derived name.
    pub(super) async fn read(&self, name: &str) -> io::Result<File> {
        File::open(self.path(name)).await
    }

    async fn keep(&self, from: &Path, to: &Path) -> io::Result<()> {
        let Some(directory) = to.parent() else { return Err(io::ErrorKind::InvalidInput.into()) };
        fs::create_dir_all(directory).await?;
        fs::rename(from, to).await?;
        File::open(directory).await?.sync_all().await
    }

    /// Two levels of directories, since some file systems are slow with many entries in one.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        let (first, rest) = name.split_at_checked(2).unwrap_or((name, ""));
        let (second, _) = rest.split_at_checked(2).unwrap_or((rest, ""));
        self.root.join(first).join(second).join(name)
    }
}
