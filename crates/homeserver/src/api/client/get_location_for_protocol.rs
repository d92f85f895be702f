//! `GET /_matrix/client/*/thirdparty/location/{protocol}`

use ruma::api::client::thirdparty::get_location_for_protocol::v3;

use crate::{Result, api::Ruma, service::Services};

/// There are no bridges, so nothing leads to one.
pub(super) async fn get_location_for_protocol(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(Vec::new()))
}
