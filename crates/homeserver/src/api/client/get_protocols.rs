//! `GET /_matrix/client/*/thirdparty/protocols`

use std::collections::BTreeMap;

use ruma::api::client::thirdparty::get_protocols::v3;

use crate::{Result, api::Ruma, service::Services};

/// There are no bridges.
pub(super) async fn get_protocols(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(BTreeMap::new()))
}
