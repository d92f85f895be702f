//! `/_synapse/admin/v1/register`: accounts made by tools that know the [shared secret].
//!
//! [shared secret]: https://element-hq.github.io/synapse/latest/admin_api/register_api.html

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse as _, Response},
};
use hmac::{Hmac, Mac as _};
use http::header;
use ruma::profile::ProfileFieldValue;
use serde::Deserialize;
use serde_json::{Value as JsonValue, json};
use sha1::Sha1;

use crate::{
    MatrixError, Result,
    config::Secret,
    service::{
        Services,
        accounts::{NewAccount, NewPassword},
        devices::NewDevice,
    },
};

const ACTION: &str = "register by shared secret";

#[derive(Deserialize)]
struct Request {
    nonce: String,
    username: String,
    password: String,
    displayname: Option<String>,
    #[serde(default)]
    admin: bool,
    user_type: Option<String>,
    mac: String,
}

pub(super) async fn nonce(State(services): State<Services>) -> Result<Response> {
    secret(&services)?;
    Ok(answer(&json!({ "nonce": services.uiaa.nonce(ACTION).await? })))
}

pub(super) async fn register(State(services): State<Services>, body: Bytes) -> Result<Response> {
    let request: Request = serde_json::from_slice(&body).map_err(|error| MatrixError::bad_json(error.to_string()))?;
    if !is_signed(&request, secret(&services)?)? {
        return Err(MatrixError::forbidden("the signature is wrong"));
    }
    services.uiaa.redeem_nonce(ACTION, &request.nonce).await?;

    let accounts = &services.accounts;
    let user_id = accounts.user_id_for(&request.username)?;
    let account = NewAccount {
        user_id: user_id.clone(),
        password: Some(NewPassword::Plain(request.password)),
        admin: request.admin,
    };
    accounts.create(account).await?;
    if let Some(name) = request.displayname {
        services.profiles.set(&user_id, &ProfileFieldValue::DisplayName(name)).await?;
    }
    let device = NewDevice { device_id: accounts.random_device_id(), display_name: None };
    let login = accounts.log_in(user_id, device, false).await?;
    Ok(answer(&json!({
        "access_token": login.access_token,
        "user_id": login.user_id,
        "home_server": services.config.server_name,
        "device_id": login.device_id,
    })))
}

fn secret(services: &Services) -> Result<&Secret> {
    let secret = services.config.registration_shared_secret.as_ref();
    secret.ok_or_else(|| MatrixError::unknown("registration by shared secret is not enabled"))
}

/// Compares in constant time.
fn is_signed(request: &Request, secret: &Secret) -> Result<bool> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.expose().as_bytes()).map_err(MatrixError::internal)?;
    let admin = if request.admin { "admin" } else { "notadmin" };
    let mut parts = vec![request.nonce.as_str(), &request.username, &request.password, admin];
    parts.extend(request.user_type.as_deref());
    mac.update(parts.join("\0").as_bytes());
    let digits = request.mac.as_bytes().chunks(2);
    let given: Option<Vec<u8>> =
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    Ok(given.is_some_and(|given| mac.verify_slice(&given).is_ok()))
}

fn answer(body: &JsonValue) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
