//! `GET /_matrix/client/*/pushrules/global/{kind}/{ruleId}`

use ruma::api::client::push::get_pushrule::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, push_rules::no_rule},
};

pub(super) async fn get_pushrule(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let ruleset = services.push_rules.ruleset(&request.sender.user_id).await?;
    let rule = ruleset.get(request.kind.clone(), &request.rule_id).ok_or_else(no_rule)?;
    Ok(v3::Response::new(rule.into()))
}
