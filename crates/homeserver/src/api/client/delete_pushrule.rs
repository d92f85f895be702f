//! `DELETE /_matrix/client/*/pushrules/global/{kind}/{ruleId}`

use ruma::api::client::push::delete_pushrule::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn delete_pushrule(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let (kind, rule_id) = (request.kind.clone(), request.rule_id.clone());
    services.push_rules.remove(&request.sender.user_id, kind, rule_id).await?;
    Ok(v3::Response::new())
}
