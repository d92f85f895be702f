//! `GET /_matrix/client/*/pushers`

use ruma::api::client::push::get_pushers::v3;

use crate::{Result, api::Ruma, service::Services};

/// There are no pushers yet, so nobody has one.
pub(super) async fn get_pushers(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(Vec::new()))
}
