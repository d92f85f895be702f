//! `PUT /_matrix/client/*/pushrules/global/{kind}/{ruleId}/actions`

use ruma::api::client::push::set_pushrule_actions::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn set_pushrule_actions(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let (kind, rule_id) = (request.kind.clone(), request.rule_id.clone());
    services.push_rules.set_actions(&request.sender.user_id, kind, rule_id, request.actions.clone()).await?;
    Ok(v3::Response::new())
}
