//! Decrypting an event of a room, or saying why that is not possible.

use matrix_sdk_common::deserialized_responses::{
    DecryptedRoomEvent, UnsignedDecryptionResult, UnsignedEventLocation, WithheldCode,
};
use matrix_sdk_crypto::{
    DecryptionSettings, EventError, MegolmError, OlmMachine,
    types::events::room::encrypted::EncryptedEvent as RawEncrypted, vodozemac::megolm::DecryptionError,
};
use ruma::serde::Raw;
use serde::Deserialize;
use serde_json::Value;
use trellis_client::port::{CryptoError, EncryptedEvent};
use trellis_model::protocol::{Undecryptable, Withheld};

use super::store_failed;

/// Decrypts an event. The error is one of the machine's store; that the event cannot be decrypted is an answer.
pub(super) async fn decrypt(
    machine: &OlmMachine,
    EncryptedEvent { room_id, json }: EncryptedEvent,
    settings: &DecryptionSettings,
) -> Result<Result<String, Undecryptable>, CryptoError> {
    let Ok(raw) = Raw::<RawEncrypted>::from_json_string(json) else { return Ok(Err(Undecryptable::Broken)) };
    match machine.decrypt_room_event(&raw, &room_id, settings).await {
        Ok(decrypted) => Ok(Ok(text(&decrypted))),
        Err(MegolmError::Store(error)) => Err(store_failed(error)),
        Err(error) => Ok(Err(why(machine, raw.json().get(), &error))),
    }
}

/// The event's text. An edit that the homeserver put beside it in the clear is left out: nobody knows who wrote it.
fn text(decrypted: &DecryptedRoomEvent) -> String {
    let json = decrypted.event.json().get();
    let is_decrypted = decrypted.unsigned_encryption_info.as_ref().is_some_and(|results| {
        matches!(results.get(&UnsignedEventLocation::RelationsReplace), Some(UnsignedDecryptionResult::Decrypted(_)))
    });
    if is_decrypted || !json.contains("m.replace") {
        return json.to_owned();
    }
    let Ok(mut event) = serde_json::from_str::<Value>(json) else { return json.to_owned() };
    if let Some(relations) = event.pointer_mut("/unsigned/m.relations").and_then(Value::as_object_mut) {
        relations.remove("m.replace");
    }
    event.to_string()
}

fn why(machine: &OlmMachine, json: &str, error: &MegolmError) -> Undecryptable {
    match error {
        MegolmError::MissingRoomKey(Some(code)) => Undecryptable::Withheld(withheld(code)),
        // A key that begins later is as good as none.
        MegolmError::MissingRoomKey(None) | MegolmError::Decryption(DecryptionError::UnknownMessageIndex(..)) => {
            missing(machine, json)
        }
        MegolmError::EventError(EventError::UnsupportedAlgorithm) => Undecryptable::UnsupportedAlgorithm,
        _ => Undecryptable::Broken,
    }
}

/// Why there is no key: it was sent to those who were there.
fn missing(machine: &OlmMachine, json: &str) -> Undecryptable {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Event {
        origin_server_ts: u64,
        unsigned: Unsigned,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Unsigned {
        membership: Option<String>,
    }
    let event: Event = serde_json::from_str(json).unwrap_or_default();
    match event.unsigned.membership.as_deref() {
        Some("leave" | "ban" | "knock") => Undecryptable::BeforeJoining,
        _ if event.origin_server_ts < machine.device_creation_time().get().into() => Undecryptable::BeforeDevice,
        Some("invite") => Undecryptable::BeforeJoining,
        _ => Undecryptable::MissingKey,
    }
}

fn withheld(code: &WithheldCode) -> Withheld {
    match code {
        WithheldCode::Blacklisted => Withheld::Blocked,
        WithheldCode::Unverified => Withheld::Unverified,
        WithheldCode::Unauthorised => Withheld::NotAllowed,
        WithheldCode::Unavailable => Withheld::Unavailable,
        WithheldCode::NoOlm => Withheld::NoChannel,
        _ => Withheld::Other,
    }
}
