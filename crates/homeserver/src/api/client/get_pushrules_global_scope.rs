//! `GET /_matrix/client/*/pushrules/global/`

use ruma::api::client::push::get_pushrules_global_scope::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_pushrules_global_scope(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(services.push_rules.ruleset(&request.sender.user_id).await?))
}
