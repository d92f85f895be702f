//! The session, the profile and the devices.

use std::rc::Rc;

use ruma::{
    OwnedDeviceId, OwnedMxcUri,
    api::client::{
        device::{delete_devices, get_device, get_devices, update_device},
        media::create_content,
        profile::{delete_profile_field, get_profile, set_profile_field},
        session::logout,
        uiaa::{AuthData, MatrixUserIdentifier, Password, UserIdentifier},
    },
    profile::{ProfileFieldName, ProfileFieldValue},
};
use trellis_model::protocol::{Command, Device, Refusal, Reply, UploadRefusal};

use super::{Answer, Files};
use crate::{
    core::Core,
    media,
    request::{MatrixError, RequestError, Retry},
    sign_in,
};

pub(super) async fn answer(core: &Core, command: Command, files: &Files) -> Result<Answer, Refusal> {
    match command {
        Command::LogOut => log_out(core).await?,
        Command::LogInAgain { password } => log_in_again(core, password).await?,
        Command::SetDisplayName { display_name } => set_display_name(core, display_name).await?,
        Command::SetAvatar { file } => {
            let file = files.get(file)?;
            media::check_size(core, file.size())?;
            let bytes = media::read(file).await?;
            let mut request = create_content::v3::Request::new(bytes);
            request.content_type = file.mimetype();
            let response = core.homeserver.upload(request, &|_| {}).await.map_err(upload_refusal)?;
            set_avatar(core, Some(response.content_uri)).await?;
        }
        Command::RemoveAvatar => set_avatar(core, None).await?,
        Command::Devices => return devices(core).await.map(Answer::from),
        Command::RenameDevice { device_id, display_name } => {
            let mut request = update_device::v3::Request::new(device_id);
            request.display_name = Some(display_name);
            core.homeserver.send(request).await?;
        }
        Command::SignOutDevices { device_ids, password } => sign_out(core, device_ids, password).await?,
        _ => return Err(Refusal::InvalidInput),
    }
    Ok(Reply::Done.into())
}

/// Asks once what the person's profile is: another device may have changed it.
pub(crate) async fn learn_profile(core: Rc<Core>) {
    let mut reachable = core.reachable.listen();
    loop {
        reachable.heard().await;
        match core.homeserver.send(get_profile::v3::Request::new(core.user_id())).await {
            Ok(profile) => {
                let text = |field| profile.get(field).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
                let (name, avatar) = (text("displayname").map(ToOwned::to_owned), text("avatar_url").map(Into::into));
                let stored = core.update_session(|session| {
                    session.display_name = name;
                    session.avatar_url = avatar;
                });
                if let Err(refusal) = stored.await {
                    tracing::warn!(?refusal, "the profile could not be stored");
                }
                return;
            }
            Err(error) if error.retry() == Retry::Never => return,
            Err(_) => {}
        }
    }
}

async fn log_out(core: &Core) -> Result<(), Refusal> {
    match core.homeserver.send(logout::v3::Request::new()).await {
        // A session the homeserver does not know any more needs no ending there.
        Ok(_) | Err(RequestError::SessionEnded { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    core.remove_account().await
}

async fn log_in_again(core: &Core, password: String) -> Result<(), Refusal> {
    let (user_id, device_id) = {
        let session = core.session.borrow();
        (session.user_id.clone(), session.device_id.clone())
    };
    let (device_id, name) = match core.keys.is_lost() {
        false => (Some(device_id), String::new()),
        // A device whose keys are gone cannot go on: another takes its place, under its name.
        true => (None, device_name(core, device_id).await),
    };
    let is_new = device_id.is_none();
    let signed_in = sign_in::log_in(&core.homeserver, user_id.to_string(), password, name, device_id).await?;
    if is_new && let Err(error) = core.homeserver.send(logout::v3::Request::new()).await {
        tracing::warn!(%error, "a device whose keys are gone stays on the homeserver");
    }
    core.update_session(|session| {
        session.access_token.clone_from(&signed_in.access_token);
        session.device_id.clone_from(&signed_in.device_id);
    })
    .await?;
    core.homeserver.set_access_token(Some(signed_in.access_token));
    core.session_valid.open();
    Ok(())
}

/// What a device is called; without an answer it has no name.
async fn device_name(core: &Core, device_id: OwnedDeviceId) -> String {
    match core.homeserver.send(get_device::v3::Request::new(device_id)).await {
        Ok(response) => response.device.display_name.unwrap_or_default(),
        Err(_) => String::new(),
    }
}

async fn set_display_name(core: &Core, display_name: Option<String>) -> Result<(), Refusal> {
    let user_id = core.user_id();
    // An empty name rather than `DELETE`, which older homeservers do not know for profiles.
    let value = ProfileFieldValue::DisplayName(display_name.clone().unwrap_or_default());
    core.homeserver.send(set_profile_field::v3::Request::new(user_id, value)).await?;
    core.update_session(|session| session.display_name = display_name).await
}

async fn set_avatar(core: &Core, avatar_url: Option<OwnedMxcUri>) -> Result<(), Refusal> {
    let user_id = core.user_id();
    match avatar_url.clone() {
        Some(uri) => {
            let value = ProfileFieldValue::AvatarUrl(uri);
            core.homeserver.send(set_profile_field::v3::Request::new(user_id, value)).await?;
        }
        None => {
            let delete = delete_profile_field::v3::Request::new(user_id.clone(), ProfileFieldName::AvatarUrl);
            match core.homeserver.send(delete).await {
                Ok(_) => {}
                // Before v1.16 a picture is removed by setting it to nothing.
                Err(error) if error.is_unrecognized() => {
                    let value = ProfileFieldValue::AvatarUrl("".into());
                    core.homeserver.send(set_profile_field::v3::Request::new(user_id, value)).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    core.update_session(|session| session.avatar_url = avatar_url).await
}

async fn devices(core: &Core) -> Result<Reply, Refusal> {
    let response = core.homeserver.send(get_devices::v3::Request::new()).await?;
    let current = core.session.borrow().device_id.clone();
    let devices = response.devices.into_iter().map(|device| Device {
        is_current: device.device_id == current,
        device_id: device.device_id,
        display_name: device.display_name,
        last_seen_ip: device.last_seen_ip,
        last_seen: device.last_seen_ts.map(|time| time.get().into()),
    });
    Ok(Reply::Devices(devices.collect()))
}

/// Signs devices out, answering the user-interactive authentication with the password.
async fn sign_out(core: &Core, device_ids: Vec<OwnedDeviceId>, password: String) -> Result<(), Refusal> {
    let mut request = delete_devices::v3::Request::new(device_ids);
    let session = match core.homeserver.send(request.clone()).await {
        Ok(_) => return Ok(()),
        Err(RequestError::Refused(MatrixError { uiaa: Some(info), .. })) => info.session,
        Err(error) => return Err(error.into()),
    };
    let identifier = UserIdentifier::Matrix(MatrixUserIdentifier::new(core.user_id().to_string()));
    let mut data = Password::new(identifier, password);
    data.session = session;
    request.auth = Some(AuthData::Password(data));
    match core.homeserver.send(request).await {
        Ok(_) => Ok(()),
        Err(RequestError::Refused(MatrixError { uiaa: Some(_), .. })) => Err(Refusal::WrongPassword),
        Err(error) => match error.kind() {
            Some(ruma::api::error::ErrorKind::Forbidden) => Err(Refusal::WrongPassword),
            _ => Err(error.into()),
        },
    }
}

fn upload_refusal(error: RequestError) -> Refusal {
    match error.kind() {
        Some(ruma::api::error::ErrorKind::TooLarge) => Refusal::Upload(UploadRefusal::TooLarge { limit: 0 }),
        _ => error.into(),
    }
}
