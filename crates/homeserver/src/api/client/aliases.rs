//! `GET /_matrix/client/*/rooms/{roomId}/aliases`

use ruma::api::client::room::aliases::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn aliases(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let aliases = services.rooms.visible_aliases(&request.room_id, &request.sender.user_id).await?;
    Ok(v3::Response::new(aliases))
}
