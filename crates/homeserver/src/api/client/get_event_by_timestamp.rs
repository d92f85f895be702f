//! `GET /_matrix/client/*/rooms/{roomId}/timestamp_to_event`

use ruma::{MilliSecondsSinceUnixEpoch, UInt, api::client::room::get_event_by_timestamp::v1};

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_event_by_timestamp(services: Services, request: Ruma<v1::Request>) -> Result<v1::Response> {
    let time = request.ts.get().into();
    let event = services.rooms.event_by_time(&request.room_id, &request.sender.user_id, time, request.dir).await?;
    let time = MilliSecondsSinceUnixEpoch(UInt::try_from(event.origin_server_ts).unwrap_or_default());
    Ok(v1::Response::new(event.event_id, time))
}
