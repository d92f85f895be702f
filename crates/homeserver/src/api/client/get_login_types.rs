//! `GET /_matrix/client/*/login`

use ruma::api::client::session::get_login_types::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_login_types(_: Services, _: Ruma<v3::Request>) -> Result<v3::Response> {
    let mut token = v3::TokenLoginType::new();
    token.get_login_token = true;
    let password = v3::PasswordLoginType::new();
    Ok(v3::Response::new(vec![v3::LoginType::Password(password), v3::LoginType::Token(token)]))
}
