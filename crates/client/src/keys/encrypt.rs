//! Encrypting: what goes into a room that was ever encrypted goes encrypted, or does not go.

use ruma::{OwnedRoomId, OwnedUserId, RoomId};
use serde::Deserialize;
use trellis_model::{
    event::content_of,
    protocol::{Membership, Refusal},
    room::RoomEncryption,
};

use super::exchange::{failed, send, send_all};
use crate::{
    core::Core,
    port::{EncryptedContent, EncryptedFile, ShareSettings, StoreError},
    request::RequestError,
};

/// How often what is to be shared is asked for again, while devices and people come and go.
const ROUNDS: usize = 5;

/// The one kind of content that goes in the clear: a reaction is nothing but its relation, which every event of an
/// encrypted room shows to the homeserver, and which the homeserver must see to count it.
///
/// <https://spec.matrix.org/v1.18/client-server-api/#event-annotations-and-reactions>
const REACTION: &str = "m.reaction";

/// What is sent for a content: itself, or what it becomes in an encrypted room. It is encrypted anew with every try, for
/// those who are in the room now; the homeserver takes only one by its transaction ID.
pub(crate) async fn content_to_send(
    core: &Core,
    room_id: &OwnedRoomId,
    event_type: String,
    content: String,
) -> Result<EncryptedContent, RequestError> {
    let plain = EncryptedContent { event_type, content };
    match encryption(core, room_id).await? {
        Some(encryption) if plain.event_type != REACTION => encrypt(core, room_id, &plain, encryption).await,
        _ => Ok(plain),
    }
}

/// A file as it goes into an encrypted room.
pub(crate) async fn encrypt_file(core: &Core, bytes: Vec<u8>) -> Result<EncryptedFile, RequestError> {
    core.keys.machine().await.encrypt_file(bytes).await.map_err(failed)
}

/// Whether what goes into a room must be encrypted.
pub(crate) async fn is_encrypted(core: &Core, room_id: &RoomId) -> Result<bool, RequestError> {
    Ok(encryption(core, room_id).await?.is_some())
}

/// How a room is encrypted. Of a room that is not stored that is not known: what waits for it waits on.
async fn encryption(core: &Core, room_id: &RoomId) -> Result<Option<RoomEncryption>, RequestError> {
    let room = core.records.room(room_id).await.map_err(unread)?;
    let Some(room) = room.filter(|room| room.state_complete) else {
        return Err(RequestError::Unexpected("the room is not here yet".to_owned()));
    };
    match room.encryption {
        Some(encryption) => Ok(Some(encryption)),
        None => core.records.encryption(room_id).await.map_err(unread),
    }
}

async fn encrypt(
    core: &Core,
    room_id: &OwnedRoomId,
    plain: &EncryptedContent,
    encryption: RoomEncryption,
) -> Result<EncryptedContent, RequestError> {
    let machine = core.keys.machine().await;
    core.complete_members(room_id).await.map_err(unanswered)?;
    let turn = core.keys.turn.turn().await;
    for _ in 0..ROUNDS {
        let (recipients, settings) = recipients(core, room_id, encryption.clone()).await.map_err(unread)?;
        machine.track_users(&recipients).await.map_err(failed)?;
        send_all(core, &*machine, &turn).await?;
        if let Some(request) = machine.missing_sessions(&recipients).await.map_err(failed)? {
            send(core, &*machine, &turn, request).await?;
        }
        let requests = machine.share_room_key(room_id, &recipients, &settings).await.map_err(failed)?;
        if requests.is_empty() {
            return machine.encrypt(room_id, &plain.event_type, &plain.content).await.map_err(failed);
        }
        for request in requests {
            send(core, &*machine, &turn, request).await?;
        }
    }
    Err(RequestError::Unexpected("the room's people do not come to rest".to_owned()))
}

/// Who must be able to read what is sent now. Who is invited reads from the invitation on, unless the room shows its
/// history to members only.
async fn recipients(
    core: &Core,
    room_id: &RoomId,
    encryption: RoomEncryption,
) -> Result<(Vec<OwnedUserId>, ShareSettings), StoreError> {
    #[derive(Deserialize)]
    struct Content {
        history_visibility: Option<String>,
    }
    let visibility = core.records.state_event(room_id, "m.room.history_visibility").await?;
    let visibility = visibility.and_then(|event| content_of::<Content>(&event.json)?.history_visibility);
    let history_visibility = visibility.unwrap_or_else(|| "shared".to_owned());
    let invited = history_visibility != "joined";
    let members =
        core.records.members(room_id).await?.into_iter().filter(|member| {
            member.membership == Membership::Join || (invited && member.membership == Membership::Invite)
        });
    let recipients = members.map(|member| member.user_id).collect();
    Ok((recipients, ShareSettings { encryption, history_visibility }))
}

fn unread(error: StoreError) -> RequestError {
    RequestError::Unexpected(error.to_string())
}

/// Why the members of a room could not be loaded.
fn unanswered(refusal: Refusal) -> RequestError {
    match refusal {
        Refusal::SessionEnded { soft } => RequestError::SessionEnded { soft },
        Refusal::Offline => RequestError::TimedOut,
        refusal => RequestError::Unexpected(format!("the members are not known: {refusal:?}")),
    }
}
