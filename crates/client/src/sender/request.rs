//! The requests of the send queue, and what their answers mean to it.

use http::StatusCode;
use ruma::{
    OwnedEventId, OwnedMxcUri, OwnedRoomId, TransactionId,
    api::{
        client::{
            media::{create_content, create_content_async, create_mxc_uri},
            message::send_message_event,
            redact::redact_event,
        },
        error::ErrorKind,
    },
    events::MessageLikeEventType,
    serde::Raw,
};
use trellis_model::{
    protocol::{TransferProgress, Update},
    send_queue::{Failure, Media, Outcome, Outgoing, Task},
};

use crate::{
    core::Core,
    keys,
    port::{EncryptedContent, EncryptedFile},
    request::{RequestError, milliseconds},
};

/// What a request came to.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// What is stored in place of the plain file.
    pub(super) encrypted: Option<Vec<u8>>,
}

impl From<Outcome> for Done {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, encrypted: None }
    }
}

/// Makes a request, or encrypts what the next one takes along.
pub(super) async fn run(
    core: &Core,
    room_id: &OwnedRoomId,
    transaction_id: &TransactionId,
    task: Task,
) -> Result<Done, RequestError> {
    if matches!(task, Task::CreateUri | Task::Upload { .. }) {
        let file = media(core, transaction_id).ok_or_else(gone)?;
        // Nothing goes into an encrypted room as it is. Once it is encrypted, the same bytes are uploaded with every try.
        if !file.is_encrypted && keys::is_encrypted(core, room_id).await? {
            let bytes = file.bytes(core, transaction_id).await?;
            let EncryptedFile { bytes, key } = keys::encrypt_file(core, bytes).await?;
            return Ok(Done { outcome: Outcome::Encrypted { key }, encrypted: Some(bytes) });
        }
    }
    request(core, room_id, transaction_id, task).await.map(Done::from)
}

async fn request(
    core: &Core,
    room_id: &OwnedRoomId,
    transaction_id: &TransactionId,
    task: Task,
) -> Result<Outcome, RequestError> {
    match task {
        Task::Send { event_type, content } => {
            let content = keys::content_to_send(core, room_id, event_type, content).await?;
            send(core, room_id, transaction_id, content).await.map(Outcome::Sent)
        }
        Task::Redact { event_id, reason } => {
            let mut request = redact_event::v3::Request::new(room_id.clone(), event_id, transaction_id.to_owned());
            request.reason = reason;
            core.homeserver.send(request).await.map(|response| Outcome::Sent(response.event_id))
        }
        Task::CreateUri => match core.homeserver.send(create_mxc_uri::v1::Request::default()).await {
            Ok(response) => Ok(Outcome::UriCreated(response.content_uri)),
            // A homeserver without asynchronous uploads: a repetition makes a second file, and still one message.
            Err(error) if error.is_unrecognized() => upload(core, transaction_id, None).await,
            Err(error) => Err(error),
        },
        Task::Upload { uri } => upload(core, transaction_id, Some(uri)).await,
    }
}

async fn send(
    core: &Core,
    room_id: &OwnedRoomId,
    transaction_id: &TransactionId,
    EncryptedContent { event_type, content }: EncryptedContent,
) -> Result<OwnedEventId, RequestError> {
    let content = Raw::from_json_string(content).map_err(|error| RequestError::Invalid(error.to_string()))?;
    let request = send_message_event::v3::Request::new_raw(
        room_id.clone(),
        transaction_id.to_owned(),
        MessageLikeEventType::from(event_type),
        content,
    );
    Ok(core.homeserver.send(request).await?.event_id)
}

/// Uploads a file: to the address that was made for it, or to one the homeserver makes now.
///
/// <https://spec.matrix.org/v1.18/client-server-api/#content-repo>
async fn upload(
    core: &Core,
    transaction_id: &TransactionId,
    uri: Option<OwnedMxcUri>,
) -> Result<Outcome, RequestError> {
    let media = media(core, transaction_id).ok_or_else(gone)?;
    let bytes = media.bytes(core, transaction_id).await?;
    let report = |sent: u64| {
        let (transaction_id, total) = (transaction_id.to_owned(), media.size);
        let progress = TransferProgress { transaction_id, sent: sent.min(total), total };
        core.tabs.broadcast(&Update::Transfer(progress));
    };
    report(0);
    let uri = match uri {
        Some(uri) => {
            put(core, &uri, &media, bytes, &report).await?;
            uri
        }
        None => {
            let mut request = create_content::v3::Request::new(bytes);
            request.content_type = Some(media.content_type);
            request.filename = media.file_name;
            core.homeserver.upload(request, &report).await?.content_uri
        }
    };
    report(media.size);
    Ok(Outcome::Uploaded(uri))
}

async fn put(
    core: &Core,
    uri: &OwnedMxcUri,
    media: &Upload,
    bytes: Vec<u8>,
    report: &dyn Fn(u64),
) -> Result<(), RequestError> {
    let (server_name, media_id) = uri.parts().map_err(|error| RequestError::Invalid(error.to_string()))?;
    let mut request = create_content_async::v3::Request::new(media_id.to_owned(), server_name.to_owned(), bytes);
    request.content_type = Some(media.content_type.clone());
    request.filename.clone_from(&media.file_name);
    match core.homeserver.upload(request, report).await {
        Ok(_) => Ok(()),
        // The answer to an earlier try was lost.
        Err(error) if error.kind() == Some(&ErrorKind::CannotOverwriteMedia) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A file on its way, and what the homeserver is told of it: nothing, of one that is encrypted.
struct Upload {
    is_encrypted: bool,
    content_type: String,
    file_name: Option<String>,
    size: u64,
}

impl Upload {
    async fn bytes(&self, core: &Core, transaction_id: &TransactionId) -> Result<Vec<u8>, RequestError> {
        let bytes = if self.is_encrypted {
            core.records.encrypted_file(transaction_id).await
        } else {
            core.records.file(transaction_id).await
        };
        let bytes = bytes.map_err(|error| RequestError::Invalid(error.to_string()))?;
        if bytes.len() as u64 == self.size { Ok(bytes) } else { Err(gone()) }
    }
}

fn media(core: &Core, transaction_id: &TransactionId) -> Option<Upload> {
    match &core.outbox.queue.borrow().get(transaction_id)?.outgoing {
        Outgoing::Media(Media { mimetype, file_name, size, .. }) => Some(Upload {
            is_encrypted: false,
            content_type: mimetype.clone(),
            file_name: Some(file_name.clone()),
            size: *size,
        }),
        Outgoing::EncryptedMedia { media, .. } => Some(Upload {
            is_encrypted: true,
            content_type: "application/octet-stream".to_owned(),
            file_name: None,
            size: media.size,
        }),
        Outgoing::Event { .. } | Outgoing::Redaction { .. } => None,
    }
}

fn gone() -> RequestError {
    RequestError::Invalid("the file is gone".to_owned())
}

/// What an error means to the queue.
pub(super) fn failure(error: RequestError) -> Failure {
    let (status, errcode, message, retry_after) = match error {
        RequestError::Unreachable(_) | RequestError::TimedOut => return Failure::Unreachable,
        RequestError::LimitExceeded { retry_after } => {
            (429, Some("M_LIMIT_EXCEEDED".to_owned()), String::new(), retry_after.map(milliseconds))
        }
        RequestError::Unavailable(status) => (status.as_u16(), None, String::new(), None),
        RequestError::SessionEnded { .. } => (401, Some("M_UNKNOWN_TOKEN".to_owned()), String::new(), None),
        RequestError::Refused(error) => {
            // A 401 that is not about the token is a refusal like any other: logging in again would not help.
            let status = if error.status == StatusCode::UNAUTHORIZED { StatusCode::FORBIDDEN } else { error.status };
            (status.as_u16(), Some(error.errcode), error.message, None)
        }
        RequestError::Unexpected(message) => (200, None, message, None),
        RequestError::Invalid(message) => (400, Some("M_BAD_JSON".to_owned()), message, None),
    };
    Failure::Response { status, errcode, error: message, retry_after }
}
