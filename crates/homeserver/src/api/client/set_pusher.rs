//! `POST /_matrix/client/*/pushers/set`

use ruma::api::client::push::set_pusher::v3;

use crate::{MatrixError, Result, api::Ruma, service::Services};

pub(super) async fn set_pusher(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let Ruma { body, sender, .. } = request;
    match body.action {
        v3::PusherAction::Post(data) => services.pushers.set(&sender, data).await?,
        v3::PusherAction::Delete(ids) => services.pushers.remove(&sender.user_id, ids).await?,
        _ => return Err(MatrixError::invalid_param("this is nothing to do with a pusher")),
    }
    Ok(v3::Response::new())
}
