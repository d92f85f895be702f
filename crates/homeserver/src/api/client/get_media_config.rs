//! `GET /_matrix/client/*/media/config`, and its place before it was authenticated

use ruma::{
    UInt,
    api::client::{authenticated_media::get_media_config::v1, media::get_media_config::v3},
};

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_media_config(services: Services, _: Ruma<v1::Request>) -> Result<v1::Response> {
    Ok(v1::Response::new(upload_size(&services)))
}

#[expect(deprecated, reason = "clients older than version 1.11 ask here")]
pub(super) async fn get_media_config_v3(services: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(upload_size(&services)))
}

fn upload_size(services: &Services) -> UInt {
    UInt::try_from(services.config.max_upload_size).unwrap_or(UInt::MAX)
}
