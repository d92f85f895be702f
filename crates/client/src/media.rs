//! Media: fetched with the account's token, kept in a cache of bounded size.

use std::rc::Rc;

use ruma::{
    MxcUri, OwnedMxcUri, UInt,
    api::client::{
        authenticated_media::{get_content, get_content_thumbnail, get_media_config},
        media::get_content_thumbnail::v3::Method,
    },
};
use serde::{Deserialize, Serialize};
use trellis_model::protocol::{AttachmentIndex, MediaRequest, MediaSource, Refusal, Reply, UploadRefusal};

use crate::{
    commands::Answer,
    core::Core,
    port::{Batch, CryptoError, EncryptedFile, File, Key, StoreError, Table},
    records::{KeyBuilder, Protection},
    request::SLOW_REQUEST_TIMEOUT,
    tabs::Attachment,
};

/// How much of the cache one file may take.
const LARGEST_CACHED: usize = 8 * 1024 * 1024;

/// How much the whole cache may take.
const CACHE_CAPACITY: u64 = 128 * 1024 * 1024;

/// How much is read of a file at once.
const READ_LENGTH: usize = 1024 * 1024;

/// Where the list of what is cached stands; no media key begins like it.
const CACHE_LIST: &[u8] = b"\0list";

#[derive(Serialize, Deserialize)]
struct CachedMedia {
    mimetype: Option<String>,
    bytes: Vec<u8>,
    /// What opened it, where it was encrypted.
    file: Option<String>,
}

/// What is cached, oldest first, with its size.
#[derive(Default, Serialize, Deserialize)]
struct CacheList(Vec<(Key, u64)>);

/// Fetches a file, from the cache if it is there.
pub(crate) async fn fetch(core: &Core, request: MediaRequest) -> Result<Answer, Refusal> {
    let key = cache_key(&request);
    let cached: Option<CachedMedia> = core.records.get(Table::Media, &key).await.unwrap_or_default();
    let file = match &request {
        MediaRequest::Content(MediaSource::Encrypted { file, .. }) => Some(file),
        MediaRequest::Content(MediaSource::Plain(_)) | MediaRequest::Thumbnail { .. } => None,
    };
    // Who names the same file with another key gets what that one opens.
    if let Some(media) = cached.filter(|media| media.file.as_ref() == file) {
        return Ok(answer(media.bytes, media.mimetype));
    }
    let (bytes, mimetype) = download(core, &request).await?;
    if bytes.len() <= LARGEST_CACHED {
        let media = CachedMedia { mimetype: mimetype.clone(), bytes: bytes.clone(), file: file.cloned() };
        if let Err(error) = keep(core, key, &media).await {
            tracing::warn!(%error, "a file could not be cached");
        }
    }
    Ok(answer(bytes, mimetype))
}

fn answer(bytes: Vec<u8>, mimetype: Option<String>) -> Answer {
    Answer {
        reply: Reply::Media { file: AttachmentIndex(0), mimetype: mimetype.clone() },
        files: vec![Attachment { bytes, mimetype }],
    }
}

async fn download(core: &Core, request: &MediaRequest) -> Result<(Vec<u8>, Option<String>), Refusal> {
    match request {
        MediaRequest::Content(MediaSource::Plain(uri)) => content(core, uri).await,
        MediaRequest::Content(MediaSource::Encrypted { file, mimetype }) => {
            let uri = encrypted_uri(file).ok_or(Refusal::Damaged)?;
            let (bytes, _) = content(core, &uri).await?;
            let file = EncryptedFile { bytes, key: file.clone() };
            let plain = core.keys.machine().await.decrypt_file(file).await.map_err(|error| match error {
                CryptoError::Damaged => Refusal::Damaged,
                error => {
                    tracing::error!(%error, "a file could not be decrypted");
                    Refusal::CoreFailed
                }
            })?;
            Ok((plain, mimetype.clone().filter(|mimetype| is_harmless(mimetype))))
        }
        MediaRequest::Thumbnail { uri, width, height } => {
            let (server_name, media_id) = parts(uri)?;
            let (width, height) = (UInt::from(*width), UInt::from(*height));
            let mut request = get_content_thumbnail::v1::Request::new(media_id, server_name, width, height);
            request.method = Some(if width == height { Method::Crop } else { Method::Scale });
            let response = core.homeserver.send_within(request, SLOW_REQUEST_TIMEOUT).await?;
            Ok((response.file, response.content_type.map(|value| value.to_string())))
        }
    }
}

async fn content(core: &Core, uri: &MxcUri) -> Result<(Vec<u8>, Option<String>), Refusal> {
    let (server_name, media_id) = parts(uri)?;
    let request = get_content::v1::Request::new(media_id, server_name);
    let response = core.homeserver.send_within(request, SLOW_REQUEST_TIMEOUT).await?;
    Ok((response.file, response.content_type.map(|value| value.to_string())))
}

/// Where an encrypted file lies.
fn encrypted_uri(file: &str) -> Option<OwnedMxcUri> {
    #[derive(Deserialize)]
    struct File {
        url: OwnedMxcUri,
    }
    serde_json::from_str::<File>(file).ok().map(|file| file.url)
}

/// Whether the page may have a file under the type its sender gave it. A homeserver defuses what a browser would run; what
/// was encrypted went past it.
fn is_harmless(mimetype: &str) -> bool {
    let essence = mimetype.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_seen_or_heard = ["image/", "video/", "audio/"].iter().any(|kind| essence.starts_with(kind));
    is_seen_or_heard && essence != "image/svg+xml" && !essence.ends_with("+xml")
}

fn parts(uri: &MxcUri) -> Result<(ruma::OwnedServerName, String), Refusal> {
    let (server_name, media_id) = uri.parts().map_err(|_| Refusal::InvalidInput)?;
    Ok((server_name.to_owned(), media_id.to_owned()))
}

fn cache_key(request: &MediaRequest) -> Key {
    match request {
        MediaRequest::Content(MediaSource::Plain(uri)) => KeyBuilder::new().text(uri).build(),
        MediaRequest::Content(MediaSource::Encrypted { file, .. }) => {
            let uri = encrypted_uri(file).unwrap_or_else(|| "".into());
            KeyBuilder::new().text(&uri).text("encrypted").build()
        }
        MediaRequest::Thumbnail { uri, width, height } => {
            KeyBuilder::new().text(uri).number(u64::from(*width)).number(u64::from(*height)).build()
        }
    }
}

/// Puts a file into the cache, and lets the oldest go where the cache would grow too large. Everything is sealed: what
/// was encrypted on its way is not told apart from what was not.
async fn keep(core: &Core, key: Key, media: &CachedMedia) -> Result<(), StoreError> {
    let _turn = core.writer.turn().await;
    let mut list: CacheList = core.records.get(Table::Media, CACHE_LIST).await?.unwrap_or_default();
    let mut batch = Batch::default();
    list.0.retain(|(kept, _)| *kept != key);
    list.0.push((key.clone(), media.bytes.len() as u64));
    let mut size: u64 = list.0.iter().map(|(_, size)| size).sum();
    while size > CACHE_CAPACITY {
        let (oldest, freed) = list.0.remove(0);
        batch.delete(Table::Media, oldest);
        size -= freed;
    }
    core.records.put(&mut batch, Table::Media, key, Protection::Sealed, media);
    core.records.put(&mut batch, Table::Media, CACHE_LIST.to_vec(), Protection::Sealed, &list);
    core.records.commit(batch).await
}

/// Reads a file a page handed over.
pub(crate) async fn read(file: &dyn File) -> Result<Vec<u8>, Refusal> {
    let unreadable = || Refusal::Upload(UploadRefusal::Unreadable);
    let size = usize::try_from(file.size()).map_err(|_| unreadable())?;
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        let part = file.read(bytes.len() as u64, READ_LENGTH).await.map_err(|_| unreadable())?;
        if part.is_empty() {
            return Err(unreadable());
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

/// Refuses a file larger than the homeserver takes, where that is known: a person offline may queue it.
pub(crate) fn check_size(core: &Core, size: u64) -> Result<(), Refusal> {
    match core.upload_limit.get() {
        Some(limit) if size > limit => Err(Refusal::Upload(UploadRefusal::TooLarge { limit })),
        _ => Ok(()),
    }
}

/// Asks once how large a file the homeserver takes.
pub(crate) async fn learn_limit(core: Rc<Core>) {
    let mut reachable = core.reachable.listen();
    loop {
        reachable.heard().await;
        if let Ok(response) = core.homeserver.send(get_media_config::v1::Request::new()).await {
            core.upload_limit.set(Some(response.upload_size.into()));
            return;
        }
    }
}
