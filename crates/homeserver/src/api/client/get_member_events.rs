//! `GET /_matrix/client/*/rooms/{roomId}/members`

use ruma::api::client::membership::get_member_events::v3;

use crate::{
    Result,
    api::Ruma,
    service::{
        Services,
        timeline::{Token, members::MemberContent},
    },
};

pub(super) async fn get_member_events(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let at = request.at.as_deref().map(Token::parse).transpose()?;
    let mut members = services.rooms.members(&request.room_id, &request.sender.user_id, at).await?;
    members.retain(|event| {
        let membership = event.content_as::<MemberContent>().and_then(|content| content.membership);
        (request.membership.is_none() || membership == request.membership)
            && (request.not_membership.is_none() || membership != request.not_membership)
    });
    services.rooms.show(request.sender.ids(), None, &members).await.map(v3::Response::new)
}
