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
    port::EncryptedContent,
    request::{RequestError, milliseconds},
};

/// Makes a request.
pub(super) async fn run(
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
        // A file would go as it is.
        Task::CreateUri | Task::Upload { .. } if keys::is_encrypted(core, room_id).await? => {
            Err(RequestError::Invalid("files cannot be encrypted".to_owned()))
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
    let gone = || RequestError::Invalid("the file is gone".to_owned());
    let media = media(core, transaction_id).ok_or_else(gone)?;
    let bytes = core.records.file(transaction_id).await.map_err(|error| RequestError::Invalid(error.to_string()))?;
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
            request.content_type = Some(media.mimetype.clone());
            request.filename = Some(media.file_name.clone());
            core.homeserver.upload(request, &report).await?.content_uri
        }
    };
    report(media.size);
    Ok(Outcome::Uploaded(uri))
}

async fn put(
    core: &Core,
    uri: &OwnedMxcUri,
    media: &Media,
    bytes: Vec<u8>,
    report: &dyn Fn(u64),
) -> Result<(), RequestError> {
    let (server_name, media_id) = uri.parts().map_err(|error| RequestError::Invalid(error.to_string()))?;
    let mut request = create_content_async::v3::Request::new(media_id.to_owned(), server_name.to_owned(), bytes);
    request.content_type = Some(media.mimetype.clone());
    request.filename = Some(media.file_name.clone());
    match core.homeserver.upload(request, report).await {
        Ok(_) => Ok(()),
        // The answer to an earlier try was lost.
        Err(error) if error.kind() == Some(&ErrorKind::CannotOverwriteMedia) => Ok(()),
        Err(error) => Err(error),
    }
}

fn media(core: &Core, transaction_id: &TransactionId) -> Option<Media> {
    match &core.outbox.queue.borrow().get(transaction_id)?.outgoing {
        Outgoing::Media(media) => Some(media.clone()),
        Outgoing::Event { .. } | Outgoing::Redaction { .. } => None,
    }
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
