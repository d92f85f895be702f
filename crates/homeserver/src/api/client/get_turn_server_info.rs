//! `GET /_matrix/client/*/voip/turnServer`

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac as _};
use ruma::api::client::voip::get_turn_server_info::v3;
use sha1::Sha1;

use crate::{MatrixError, Result, api::Ruma, service::Services};

/// Credentials that the relay can check by the secret it shares with us, and that end by themselves.
/// Without a relay of the administrator's, clients try directly.
pub(super) async fn get_turn_server_info(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let Some(turn) = &services.config.turn else {
        return Ok(v3::Response::new(String::new(), String::new(), Vec::new(), Duration::from_secs(86_400)));
    };
    let now = services.environment.now_millis() / 1000;
    let ends = now.saturating_add(i64::try_from(turn.lifetime.as_secs()).unwrap_or(i64::MAX));
    let name = format!("{ends}:{}", request.sender.user_id);
    let mut mac = Hmac::<Sha1>::new_from_slice(turn.secret.expose().as_bytes()).map_err(MatrixError::internal)?;
    mac.update(name.as_bytes());
    let password = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    Ok(v3::Response::new(name, password, turn.uris.clone(), turn.lifetime))
}
