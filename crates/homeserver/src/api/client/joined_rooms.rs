//! `GET /_matrix/client/*/joined_rooms`

use ruma::api::client::membership::joined_rooms::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn joined_rooms(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    services.rooms.joined_rooms(&request.sender.user_id).await.map(v3::Response::new)
}
