//! Making rooms, finding them, naming them.

use ruma::{
    OwnedRoomId, OwnedRoomOrAliasId, OwnedUserId, RoomAliasId, RoomId,
    api::{
        client::{
            alias::get_alias,
            config::set_global_account_data,
            room::{Visibility, create_room},
            state::send_state_event,
        },
        error::ErrorKind,
    },
    events::{AnyInitialStateEvent, StateEventType},
    serde::Raw,
};
use serde_json::{json, value::to_raw_value};
use trellis_model::protocol::{Command, CreateRoom, Membership, Preset, Refusal, Reply, Visibility as Listing};

use super::Answer;
use crate::{core::Core, request::SLOW_REQUEST_TIMEOUT, sign_in::store_refusal};

pub(super) async fn answer(core: &Core, command: Command) -> Result<Answer, Refusal> {
    let reply = match command {
        Command::CreateRoom(room) => Reply::Room { room_id: create(core, room).await? },
        Command::StartDirectChat { user_id } => Reply::Room { room_id: direct_chat(core, user_id).await? },
        Command::ResolveAlias { room } => Reply::Room { room_id: resolve(core, room).await? },
        Command::SetRoomName { room_id, name } => {
            set_state(core, room_id, StateEventType::RoomName, &json!({ "name": name })).await?;
            Reply::Done
        }
        Command::SetRoomTopic { room_id, topic } => {
            // `topic` for everybody, `m.topic` for those who read the newer form.
            let content = json!({ "topic": topic, "m.topic": { "m.text": [{ "body": topic }] } });
            set_state(core, room_id, StateEventType::RoomTopic, &content).await?;
            Reply::Done
        }
        _ => return Err(Refusal::InvalidInput),
    };
    Ok(reply.into())
}

async fn create(core: &Core, room: CreateRoom) -> Result<OwnedRoomId, Refusal> {
    let mut request = create_room::v3::Request::new();
    request.name = Some(room.name).filter(|name| !name.is_empty());
    request.topic = room.topic.filter(|topic| !topic.is_empty());
    request.room_alias_name = room.alias.filter(|alias| !alias.is_empty());
    request.invite = room.invite;
    request.preset = Some(match room.preset {
        Preset::PrivateChat => create_room::v3::RoomPreset::PrivateChat,
        Preset::TrustedPrivateChat => create_room::v3::RoomPreset::TrustedPrivateChat,
        Preset::PublicChat => create_room::v3::RoomPreset::PublicChat,
    });
    request.visibility = match room.visibility {
        Listing::Public => Visibility::Public,
        Listing::Private => Visibility::Private,
    };
    if room.encrypted {
        request.initial_state = vec![encryption(core)?];
    }
    let response = core.homeserver.send_within(request, SLOW_REQUEST_TIMEOUT).await?;
    Ok(response.room_id)
}

/// The event that encrypts a room. A device that cannot encrypt makes no room it could not write in.
fn encryption(core: &Core) -> Result<Raw<AnyInitialStateEvent>, Refusal> {
    if !core.account.borrow().encrypts {
        return Err(Refusal::InvalidInput);
    }
    let event = json!({
        "type": "m.room.encryption", "state_key": "", "content": { "algorithm": "m.megolm.v1.aes-sha2" },
    });
    Ok(Raw::from_json(to_raw_value(&event).map_err(|_| Refusal::InvalidInput)?))
}

/// The direct chat with a person: the one there is, or a new one, which `m.direct` then names.
async fn direct_chat(core: &Core, user_id: OwnedUserId) -> Result<OwnedRoomId, Refusal> {
    let known: Vec<_> = core.account.borrow().direct.with_user(&user_id).map(ToOwned::to_owned).collect();
    for room_id in known {
        let room = core.records.room(&room_id).await.map_err(store_refusal)?;
        if room.is_some_and(|room| room.membership == Membership::Join) {
            return Ok(room_id);
        }
    }
    let mut request = create_room::v3::Request::new();
    request.invite = vec![user_id.clone()];
    request.is_direct = true;
    request.preset = Some(create_room::v3::RoomPreset::TrustedPrivateChat);
    request.initial_state = encryption(core).into_iter().collect();
    let response = core.homeserver.send_within(request, SLOW_REQUEST_TIMEOUT).await?;
    add_direct(core, &response.room_id, &user_id).await?;
    Ok(response.room_id)
}

/// Names a room in `m.direct`. The homeserver sends it back by sync, which is when it counts here.
pub(super) async fn add_direct(core: &Core, room_id: &RoomId, user_id: &OwnedUserId) -> Result<(), Refusal> {
    let content = core.account.borrow().direct.with(room_id, user_id);
    let content = Raw::new(&content).map_err(|_| Refusal::CoreFailed)?.cast_unchecked();
    let request = set_global_account_data::v3::Request::new_raw(core.user_id(), "m.direct".into(), content);
    core.homeserver.send(request).await?;
    Ok(())
}

async fn resolve(core: &Core, room: OwnedRoomOrAliasId) -> Result<OwnedRoomId, Refusal> {
    if let Ok(room_id) = RoomId::parse(room.as_str()) {
        return Ok(room_id);
    }
    let alias = RoomAliasId::parse(room.as_str()).map_err(|_| Refusal::InvalidInput)?;
    match core.homeserver.send_within(get_alias::v3::Request::new(alias), SLOW_REQUEST_TIMEOUT).await {
        Ok(response) => Ok(response.room_id),
        Err(error) if error.kind() == Some(&ErrorKind::InvalidParam) => Err(Refusal::InvalidInput),
        Err(error) => Err(error.into()),
    }
}

async fn set_state(
    core: &Core,
    room_id: OwnedRoomId,
    event_type: StateEventType,
    content: &serde_json::Value,
) -> Result<(), Refusal> {
    let content = Raw::new(content).map_err(|_| Refusal::CoreFailed)?.cast_unchecked();
    let request = send_state_event::v3::Request::new_raw(room_id, event_type, String::new(), content);
    core.homeserver.send(request).await?;
    Ok(())
}
