//! `GET /_matrix/client/*/thirdparty/user`

use ruma::api::client::thirdparty::get_user_for_user_id::v3;

use crate::{Result, api::Ruma, service::Services};

/// There are no bridges, so nothing leads to one.
pub(super) async fn get_user_for_user_id(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(Vec::new()))
}
