//! Files that users share, see the [content repository].
//!
//! Content is kept once per SHA-256, however often it is uploaded. It is never held in memory: files
//! are written and read as they come. What an ID stands for never changes once it is uploaded.
//!
//! [content repository]: https://spec.matrix.org/v1.18/client-server-api/#content-repository

mod files;
mod keeping;
pub mod safety;
mod thumbnails;

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use ruma::{MilliSecondsSinceUnixEpoch, MxcUri, OwnedMxcUri, ServerName, UInt, UserId};
use tokio::{fs::File, sync::Notify};
use tokio_util::sync::CancellationToken;

pub use self::thumbnails::ThumbnailSize;
use self::{
    files::{Files, Stored},
    thumbnails::Thumbnailer,
};
use crate::{
    Config, MatrixError, Result,
    environment::Environment,
    storage::{Storage, WriteKey, args},
};

/// How long an ID waits for its content.
const UNUSED_LIFETIME: i64 = 24 * 60 * 60 * 1000;
/// How many IDs of one user may wait at once.
const MAXIMUM_UNUSED: i64 = 100;

const KEY: WriteKey = WriteKey::Server("media");

/// Files that users share.
#[derive(Clone, Debug)]
pub struct Media {
    config: Arc<Config>,
    storage: Storage,
    environment: Environment,
    shutdown: CancellationToken,
    files: Files,
    thumbnailer: Thumbnailer,
    /// Called whenever the content of some ID has come.
    uploaded: Arc<Notify>,
}

/// What a client says of a file it uploads.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// Its type, as the client claims.
    pub content_type: Option<String>,
    /// Its name.
    pub file_name: Option<String>,
}

/// A file to answer with.
#[derive(Debug)]
pub struct Content {
    /// Open at its beginning.
    pub file: File,
    /// In bytes.
    pub size: u64,
    /// Names the content, for caches.
    pub tag: String,
    /// What is known of it.
    pub description: Description,
}

impl Media {
    pub(super) fn new(
        config: Arc<Config>,
        storage: Storage,
        environment: Environment,
        shutdown: CancellationToken,
    ) -> Self {
        let files = Files::new(config.data_dir.join("media"));
        let thumbnailer = Thumbnailer::new(files.clone());
        Self { config, storage, environment, shutdown, files, thumbnailer, uploaded: Arc::default() }
    }

    /// Makes ready to serve.
    pub(crate) async fn begin(&self) -> std::io::Result<()> {
        self.files.clear_unfinished().await?;
        self.sweep(self.shutdown.clone());
        Ok(())
    }

    /// An ID whose content is to come, and until when.
    pub async fn create(&self, user_id: &UserId) -> Result<(OwnedMxcUri, MilliSecondsSinceUnixEpoch)> {
        let now = self.environment.now_millis();
        let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM media \
            WHERE user_id = $1 AND created_at > $2 AND uploaded_at IS NULL";
        let since = now - UNUSED_LIFETIME;
        let row = self.storage.read().await?.fetch_one(sql, args![user_id, since]).await?;
        if row.get::<i64>(0)? >= MAXIMUM_UNUSED {
            return Err(MatrixError::limit_exceeded(Duration::from_secs(60)));
        }
        let media_id = self.environment.word(24);
        let (id, user_id) = (media_id.clone(), user_id.to_owned());
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "DELETE FROM media WHERE user_id = $1 AND created_at <= $2 AND uploaded_at IS NULL";
                    transaction.execute(sql, args![&user_id, since]).await?;
                    let sql = "INSERT INTO media (media_id, user_id, created_at) VALUES ($1, $2, $3)";
                    transaction.execute(sql, args![id, user_id, now]).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        let expires_at = UInt::try_from(now + UNUSED_LIFETIME).map_err(MatrixError::internal)?;
        Ok((self.uri(&media_id), MilliSecondsSinceUnixEpoch(expires_at)))
    }

    /// Takes a file and gives it an ID.
    pub async fn upload(&self, user_id: &UserId, body: Body, description: Description) -> Result<OwnedMxcUri> {
        self.check_quota(user_id).await?;
        let stored = self.files.store(body, self.config.max_upload_size).await?;
        let media_id = self.environment.word(24);
        let now = self.environment.now_millis();
        let (id, user_id) = (media_id.clone(), user_id.to_owned());
        let (rules, sha256) = (self.rules(), stored.sha256.clone());
        let written = self
            .storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    rules.admit(transaction, &user_id, &stored).await?;
                    let sql = "INSERT INTO media \
                        (media_id, user_id, created_at, uploaded_at, sha256, size, content_type, file_name) \
                        VALUES ($1, $2, $3, $3, $4, $5, $6, $7)";
                    let Stored { sha256, size } = stored;
                    let (kind, name) = columns(description);
                    transaction.execute(sql, args![id, user_id, now, sha256, size, kind, name]).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await;
        written.map_err(|why| self.abandon(sha256, why))?;
        Ok(self.uri(&media_id))
    }

    /// Takes the file an ID was made for.
    pub async fn upload_to(
        &self,
        user_id: &UserId,
        server_name: &ServerName,
        media_id: &str,
        body: Body,
        description: Description,
    ) -> Result<()> {
        self.check_awaited(user_id, server_name, media_id).await?;
        self.check_quota(user_id).await?;
        let stored = self.files.store(body, self.config.max_upload_size).await?;
        let now = self.environment.now_millis();
        let (user_id, media_id) = (user_id.to_owned(), media_id.to_owned());
        let (rules, uploaded) = (self.rules(), self.uploaded.clone());
        let sha256 = stored.sha256.clone();
        let written = self
            .storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    rules.admit(transaction, &user_id, &stored).await?;
                    let sql = "UPDATE media \
                        SET uploaded_at = $2, sha256 = $3, size = $4, content_type = $5, file_name = $6 \
                        WHERE media_id = $1 AND uploaded_at IS NULL";
                    let Stored { sha256, size } = stored;
                    let (kind, name) = columns(description);
                    let values = args![media_id, now, sha256, size, kind, name];
                    if transaction.execute(sql, values).await? == 0 {
                        return Err(MatrixError::cannot_overwrite_media("this media ID has its content"));
                    }
                    transaction.after_commit(move || uploaded.notify_waiters());
                    Ok(())
                })
            })
            .await;
        written.map_err(|why| self.abandon(sha256, why))
    }

    /// Refuses an upload before its body is read.
    async fn check_awaited(&self, user_id: &UserId, server_name: &ServerName, media_id: &str) -> Result<()> {
        let unknown = || MatrixError::not_found("there is no such media ID, or it has expired");
        if server_name != self.config.server_name {
            return Err(unknown());
        }
        let sql = "SELECT user_id, uploaded_at, created_at FROM media WHERE media_id = $1";
        let row = self.storage.read().await?.fetch_optional(sql, args![media_id]).await?.ok_or_else(unknown)?;
        if row.get::<String>(0)? != user_id.as_str() {
            return Err(MatrixError::forbidden("this media ID was made for someone else"));
        }
        if row.get::<Option<i64>>(1)?.is_some() {
            return Err(MatrixError::cannot_overwrite_media("this media ID has its content"));
        }
        if row.get::<i64>(2)? <= self.environment.now_millis() - UNUSED_LIFETIME {
            return Err(unknown());
        }
        Ok(())
    }

    /// The file of an ID; waits for one that is still to come, but not longer than asked.
    pub async fn download(&self, server_name: &ServerName, media_id: &str, patience: Duration) -> Result<Content> {
        let (stored, description) = self.wait_for(server_name, media_id, patience).await?;
        let file = self.files.read(&stored.sha256).await.map_err(MatrixError::internal)?;
        let size = u64::try_from(stored.size).unwrap_or_default();
        Ok(Content { file, size, tag: stored.sha256, description })
    }

    /// A smaller picture of the file of an ID.
    pub async fn thumbnail(
        &self,
        server_name: &ServerName,
        media_id: &str,
        size: ThumbnailSize,
        patience: Duration,
    ) -> Result<Content> {
        let (stored, description) = self.wait_for(server_name, media_id, patience).await?;
        if !description.content_type.as_deref().is_some_and(safety::is_picture) {
            return Err(MatrixError::unknown("there are no thumbnails of this kind of media"));
        }
        self.thumbnailer.thumbnail(&stored.sha256, size, description).await
    }

    async fn wait_for(
        &self,
        server_name: &ServerName,
        media_id: &str,
        patience: Duration,
    ) -> Result<(Stored, Description)> {
        if server_name != self.config.server_name {
            return Err(MatrixError::not_found("media of other servers cannot be fetched"));
        }
        let deadline = tokio::time::Instant::now() + patience.min(Duration::from_secs(60));
        loop {
            // Registered before the look, so that no call between the two is missed.
            let uploaded = self.uploaded.notified();
            if let Some(found) = self.find(media_id).await? {
                return Ok(found);
            }
            let not_yet = || Err(MatrixError::not_yet_uploaded("the content has not come yet"));
            tokio::select! {
                () = uploaded => {}
                () = tokio::time::sleep_until(deadline) => return not_yet(),
                () = self.shutdown.cancelled() => return not_yet(),
            }
        }
    }

    /// What is stored under an ID, nothing where the content is still to come.
    async fn find(&self, media_id: &str) -> Result<Option<(Stored, Description)>> {
        let sql = "SELECT media.sha256, size, content_type, file_name, media.created_at, accessed_at, \
                media_quarantine.created_at FROM media \
            LEFT JOIN media_quarantine ON media_quarantine.sha256 = media.sha256 WHERE media_id = $1";
        let row = self.storage.read().await?.fetch_optional(sql, args![media_id]).await?;
        let gone = || MatrixError::not_found("there is no such media");
        let row = row.ok_or_else(gone)?;
        let now = self.environment.now_millis();
        let (Some(sha256), Some(size)) = (row.get(0)?, row.get(1)?) else {
            let expired = row.get::<i64>(4)? <= now - UNUSED_LIFETIME;
            return if expired { Err(gone()) } else { Ok(None) };
        };
        if row.get::<Option<i64>>(6)?.is_some() {
            return Err(gone());
        }
        if row.get::<Option<i64>>(5)?.is_none_or(|at| now - at >= keeping::ACCESS_STEP) {
            self.note_access(media_id, now);
        }
        let file_name: Option<Vec<u8>> = row.get(3)?;
        let description = Description {
            content_type: row.get(2)?,
            file_name: file_name.map(|name| String::from_utf8_lossy(&name).into_owned()),
        };
        Ok(Some((Stored { sha256, size }, description)))
    }

    fn uri(&self, media_id: &str) -> OwnedMxcUri {
        <&MxcUri>::from(format!("mxc://{}/{media_id}", self.config.server_name).as_str()).to_owned()
    }
}

/// What a description is stored as.
fn columns(description: Description) -> (Option<String>, Option<Vec<u8>>) {
    let content_type = description.content_type.filter(|kind| safety::is_header_value(kind));
    (content_type, description.file_name.map(String::into_bytes))
}
