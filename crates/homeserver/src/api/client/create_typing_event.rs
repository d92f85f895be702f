//! `PUT /_matrix/client/*/rooms/{roomId}/typing/{userId}`

use ruma::api::client::typing::create_typing_event::v3::{Request, Response, Typing};

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn create_typing_event(services: Services, request: Ruma<Request>) -> Result<Response> {
    let user_id = request.sender.is(&request.user_id)?;
    services.rooms.require_joined(&request.room_id, user_id).await?;
    services.presence.act(&request.sender);
    match request.state {
        Typing::Yes(info) => services.typing.start_typing(&request.room_id, user_id.to_owned(), info.timeout),
        Typing::No => services.typing.stop_typing(&request.room_id, user_id),
    }
    Ok(Response::new())
}
