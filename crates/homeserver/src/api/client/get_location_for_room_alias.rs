//! `GET /_matrix/client/*/thirdparty/location`

use ruma::api::client::thirdparty::get_location_for_room_alias::v3;

use crate::{Result, api::Ruma, service::Services};

/// There are no bridges, so nothing leads to one.
pub(super) async fn get_location_for_room_alias(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(Vec::new()))
}
