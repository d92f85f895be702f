//! `POST /_matrix/client/*/user/{userId}/filter`

use ruma::api::client::filter::create_filter::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, timeline::related::RelatedBy},
};

pub(super) async fn create_filter(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    RelatedBy::of_timelines(&request.raw)?;
    Ok(v3::Response::new(services.filters.create(user_id, request.raw.to_vec()).await?))
}
