//! `POST /_matrix/client/*/login/get_token`

use ruma::api::client::session::get_login_token::v1;

use crate::{
    Result,
    api::Ruma,
    service::{Services, uiaa::Confirmation, user_tokens::Purpose},
};

pub(super) async fn get_login_token(services: Services, request: Ruma<v1::Request>) -> Result<v1::Response> {
    let (action, user_id) = ("get_login_token", &*request.sender.user_id);
    let (auth, address, body) = (request.auth.as_ref(), request.address, &*request.raw);
    services.uiaa.require_password(Confirmation { action, user_id, auth, address, body }).await?;
    let token = services.user_tokens.issue(user_id, Purpose::LogIn).await?;
    Ok(v1::Response::new(Purpose::LogIn.lifetime(), token))
}
