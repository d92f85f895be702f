//! `GET /_matrix/client/*/account/3pid`

use ruma::api::client::account::get_3pids::v3;

use crate::{Result, api::Ruma, service::Services};

/// Accounts have no third-party identifiers here.
pub(super) async fn get_3pids(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(Vec::new()))
}
