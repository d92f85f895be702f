//! `GET /_matrix/client/*/user/{userId}/filter/{filterId}`

use ruma::api::client::filter::get_filter::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_filter(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    Ok(v3::Response::new(services.filters.get(user_id, &request.filter_id).await?.0))
}
