//! What a person recovers by: made once, opened with the recovery key on every later device; and the backup of room keys,
//! from which a key is fetched when somebody looks at what it opens.
//!
//! <https://spec.matrix.org/v1.18/client-server-api/#secrets>,
//! <https://spec.matrix.org/v1.18/client-server-api/#server-side-key-backups>

use ruma::{
    api::{
        client::{
            backup::{get_backup_keys_for_session, get_latest_backup_info},
            config::{get_global_account_data, set_global_account_data},
        },
        error::ErrorKind,
    },
    events::GlobalAccountDataEventType,
    serde::Raw,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use trellis_model::protocol::{RecoveryState, Refusal};

use super::exchange::{send, send_all};
use crate::{
    core::Core,
    port::{Crypto, CryptoError, OutgoingRequest, RequestKind, RoomKey, SECRETS, StoredSecrets},
    queue::Turn,
    request::{MatrixError, RequestError},
};

const DEFAULT_KEY: &str = "m.secret_storage.default_key";

/// How far this device has what the person recovers by.
pub(crate) async fn state(core: &Core) -> Result<RecoveryState, Refusal> {
    let status = core.keys.machine().await.recovery_status().await.map_err(refused)?;
    let is_here = status.signs && status.backup_version.is_some();
    Ok(match default_key(core).await? {
        Some(_) if is_here => RecoveryState::Ready,
        Some(_) => RecoveryState::Locked,
        None => RecoveryState::Missing,
    })
}

/// Makes what the person recovers by, and answers the recovery key. Done again it makes another key, and the one before
/// opens nothing any more; `anew` also gives up what only other devices have. `password`: where the homeserver asks.
pub(crate) async fn set_up(core: &Core, anew: bool, password: Option<String>) -> Result<String, Refusal> {
    if !anew && state(core).await? == RecoveryState::Locked {
        return Err(Refusal::Forbidden { reason: None });
    }
    let machine = core.keys.machine().await;
    let turn = core.keys.turn.turn().await;
    // The device must be known before it is signed.
    send_all(core, &*machine, &turn).await?;
    for request in machine.publish_identity(anew).await.map_err(refused)? {
        if request.kind == RequestKind::SigningKeysUpload {
            send_confirmed(core, &*machine, &turn, request, password.as_deref()).await?;
        } else {
            send(core, &*machine, &turn, request).await?;
        }
    }
    let backup = machine.create_backup().await.map_err(refused)?;
    send(core, &*machine, &turn, backup).await?;
    let storage = machine.seal_secrets().await.map_err(refused)?;
    for (event_type, content) in storage.events {
        let content = Raw::from_json_string(content).map_err(|_| Refusal::CoreFailed)?;
        let event_type = GlobalAccountDataEventType::from(event_type);
        let request = set_global_account_data::v3::Request::new_raw(core.user_id(), event_type, content);
        core.homeserver.send(request).await?;
    }
    drop(turn);
    // The keys that are here go into the backup.
    core.keys.note_work();
    Ok(storage.recovery_key)
}

/// Opens what the person recovers by, and reads again what could not be read.
pub(crate) async fn recover(core: &Core, recovery_key: &str) -> Result<(), Refusal> {
    let key_id = default_key(core).await?.ok_or(Refusal::NotFound)?;
    let description = account_data(core, &format!("m.secret_storage.key.{key_id}")).await?.ok_or(Refusal::NotFound)?;
    let mut secrets = Vec::new();
    for name in SECRETS {
        if let Some(content) = account_data(core, name).await? {
            secrets.push((name.to_owned(), content));
        }
    }
    let stored = StoredSecrets { key_id, description, secrets, backup: backup(core).await? };
    let machine = core.keys.machine().await;
    let turn = core.keys.turn.turn().await;
    // What is signed must be known first: the person's keys, and this device.
    send_all(core, &*machine, &turn).await?;
    let signature = machine.open_secrets(recovery_key, stored).await.map_err(refused)?;
    send(core, &*machine, &turn, signature).await?;
    drop(turn);
    core.keys.note_work();
    core.look_again();
    Ok(())
}

/// Fetches a room key out of the backup, if there is one and it has it.
pub(super) async fn fetch(core: &Core, machine: &dyn Crypto, key: &RoomKey) -> Result<(), RequestError> {
    let failed = |error: CryptoError| RequestError::Unexpected(error.to_string());
    let Some(version) = machine.recovery_status().await.map_err(failed)?.backup_version else { return Ok(()) };
    let (room_id, session_id) = (key.room_id.clone(), key.session_id.clone());
    let request = get_backup_keys_for_session::v3::Request::new(version, room_id, session_id);
    let Some(response) = found(core.homeserver.send(request).await)? else { return Ok(()) };
    machine.import_room_key(key, response.key_data.json().get()).await.map_err(failed)
}

/// Sends what the homeserver may want confirmed by the password.
async fn send_confirmed(
    core: &Core,
    machine: &dyn Crypto,
    turn: &Turn<'_>,
    request: OutgoingRequest,
    password: Option<&str>,
) -> Result<(), Refusal> {
    let session = match send(core, machine, turn, request.clone()).await {
        Ok(()) => return Ok(()),
        Err(RequestError::Refused(MatrixError { uiaa: Some(info), .. })) => info.session,
        Err(error) => return Err(error.into()),
    };
    let password = password.ok_or(Refusal::WrongPassword)?;
    let mut body: Map<String, Value> = serde_json::from_str(&request.body).map_err(|_| Refusal::CoreFailed)?;
    let identifier = json!({ "type": "m.id.user", "user": core.user_id() });
    let auth = json!({
        "type": "m.login.password", "identifier": identifier, "password": password, "session": session,
    });
    body.insert("auth".to_owned(), auth);
    match send(core, machine, turn, OutgoingRequest { body: Value::Object(body).to_string(), ..request }).await {
        Ok(()) => Ok(()),
        Err(RequestError::Refused(MatrixError { uiaa: Some(_), .. })) => Err(Refusal::WrongPassword),
        Err(error) if error.kind() == Some(&ErrorKind::Forbidden) => Err(Refusal::WrongPassword),
        Err(error) => Err(error.into()),
    }
}

/// The ID of the key that opens the secrets.
async fn default_key(core: &Core) -> Result<Option<String>, Refusal> {
    #[derive(Deserialize)]
    struct Content {
        key: String,
    }
    let content = account_data(core, DEFAULT_KEY).await?;
    // Emptied by who resets it: as good as none.
    Ok(content.and_then(|content| serde_json::from_str::<Content>(&content).ok()).map(|content| content.key))
}

async fn account_data(core: &Core, event_type: &str) -> Result<Option<String>, RequestError> {
    let event_type = GlobalAccountDataEventType::from(event_type);
    let request = get_global_account_data::v3::Request::new(core.user_id(), event_type);
    let response = found(core.homeserver.send(request).await)?;
    Ok(response.map(|response| response.account_data.json().get().to_owned()))
}

/// The version of the backup, and what it is.
async fn backup(core: &Core) -> Result<Option<(String, String)>, RequestError> {
    let response = found(core.homeserver.send(get_latest_backup_info::v3::Request::new()).await)?;
    Ok(response.map(|response| (response.version, response.algorithm.json().get().to_owned())))
}

fn found<T>(result: Result<T, RequestError>) -> Result<Option<T>, RequestError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == Some(&ErrorKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn refused(error: CryptoError) -> Refusal {
    match error {
        CryptoError::WrongKey => Refusal::WrongRecoveryKey,
        error => {
            tracing::error!(%error, "the crypto machine failed");
            Refusal::CoreFailed
        }
    }
}
