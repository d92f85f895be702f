//! `GET /.well-known/matrix/client`

use ruma::api::client::discovery::discover_homeserver::{HomeserverInfo, Request, Response};

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn discover_homeserver(services: Services, _: Ruma<Request>) -> Result<Response> {
    Ok(Response::new(HomeserverInfo::new(services.config.public_url())))
}
