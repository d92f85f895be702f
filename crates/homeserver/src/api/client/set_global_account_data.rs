//! `PUT /_matrix/client/*/user/{userId}/account_data/{type}`

use ruma::api::client::config::set_global_account_data::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn set_global_account_data(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    let kind = request.event_type.to_string();
    services.account_data.set(user_id, None, &kind, request.data.json()).await?;
    Ok(v3::Response::new())
}
