//! `GET /_matrix/client/*/pushrules/`

use ruma::api::client::push::get_pushrules_all::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_pushrules_all(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(services.push_rules.ruleset(&request.sender.user_id).await?))
}
