//! How much of it is kept, and for how long: quotas, retention, and what is taken out of circulation.

use std::{collections::BTreeSet, time::Duration};

use ruma::{MxcUri, OwnedMxcUri, UserId};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::{KEY, Media, files::Stored};
use crate::{
    MatrixError, Result,
    storage::{Connection, StorageError, Transaction, args},
};

/// How old "last asked for" may become before it is written anew.
pub(super) const ACCESS_STEP: i64 = DAY;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// How often what is too old is looked for.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// How many IDs go in one transaction.
const BATCH: i64 = 500;
/// A file younger than this may be that of an upload whose ID is about to be written.
const SETTLED: Duration = Duration::from_secs(60 * 60);

/// What an upload has to obey once it is there.
pub(super) struct Rules {
    quota: Option<u64>,
    info_uri: String,
}

impl Rules {
    /// Refuses what would be more than a user may keep, and what was taken out of circulation.
    pub(super) async fn admit(&self, transaction: &mut Transaction, user_id: &UserId, stored: &Stored) -> Result<()> {
        let sql = "SELECT 1 FROM media_quarantine WHERE sha256 = $1";
        if transaction.fetch_optional(sql, args![stored.sha256.as_str()]).await?.is_some() {
            return Err(MatrixError::forbidden("this file may not be shared here"));
        }
        let Some(quota) = self.quota else { return Ok(()) };
        let sql = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM media WHERE user_id = $1";
        let kept: i64 = transaction.fetch_one(sql, args![user_id]).await?.get(0)?;
        let total = u64::try_from(kept.saturating_add(stored.size)).unwrap_or_default();
        if total > quota {
            return Err(MatrixError::user_limit_exceeded(self.info_uri.clone(), over(quota)));
        }
        Ok(())
    }
}

fn over(quota: u64) -> String {
    format!("your files may take {quota} bytes together")
}

impl Media {
    pub(super) fn rules(&self) -> Rules {
        Rules { quota: self.config.media_quota, info_uri: self.config.public_url() }
    }

    /// Refuses an upload before it is read where nothing more fits.
    pub(super) async fn check_quota(&self, user_id: &UserId) -> Result<()> {
        let Some(quota) = self.config.media_quota else { return Ok(()) };
        let sql = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM media WHERE user_id = $1";
        let kept: i64 = self.storage.read().await?.fetch_one(sql, args![user_id]).await?.get(0)?;
        if u64::try_from(kept).unwrap_or_default() >= quota {
            return Err(MatrixError::user_limit_exceeded(self.config.public_url(), over(quota)));
        }
        Ok(())
    }

    /// Writes that a file was asked for. Nobody waits for it.
    pub(super) fn note_access(&self, media_id: &str, now: i64) {
        let media_id = media_id.to_owned();
        let written = self.storage.submit::<(), StorageError, _>(KEY, move |transaction| {
            Box::pin(async move {
                let sql = "UPDATE media SET accessed_at = $2 WHERE media_id = $1";
                transaction.execute(sql, args![media_id, now]).await?;
                Ok(())
            })
        });
        drop(written);
    }

    /// Takes the content of an ID out of circulation, under every ID it has or will be given.
    pub async fn quarantine(&self, uri: &MxcUri) -> Result<()> {
        let sha256 = self.content_of(uri).await?;
        let now = self.environment.now_millis();
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql =
                        "INSERT INTO media_quarantine (sha256, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
                    transaction.execute(sql, args![sha256, now]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Puts it back.
    pub async fn release(&self, uri: &MxcUri) -> Result<()> {
        let sha256 = self.content_of(uri).await?;
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "DELETE FROM media_quarantine WHERE sha256 = $1";
                    if transaction.execute(sql, args![sha256]).await? == 0 {
                        return Err(MatrixError::not_found("this file is not in quarantine"));
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn content_of(&self, uri: &MxcUri) -> Result<String> {
        let (server_name, media_id) =
            uri.parts().map_err(|_| MatrixError::invalid_param("this is no mxc:// address"))?;
        let unknown = || MatrixError::not_found("there is no such media");
        if server_name != self.config.server_name {
            return Err(unknown());
        }
        let sql = "SELECT sha256 FROM media WHERE media_id = $1 AND sha256 IS NOT NULL";
        let row = self.storage.read().await?.fetch_optional(sql, args![media_id]).await?;
        Ok(row.ok_or_else(unknown)?.get(0)?)
    }

    /// Looks for what is too old from time to time, until the server stops.
    pub(super) fn sweep(&self, shutdown: CancellationToken) {
        let media = self.clone();
        tokio::spawn(shutdown.run_until_cancelled_owned(async move {
            let mut interval = tokio::time::interval(INTERVAL);
            loop {
                interval.tick().await;
                if let Err(error) = media.clean().await {
                    tracing::warn!(?error, "media could not be cleaned");
                }
            }
        }));
    }

    /// Forgets IDs that nobody asked for in the time media are kept, and IDs whose content never
    /// came; then removes the files that no ID names any more.
    pub async fn clean(&self) -> Result<()> {
        let now = self.environment.now_millis();
        let unused = now - super::UNUSED_LIFETIME;
        self.forget("uploaded_at IS NULL AND created_at <= $1", unused, &BTreeSet::new()).await?;
        if let Some(days) = self.config.media_retention_days {
            let shown = shown(&mut self.storage.read().await?).await?;
            let condition = "uploaded_at IS NOT NULL AND COALESCE(accessed_at, created_at) <= $1";
            self.forget(condition, now - i64::from(days) * DAY, &shown).await?;
        }
        let rows = self.storage.read().await?.fetch_all("SELECT sha256 FROM media_orphans", args![]).await?;
        for row in rows {
            let sha256: String = row.get(0)?;
            if self.files.is_settled(&sha256, SETTLED).await {
                self.remove_orphan(sha256).await?;
            }
        }
        Ok(())
    }

    /// Forgets the IDs of a condition, but those that are shown.
    async fn forget(&self, condition: &str, before: i64, shown: &BTreeSet<String>) -> Result<()> {
        let sql = format!(
            "SELECT media_id, sha256 FROM media WHERE {condition} AND media_id > $2 ORDER BY media_id LIMIT $3"
        );
        let mut after = String::new();
        loop {
            let values = args![before, after.as_str(), BATCH];
            let rows = self.storage.read().await?.fetch_all(sql.clone(), values).await?;
            let found: Vec<(String, Option<String>)> =
                rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_>>()?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = last.clone();
            let gone = found.into_iter().filter(|(media_id, _)| !shown.contains(media_id)).collect();
            self.storage
                .write(KEY, move |transaction| Box::pin(async move { forget(transaction, gone).await }))
                .await?;
        }
    }

    /// Notes that a file was stored for nothing. Passes the reason on.
    pub(super) fn abandon(&self, sha256: String, why: MatrixError) -> MatrixError {
        let written = self.storage.submit::<(), StorageError, _>(KEY, move |transaction| {
            Box::pin(async move { orphan(transaction, sha256).await })
        });
        drop(written);
        why
    }

    async fn remove_orphan(&self, sha256: String) -> Result<()> {
        let sql = "SELECT 1 FROM media WHERE sha256 = $1 LIMIT 1";
        let used = self.storage.read().await?.fetch_optional(sql, args![sha256.as_str()]).await?.is_some();
        if !used {
            self.files.remove(&sha256).await.map_err(MatrixError::internal)?;
        }
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    transaction.execute("DELETE FROM media_orphans WHERE sha256 = $1", args![sha256]).await?;
                    Ok(())
                })
            })
            .await
    }
}

async fn forget(transaction: &mut Transaction, gone: Vec<(String, Option<String>)>) -> Result<(), StorageError> {
    for (media_id, sha256) in gone {
        transaction.execute("DELETE FROM media WHERE media_id = $1", args![media_id]).await?;
        if let Some(sha256) = sha256 {
            orphan(transaction, sha256).await?;
        }
    }
    Ok(())
}

async fn orphan(transaction: &mut Transaction, sha256: String) -> Result<(), StorageError> {
    let sql = "INSERT INTO media_orphans (sha256) VALUES ($1) ON CONFLICT DO NOTHING";
    transaction.execute(sql, args![sha256]).await?;
    Ok(())
}

/// The pictures that people and rooms show: they are asked for once and then come from caches.
async fn shown(connection: &mut Connection) -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Avatar {
        content: AvatarContent,
    }
    #[derive(Deserialize)]
    struct AvatarContent {
        url: Option<OwnedMxcUri>,
    }
    let mut shown = BTreeSet::new();
    let sql = "SELECT value FROM profile_fields WHERE name = 'avatar_url'";
    for row in connection.fetch_all(sql, args![]).await? {
        let uri = serde_json::from_slice::<OwnedMxcUri>(&row.get::<Vec<u8>>(0)?).ok();
        shown.extend(uri.and_then(|uri| Some(uri.parts().ok()?.1.to_owned())));
    }
    let sql = "SELECT json FROM current_state s JOIN events e ON e.event_id = s.event_id         WHERE s.type = 'm.room.avatar' AND s.state_key = ''";
    for row in connection.fetch_all(sql, args![]).await? {
        let avatar = serde_json::from_slice::<Avatar>(&row.get::<Vec<u8>>(0)?).ok();
        let uri = avatar.and_then(|avatar| avatar.content.url);
        shown.extend(uri.and_then(|uri| Some(uri.parts().ok()?.1.to_owned())));
    }
    Ok(shown)
}
