//! [User-interactive authentication](https://spec.matrix.org/v1.18/client-server-api/#user-interactive-authentication-api):
//! the stages this client can complete, one after the other.

use ruma::api::{
    client::{
        account::register,
        uiaa::{self, AuthData, AuthFlow, AuthType, UiaaInfo},
    },
    error::ErrorKind,
};
use trellis_model::protocol::{Refusal, RegistrationSupport};

use crate::request::{Homeserver, MatrixError, RequestError};

/// More rounds than any flow has stages.
const ROUNDS: usize = 10;

/// Registers, completing `m.login.dummy` and `m.login.registration_token`.
pub(crate) async fn register(
    homeserver: &Homeserver,
    mut request: register::v3::Request,
    token: Option<String>,
) -> Result<register::v3::Response, Refusal> {
    for _ in 0..ROUNDS {
        let error = match homeserver.send(request.clone()).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let info = match error {
            RequestError::Refused(MatrixError { uiaa: Some(info), .. }) => info,
            RequestError::Refused(error) if error.kind == ErrorKind::Forbidden => {
                return Err(Refusal::RegistrationClosed);
            }
            error => return Err(error.into()),
        };
        if info.auth_error.is_some() {
            return Err(stage_refusal(&info, request.auth.as_ref()));
        }
        let stage = next_stage(&info)?;
        request.auth = Some(match stage {
            AuthType::RegistrationToken => {
                let token = token.clone().ok_or(Refusal::RegistrationTokenRequired)?;
                let mut data = uiaa::RegistrationToken::new(token);
                data.session = info.session.clone();
                AuthData::RegistrationToken(data)
            }
            _ => {
                let mut data = uiaa::Dummy::new();
                data.session = info.session.clone();
                AuthData::Dummy(data)
            }
        });
    }
    Err(Refusal::UnsupportedStage { stage: String::new() })
}

/// What a person must bring to sign up here.
pub(crate) fn registration_support(info: &UiaaInfo) -> RegistrationSupport {
    match flow(info) {
        Some(flow) if flow.stages.contains(&AuthType::RegistrationToken) => RegistrationSupport::RegistrationToken,
        Some(_) => RegistrationSupport::Open,
        None => RegistrationSupport::Unsupported,
    }
}

/// The flow with the fewest stages of those that can be completed.
fn flow(info: &UiaaInfo) -> Option<&AuthFlow> {
    info.flows.iter().filter(|flow| flow.stages.iter().all(is_supported)).min_by_key(|flow| flow.stages.len())
}

fn next_stage(info: &UiaaInfo) -> Result<&AuthType, Refusal> {
    let unsupported = || {
        let stages = info.flows.iter().flat_map(|flow| &flow.stages);
        let stage = stages.into_iter().find(|stage| !is_supported(stage)).map(ToString::to_string);
        Refusal::UnsupportedStage { stage: stage.unwrap_or_default() }
    };
    let flow = flow(info).ok_or_else(unsupported)?;
    flow.stages.iter().find(|stage| !info.completed.contains(stage)).ok_or_else(unsupported)
}

fn is_supported(stage: &AuthType) -> bool {
    matches!(stage, AuthType::Dummy | AuthType::RegistrationToken)
}

fn stage_refusal(info: &UiaaInfo, auth: Option<&AuthData>) -> Refusal {
    if matches!(auth, Some(AuthData::RegistrationToken(_))) {
        return Refusal::RegistrationTokenWrong;
    }
    let (errcode, error) = match &info.auth_error {
        Some(error) => (error.kind.errcode().to_string(), error.message.clone()),
        None => Default::default(),
    };
    Refusal::Homeserver { errcode, error, status: http::StatusCode::UNAUTHORIZED.as_u16() }
}
