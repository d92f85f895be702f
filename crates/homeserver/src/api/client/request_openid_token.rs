//! `POST /_matrix/client/*/user/{userId}/openid/request_token`

use ruma::{api::client::account::request_openid_token::v3, authentication::TokenType};

use crate::{
    Result,
    api::Ruma,
    service::{Services, user_tokens::Purpose},
};

pub(super) async fn request_openid_token(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let user_id = request.sender.is(&request.user_id)?;
    let token = services.user_tokens.issue(user_id, Purpose::OpenId).await?;
    let server_name = services.config.server_name.clone();
    Ok(v3::Response::new(token, TokenType::Bearer, server_name, Purpose::OpenId.lifetime()))
}
