//! `PUT /_matrix/client/*/user/{userId}/rooms/{roomId}/tags/{tag}`

use ruma::{api::client::tag::create_tag::v3, events::tag::Tags};

use crate::{MatrixError, Result, api::Ruma, service::Services};

/// The longest tag the specification allows, in bytes.
const MAXIMUM_TAG: usize = 255;

pub(super) async fn create_tag(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    if request.tag.len() > MAXIMUM_TAG {
        return Err(MatrixError::invalid_param("the tag is too long"));
    }
    let (tag, info) = (request.tag.clone(), request.tag_info.clone());
    let change = move |tags: &mut Tags| {
        tags.insert(tag.as_str().into(), info);
    };
    services.account_data.change_tags(user_id, &request.room_id, change).await?;
    Ok(v3::Response::new())
}
