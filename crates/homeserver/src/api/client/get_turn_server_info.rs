//! `GET /_matrix/client/*/voip/turnServer`

use std::time::Duration;

use ruma::api::client::voip::get_turn_server_info::v3;

use crate::{Result, api::Ruma, service::Services};

/// Without a relay of the administrator's, clients try directly.
pub(super) async fn get_turn_server_info(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(String::new(), String::new(), Vec::new(), Duration::from_secs(86_400)))
}
