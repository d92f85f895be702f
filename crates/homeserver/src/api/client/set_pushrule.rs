//! `PUT /_matrix/client/*/pushrules/global/{kind}/{ruleId}`

use ruma::api::client::push::set_pushrule::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn set_pushrule(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let (rule, after, before) = (request.rule.clone(), request.after.clone(), request.before.clone());
    services.push_rules.insert(&request.sender.user_id, rule, after, before).await?;
    Ok(v3::Response::new())
}
