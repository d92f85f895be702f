//! `GET /_matrix/client/*/rooms/{roomId}/joined_members`

use ruma::api::client::membership::joined_members::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn joined_members(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let members = services.rooms.joined_members(&request.room_id, &request.sender.user_id).await?;
    let members = members.into_iter().map(|(user_id, content)| {
        let mut member = v3::RoomMember::new();
        member.display_name = content.displayname;
        member.avatar_url = content.avatar_url;
        (user_id, member)
    });
    Ok(v3::Response::new(members.collect()))
}
