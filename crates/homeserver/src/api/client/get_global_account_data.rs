//! `GET /_matrix/client/*/user/{userId}/account_data/{type}`

use ruma::{api::client::config::get_global_account_data::v3, serde::Raw};

use crate::{MatrixError, Result, api::Ruma, service::Services};

pub(super) async fn get_global_account_data(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    let content = services.account_data.get(user_id, None, &request.event_type.to_string()).await?;
    let content = content.ok_or_else(|| MatrixError::not_found("there is no such account data"))?;
    Ok(v3::Response::new(Raw::from_json(content)))
}
