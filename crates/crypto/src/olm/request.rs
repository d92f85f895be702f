//! The machine's requests as HTTP, and the answers to them.

use std::{borrow::Cow, collections::BTreeMap};

use matrix_sdk_crypto::{
    OlmMachine,
    types::requests::{AnyIncomingResponse, AnyOutgoingRequest, ToDeviceRequest},
};
use ruma::{
    OwnedTransactionId,
    api::{
        IncomingResponse, OutgoingRequest as RumaRequest, SupportedVersions,
        auth_scheme::{AuthScheme, SendAccessToken},
        client::{
            backup::add_backup_keys,
            keys::{claim_keys, get_keys, upload_keys, upload_signatures, upload_signing_keys},
            message::send_message_event,
            to_device::send_event_to_device,
        },
        path_builder::VersionHistory,
    },
};
use trellis_client::port::{CryptoError, OutgoingRequest, RequestKind};

use super::{RequestId, failed, olm_failed};

/// Any base: only path and query are taken.
const BASE: &str = "http://homeserver.invalid";

/// The version whose paths are used: they have been the same since.
const VERSION: &str = "v1.11";

pub(super) fn any(id: &RequestId, request: &AnyOutgoingRequest) -> Result<OutgoingRequest, CryptoError> {
    match request {
        AnyOutgoingRequest::KeysUpload(request) => outgoing(id, RequestKind::KeysUpload, request.clone()),
        AnyOutgoingRequest::KeysQuery(query) => {
            let mut request = get_keys::v3::Request::new();
            request.timeout = query.timeout;
            request.device_keys.clone_from(&query.device_keys);
            outgoing(id, RequestKind::KeysQuery, request)
        }
        AnyOutgoingRequest::KeysClaim(request) => outgoing(id, RequestKind::KeysClaim, request.clone()),
        AnyOutgoingRequest::ToDeviceRequest(request) => to_device(request),
        AnyOutgoingRequest::SignatureUpload(request) => outgoing(id, RequestKind::SignatureUpload, request.clone()),
        AnyOutgoingRequest::RoomMessage(message) => {
            let (room_id, transaction_id) = (message.room_id.clone(), message.txn_id.clone());
            let request = send_message_event::v3::Request::new(room_id, transaction_id, &*message.content);
            outgoing(id, RequestKind::RoomMessage, request.map_err(failed)?)
        }
    }
}

pub(super) fn to_device(request: &ToDeviceRequest) -> Result<OutgoingRequest, CryptoError> {
    let (event_type, id) = (request.event_type.clone(), request.txn_id.clone());
    let request = send_event_to_device::v3::Request::new_raw(event_type, id.clone(), request.messages.clone());
    outgoing(&id, RequestKind::ToDevice, request)
}

pub(super) fn outgoing<R>(id: &RequestId, kind: RequestKind, request: R) -> Result<OutgoingRequest, CryptoError>
where
    R: RumaRequest<Authentication: for<'a> AuthScheme<Input<'a> = SendAccessToken<'a>>, PathBuilder = VersionHistory>,
{
    let versions = SupportedVersions::from_parts(&[VERSION.to_owned()], &BTreeMap::new());
    let request: http::Request<Vec<u8>> = request
        .try_into_http_request(BASE, SendAccessToken::IfRequired(""), Cow::Borrowed(&versions))
        .map_err(failed)?;
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    Ok(OutgoingRequest {
        id: id.to_string(),
        kind,
        method: request.method().to_string(),
        path,
        body: String::from_utf8(request.into_body()).map_err(failed)?,
    })
}

/// Gives the machine the answer to one of its requests.
pub(super) async fn receive(
    machine: &OlmMachine,
    id: OwnedTransactionId,
    kind: RequestKind,
    body: String,
) -> Result<(), CryptoError> {
    match kind {
        RequestKind::KeysUpload => mark(machine, &id, &read::<upload_keys::v3::Response>(body)?).await,
        RequestKind::KeysQuery => mark(machine, &id, &read::<get_keys::v3::Response>(body)?).await,
        RequestKind::KeysClaim => mark(machine, &id, &read::<claim_keys::v3::Response>(body)?).await,
        RequestKind::ToDevice => mark(machine, &id, &read::<send_event_to_device::v3::Response>(body)?).await,
        RequestKind::SignatureUpload => mark(machine, &id, &read::<upload_signatures::v3::Response>(body)?).await,
        RequestKind::RoomMessage => mark(machine, &id, &read::<send_message_event::v3::Response>(body)?).await,
        RequestKind::SigningKeysUpload => {
            let response = read::<upload_signing_keys::v3::Response>(body)?;
            mark(machine, &id, AnyIncomingResponse::SigningKeysUpload(&response)).await
        }
        RequestKind::KeysBackup => mark(machine, &id, &read::<add_backup_keys::v3::Response>(body)?).await,
        RequestKind::BackupVersion => Err(failed("nothing is known of this backup")),
    }
}

async fn mark<'a>(
    machine: &OlmMachine,
    id: &RequestId,
    response: impl Into<AnyIncomingResponse<'a>>,
) -> Result<(), CryptoError> {
    machine.mark_request_as_sent(id, response).await.map_err(olm_failed)
}

pub(super) fn read<R: IncomingResponse>(body: String) -> Result<R, CryptoError> {
    R::try_from_http_response(http::Response::new(body.into_bytes())).map_err(failed)
}
