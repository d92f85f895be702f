//! `POST /_matrix/client/*/rooms/{roomId}/report/{eventId}`

use ruma::api::client::room::report_content::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::reports::Reported},
};

pub(super) async fn report_content(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let reporter = &request.sender.user_id;
    services.limits.take(Action::Event, reporter.as_str())?;
    let reported = Reported::Event(&request.room_id, &request.event_id);
    services.rooms.report(reporter, reported, request.reason.as_deref().unwrap_or_default()).await?;
    Ok(v3::Response::default())
}
