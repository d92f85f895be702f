//! `GET /_matrix/client/*/login`

use ruma::api::client::session::get_login_types::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_login_types(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    Ok(v3::Response::new(vec![v3::LoginType::Password(v3::PasswordLoginType::new())]))
}
