//! `POST /_matrix/client/*/createRoom`

use ruma::api::client::room::create_room::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action},
};

/// As large as its initial state may be.
pub(super) const BODY_LIMIT: usize = 512 * 1024;

pub(super) async fn create_room(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.limits.take(Action::Event, request.sender.user_id.as_str())?;
    let room_id = services.rooms.create(&request.sender.user_id, &request).await?;
    services.presence.act(&request.sender).await;
    Ok(v3::Response::new(room_id))
}
