//! `POST /_matrix/client/*/rooms/{roomId}/report`

use ruma::api::client::room::report_room::v3;

use crate::{
    Result,
    api::Ruma,
    service::{Services, limits::Action, rooms::reports::Reported},
};

pub(super) async fn report_room(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let reporter = &request.sender.user_id;
    services.limits.take(Action::Event, reporter.as_str())?;
    services.rooms.report(reporter, Reported::Room(&request.room_id), &request.reason).await?;
    Ok(v3::Response::default())
}
