//! `GET /_matrix/client/*/notifications`

use ruma::api::client::push::get_notifications::v3;

use crate::{Result, api::Ruma, service::Services};

/// How many there are unless said.
const DEFAULT: usize = 30;

pub(super) async fn get_notifications(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let limit = request.limit.map_or(DEFAULT, |limit| usize::try_from(u64::from(limit)).unwrap_or(usize::MAX));
    let highlights = request.only.as_deref() == Some("highlight");
    let page = services.notifications.list(&request.sender, request.from.as_deref(), limit, highlights).await?;
    let mut response = v3::Response::new(page.notifications);
    response.next_token = page.next;
    Ok(response)
}
