//! `GET /_matrix/client/*/rooms/{roomId}/state`

use ruma::api::client::state::get_state_events::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_state_events(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let state = services.rooms.state(&request.room_id, &request.sender.user_id).await?;
    services.rooms.show(request.sender.ids(), None, &state).await.map(v3::Response::new)
}
