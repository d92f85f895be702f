//! `DELETE /_matrix/client/*/dehydrated_device`

use ruma::api::client::dehydrated_device::delete_dehydrated_device::unstable;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn delete_dehydrated_device(
    services: Services,
    request: Ruma<unstable::Request>,
) -> Result<unstable::Response> {
    Ok(unstable::Response::new(services.dehydrated.delete(&request.sender.user_id).await?))
}
