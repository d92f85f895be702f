//! What someone who registers asks for, over several requests.

use ruma::{OwnedDeviceId, api::client::account::register::v3};
use serde::{Deserialize, Serialize};

/// What the account and its first device should be like. The password is in it as a hash, once it has to be
/// stored.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Wishes {
    pub(super) username: Option<String>,
    pub(super) password_hash: Option<String>,
    pub(super) device_id: Option<OwnedDeviceId>,
    pub(super) initial_device_display_name: Option<String>,
    pub(super) inhibit_login: bool,
    pub(super) refresh_token: bool,
}

impl Wishes {
    pub(super) fn of(request: &v3::Request) -> Self {
        Self {
            username: request.username.clone(),
            password_hash: None,
            device_id: request.device_id.clone(),
            initial_device_display_name: request.initial_device_display_name.clone(),
            inhibit_login: request.inhibit_login,
            refresh_token: request.refresh_token,
        }
    }

    /// What is said now, and of the rest what was said before. What cannot be read was not said.
    pub(super) fn or(self, before: Option<Vec<u8>>) -> Self {
        let before: Self = before.and_then(|before| serde_json::from_slice(&before).ok()).unwrap_or_default();
        Self {
            username: self.username.or(before.username),
            password_hash: self.password_hash.or(before.password_hash),
            device_id: self.device_id.or(before.device_id),
            initial_device_display_name: self.initial_device_display_name.or(before.initial_device_display_name),
            inhibit_login: self.inhibit_login || before.inhibit_login,
            refresh_token: self.refresh_token || before.refresh_token,
        }
    }

    /// Whether there is anything to remember.
    pub(super) fn say_something(&self) -> bool {
        let Self { username, password_hash, device_id, initial_device_display_name, .. } = self;
        username.is_some()
            || password_hash.is_some()
            || device_id.is_some()
            || initial_device_display_name.is_some()
            || self.inhibit_login
            || self.refresh_token
    }
}
