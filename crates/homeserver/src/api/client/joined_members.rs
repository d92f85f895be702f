//! `GET /_matrix/client/*/rooms/{roomId}/joined_members`

use std::collections::BTreeMap;

use ruma::{OwnedMxcUri, OwnedUserId, api::client::membership::joined_members::v3};
use serde::Serialize;

use crate::{
    Result,
    api::{
        Ruma,
        json::{AnsweredWith, Json},
    },
    service::Services,
};

/// Who is in the room.
#[derive(Serialize)]
pub(super) struct Answer {
    joined: BTreeMap<OwnedUserId, Member>,
}

/// How they show themselves there. Clients find both, if only to read that there is none.
#[derive(Serialize)]
struct Member {
    display_name: Option<String>,
    avatar_url: Option<OwnedMxcUri>,
}

pub(super) async fn joined_members(
    services: Services,
    request: Ruma<AnsweredWith<Answer, v3::Request>>,
) -> Result<Json<Answer>> {
    let members = services.rooms.joined_members(&request.room_id, &request.sender.user_id).await?;
    let members = members.into_iter().map(|(user_id, content)| {
        (user_id, Member { display_name: content.displayname, avatar_url: content.avatar_url })
    });
    Ok(Json(Answer { joined: members.collect() }))
}
