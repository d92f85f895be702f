//! `POST /_matrix/client/*/register`

mod wishes;

use ruma::{
    OwnedUserId,
    api::client::{
        account::register::{RegistrationKind, v3},
        uiaa::{AuthData, AuthType, MatrixUserIdentifier, UserIdentifier},
    },
};

use serde_json::{Value, json};

use self::wishes::Wishes;
use crate::{
    MatrixError, Registration, Result,
    api::{
        Ruma,
        json::{AnsweredWith, Json},
    },
    service::{
        Services,
        accounts::{Login, NewAccount, NewPassword},
        devices::NewDevice,
        limits::Action,
        uiaa::Challenge,
    },
};

/// What a session is for on its way, and what it was for afterwards.
const ACTION: &str = "register";
const DONE: &str = "registered";

pub(super) async fn register(
    services: Services,
    request: Ruma<AnsweredWith<Value, v3::Request>>,
) -> Result<Json<Value>> {
    let Ruma { body, sender, address, raw, uri } = request;
    let request = Ruma { body: body.request, sender, address, raw, uri };
    let response = answer(&services, request).await?;
    let login = response.access_token.as_ref().map(|_| &response.device_id);
    let mut body = json!({ "user_id": response.user_id });
    if let (Some(device_id), Some(body)) = (login, body.as_object_mut()) {
        // ruma writes the device even where there is none.
        body.insert("access_token".to_owned(), json!(response.access_token));
        body.insert("device_id".to_owned(), json!(device_id));
        if let Some(refresh_token) = &response.refresh_token {
            body.insert("refresh_token".to_owned(), json!(refresh_token));
            body.insert("expires_in_ms".to_owned(), json!(response.expires_in.map(|time| time.as_millis())));
        }
    }
    Ok(Json(body))
}

async fn answer(services: &Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    if request.kind == RegistrationKind::Guest {
        return register_guest(services, request).await;
    }
    let flows: &[&[AuthType]] = match services.config.registration {
        Registration::Open => &[&[AuthType::Dummy]],
        Registration::Token => &[&[AuthType::RegistrationToken]],
        Registration::Closed => return Err(MatrixError::forbidden("registration is closed")),
    };
    let accounts = &services.accounts;
    let session = request.auth.as_ref().and_then(AuthData::session);
    let mut wishes = Wishes::of(&request.body);
    if let Some(session) = session {
        if let Some(user_id) = registered_before(services, &request, session).await? {
            return log_in(services, user_id, wishes).await;
        }
        wishes = wishes.or(services.uiaa.noted(ACTION, session).await?);
    }
    let guest = match &request.guest_access_token {
        Some(token) => Some(accounts.guest_of(token, wishes.username.as_deref()).await?),
        None => None,
    };
    // Said before the user goes through the stages, not after.
    if let Some(localpart) = &wishes.username
        && guest.is_none()
    {
        accounts.check_available(&accounts.user_id_for(localpart)?).await?;
    }
    let auth = request.auth.as_ref();
    let challenge = Challenge { action: ACTION, user_id: None, flows, auth, address: request.address, body: None };
    if let Err(refusal) = services.uiaa.require(challenge).await {
        if auth.is_none() {
            remember(services, &request, &refusal, wishes).await?;
        }
        return Err(refusal);
    }
    if let Some(address) = request.address {
        services.limits.take(Action::Registration, address.to_string())?;
    }
    let user_id = create(services, &request, &wishes, guest).await?;
    if let Some(session) = session {
        services.uiaa.note_outcome(DONE, session, &user_id).await?;
    }
    log_in(services, user_id, wishes).await
}

/// Makes the account, or makes it of a guest's.
async fn create(
    services: &Services,
    request: &Ruma<v3::Request>,
    wishes: &Wishes,
    guest: Option<OwnedUserId>,
) -> Result<OwnedUserId> {
    let accounts = &services.accounts;
    let localpart = wishes.username.clone().unwrap_or_else(|| accounts.random_localpart());
    let user_id = accounts.user_id_for(&localpart)?;
    let missing = || MatrixError::missing_param("a password is needed");
    if let Some(guest) = guest {
        accounts.upgrade_guest(&guest, request.password.as_deref().ok_or_else(missing)?).await?;
        return Ok(user_id);
    }
    let plain = request.password.clone().map(NewPassword::Plain);
    let password = plain.or_else(|| wishes.password_hash.clone().map(NewPassword::Hashed)).ok_or_else(missing)?;
    accounts.create(NewAccount { user_id: user_id.clone(), password: Some(password), admin: false }).await?;
    Ok(user_id)
}

/// Keeps what was asked for with the session that a refusal tells of: the stages may be gone through with
/// requests that say nothing else.
async fn remember(
    services: &Services,
    request: &Ruma<v3::Request>,
    refusal: &MatrixError,
    mut wishes: Wishes,
) -> Result<()> {
    let MatrixError::Uiaa(info) = refusal else { return Ok(()) };
    let Some(session) = &info.session else { return Ok(()) };
    if let Some(password) = &request.password {
        if let Some(address) = request.address {
            // Who asks again and again costs the time of a hash each time.
            services.limits.take(Action::Probe, address.to_string())?;
        }
        wishes.password_hash = Some(services.accounts.hash_password(password).await?);
    }
    if wishes.say_something() {
        services.uiaa.note(session, serde_json::to_vec(&wishes).map_err(MatrixError::internal)?).await?;
    }
    Ok(())
}

/// The account that this request made already: its answer was lost, and the client, who knows the session and
/// the password, asks again.
async fn registered_before(
    services: &Services,
    request: &Ruma<v3::Request>,
    session: &str,
) -> Result<Option<OwnedUserId>> {
    let Some(user_id) = services.uiaa.outcome(DONE, session).await? else { return Ok(None) };
    let same_name = match &request.username {
        Some(localpart) => services.accounts.user_id_for(localpart)? == user_id,
        None => true,
    };
    let Some(password) = request.password.as_deref().filter(|_| same_name) else { return Ok(None) };
    let identifier = UserIdentifier::Matrix(MatrixUserIdentifier::new(user_id.to_string()));
    services.accounts.check_password(&identifier, password, request.address).await?;
    Ok(Some(user_id))
}

async fn log_in(services: &Services, user_id: OwnedUserId, wishes: Wishes) -> Result<v3::Response> {
    let mut response = v3::Response::new(user_id.clone());
    if !wishes.inhibit_login {
        let device_id = wishes.device_id.unwrap_or_else(|| services.accounts.random_device_id());
        let device = NewDevice { device_id, display_name: wishes.initial_device_display_name };
        add_login(&mut response, services.accounts.log_in(user_id, device, wishes.refresh_token).await?);
    }
    Ok(response)
}

/// Of what a guest asks for, only the name of the device is heard.
async fn register_guest(services: &Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    if !services.config.allow_guests {
        return Err(MatrixError::forbidden("guests are not admitted"));
    }
    if let Some(address) = request.address {
        services.limits.take(Action::Registration, address.to_string())?;
    }
    let accounts = &services.accounts;
    let user_id = accounts.create_guest().await?;
    let display_name = request.initial_device_display_name.clone();
    let device = NewDevice { device_id: accounts.random_device_id(), display_name };
    let mut response = v3::Response::new(user_id.clone());
    add_login(&mut response, accounts.log_in(user_id, device, false).await?);
    Ok(response)
}

fn add_login(response: &mut v3::Response, login: Login) {
    response.access_token = Some(login.access_token);
    response.device_id = Some(login.device_id);
    (response.refresh_token, response.expires_in) = login.refresh.unzip();
}
