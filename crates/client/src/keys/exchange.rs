//! What the crypto machine and the homeserver have to tell each other.

use http::StatusCode;
use ruma::api::error::ErrorKind;
use trellis_model::sync::SyncResponse;

use crate::{
    backoff::{self, Backoff},
    core::Core,
    port::{Crypto, CryptoError, DeviceChanges, OutgoingRequest, RequestKind},
    queue::Turn,
    request::{MatrixError, RequestError, Retry},
};

/// How often the machine is asked again for what follows from answers.
const ROUNDS: usize = 5;

/// Sends what the machine wants sent, whenever it may want something.
pub(super) async fn run(core: &Core, machine: &dyn Crypto) {
    let mut work = core.keys.work.listen();
    let mut network = core.network.listen();
    let mut backoff = Backoff::default();
    loop {
        core.session_valid.opened().await;
        match pump(core, machine).await {
            Ok(()) => {
                backoff.reset();
                work.heard().await;
            }
            Err(error) => {
                tracing::info!(%error, "what the crypto machine wants sent waits");
                core.session_ended(&error).await;
                let delay = match error.retry() {
                    Retry::After(delay) => delay,
                    Retry::Backoff | Retry::AfterLogin | Retry::Never => backoff.next(&*core.random),
                };
                backoff::wait(&*core.clock, delay, &mut network).await;
            }
        }
    }
}

/// Hands what a response says about keys and devices to the machine, which stores it before we store anything. Answers
/// the to-device events.
pub(crate) async fn receive(machine: &dyn Crypto, response: &SyncResponse<'_>) -> Result<Vec<String>, CryptoError> {
    let text = |raw: Option<&serde_json::value::RawValue>| raw.map(|raw| raw.get().to_owned());
    let changes = DeviceChanges {
        to_device: response.to_device.iter().map(|event| event.get().to_owned()).collect(),
        device_lists: text(response.device_lists),
        one_time_keys_count: text(response.device_one_time_keys_count),
        unused_fallback_keys: text(response.device_unused_fallback_key_types),
        next_batch: response.next_batch.clone(),
    };
    machine.receive_sync_changes(changes).await
}

/// Sends what the machine wants sent now. What fails stays with it until the next time.
pub(crate) async fn pump(core: &Core, machine: &dyn Crypto) -> Result<(), RequestError> {
    let turn = core.keys.turn.turn().await;
    send_all(core, machine, &turn).await
}

/// The same for whoever has the turn.
pub(super) async fn send_all(core: &Core, machine: &dyn Crypto, turn: &Turn<'_>) -> Result<(), RequestError> {
    for _ in 0..ROUNDS {
        let mut requests = machine.outgoing_requests().await.map_err(failed)?;
        requests.extend(machine.missing_sessions(&[]).await.map_err(failed)?);
        if requests.is_empty() {
            return Ok(());
        }
        for request in requests {
            let kind = request.kind;
            match send(core, machine, turn, request).await {
                Err(RequestError::Refused(error)) if kind == RequestKind::KeysBackup && is_gone(&error) => {
                    tracing::warn!(%error, "the backup of the keys is gone");
                    machine.disable_backup().await.map_err(failed)?;
                }
                // The others may pass, and it is asked again after the next sync.
                Err(RequestError::Refused(error)) => tracing::warn!(%error, "a request of the crypto machine failed"),
                result => result?,
            }
        }
    }
    Ok(())
}

/// Whether the backup that was written to is not there any more, or not the newest.
fn is_gone(error: &MatrixError) -> bool {
    error.kind == ErrorKind::NotFound || error.errcode == "M_WRONG_ROOM_KEYS_VERSION"
}

/// Sends one request and gives the machine its answer.
pub(super) async fn send(
    core: &Core,
    machine: &dyn Crypto,
    _: &Turn<'_>,
    OutgoingRequest { id, kind, method, path, body }: OutgoingRequest,
) -> Result<(), RequestError> {
    let request = http::Request::builder()
        .method(method.as_str())
        .uri(path)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(body.into_bytes())
        .map_err(|error| RequestError::Invalid(error.to_string()))?;
    let response = core.homeserver.send_prepared(request).await?;
    let body = String::from_utf8(response.into_body()).map_err(|error| RequestError::Unexpected(error.to_string()))?;
    machine.receive_response(&id, kind, body).await.map_err(failed)
}

/// What the machine says, as something that is tried again, or not.
pub(super) fn failed(error: CryptoError) -> RequestError {
    match error {
        CryptoError::Unavailable | CryptoError::UnsupportedAlgorithm | CryptoError::Damaged | CryptoError::WrongKey => {
            RequestError::Invalid(error.to_string())
        }
        CryptoError::Lost | CryptoError::Store(_) | CryptoError::Failed(_) => {
            tracing::error!(%error, "the crypto machine failed");
            RequestError::Unavailable(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
