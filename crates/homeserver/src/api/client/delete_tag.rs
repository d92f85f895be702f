//! `DELETE /_matrix/client/*/user/{userId}/rooms/{roomId}/tags/{tag}`

use ruma::{
    api::client::tag::delete_tag::v3,
    events::tag::{TagName, Tags},
};

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn delete_tag(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    let tag = TagName::from(request.tag.as_str());
    let change = move |tags: &mut Tags| {
        tags.remove(&tag);
    };
    services.account_data.change_tags(user_id, &request.room_id, change).await?;
    Ok(v3::Response::new())
}
