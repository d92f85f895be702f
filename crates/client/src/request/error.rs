//! Why a request was not answered as asked, and what can be done about it.

use std::time::Duration;

use http::StatusCode;
use ruma::api::{
    EndpointError,
    client::uiaa::UiaaInfo,
    error::{Error, ErrorBody, ErrorKind, RetryAfter},
};
use trellis_model::protocol::Refusal;

use crate::port::TransportError;

/// Why the homeserver did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RequestError {
    #[error("the homeserver cannot be reached")]
    Unreachable(#[source] TransportError),
    #[error("the homeserver did not answer in time")]
    TimedOut,
    /// `M_LIMIT_EXCEEDED`.
    #[error("rate limited")]
    LimitExceeded { retry_after: Option<Duration> },
    /// 5xx, or an error without a Matrix `errcode`: a proxy or a portal answered, not the homeserver.
    #[error("not answered by the homeserver itself: status {0}")]
    Unavailable(StatusCode),
    /// `M_UNKNOWN_TOKEN`; soft: logging in again continues the session.
    #[error("the session has ended")]
    SessionEnded { soft: bool },
    #[error("refused: {0}")]
    Refused(MatrixError),
    /// A success whose body is not what the specification says.
    #[error("the answer cannot be read: {0}")]
    Unexpected(String),
    /// The request could not be made.
    #[error("the request is invalid: {0}")]
    Invalid(String),
}

/// An error in the specification's form.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{errcode} ({status}): {message}")]
pub struct MatrixError {
    pub status: StatusCode,
    pub errcode: String,
    pub message: String,
    pub kind: ErrorKind,
    /// What user-interactive authentication asks for, when it does.
    pub uiaa: Option<Box<UiaaInfo>>,
}

/// When the same request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// After the time the homeserver named.
    After(Duration),
    /// After a time that grows with every failure.
    Backoff,
    /// After the person has logged in again.
    AfterLogin,
    /// Not by itself: the answer would be the same.
    Never,
}

impl RequestError {
    pub(crate) fn from_response(response: http::Response<Vec<u8>>) -> Self {
        let status = response.status();
        let uiaa = (status == StatusCode::UNAUTHORIZED)
            .then(|| serde_json::from_slice::<UiaaInfo>(response.body()).ok())
            .flatten()
            .map(Box::new);
        let body = match Error::from_http_response(response).body {
            ErrorBody::Standard(body) => body,
            _ if uiaa.is_some() => {
                // The first step of user-interactive authentication has no `errcode`.
                return Self::Refused(MatrixError {
                    status,
                    errcode: String::new(),
                    message: String::new(),
                    kind: ErrorKind::Unauthorized,
                    uiaa,
                });
            }
            _ => return Self::Unavailable(status),
        };
        match body.kind {
            ErrorKind::LimitExceeded(data) => {
                Self::LimitExceeded { retry_after: data.retry_after.as_ref().map(retry_delay) }
            }
            ErrorKind::UnknownToken(data) => Self::SessionEnded { soft: data.soft_logout },
            ErrorKind::MissingToken => Self::SessionEnded { soft: true },
            _ if status.is_server_error() => Self::Unavailable(status),
            kind => Self::Refused(MatrixError {
                status,
                errcode: kind.errcode().to_string(),
                message: body.message,
                kind,
                uiaa,
            }),
        }
    }

    /// When the request may be sent again.
    pub fn retry(&self) -> Retry {
        match self {
            Self::LimitExceeded { retry_after: Some(delay) } => Retry::After(*delay),
            Self::LimitExceeded { retry_after: None }
            | Self::Unreachable(_)
            | Self::TimedOut
            | Self::Unavailable(_)
            | Self::Unexpected(_) => Retry::Backoff,
            Self::SessionEnded { .. } => Retry::AfterLogin,
            Self::Refused(_) | Self::Invalid(_) => Retry::Never,
        }
    }

    /// The error's kind, if the homeserver itself refused.
    pub fn kind(&self) -> Option<&ErrorKind> {
        match self {
            Self::Refused(error) => Some(&error.kind),
            _ => None,
        }
    }

    /// Whether the homeserver says that it does not know the endpoint.
    pub fn is_unrecognized(&self) -> bool {
        matches!(self, Self::Refused(error) if error.kind == ErrorKind::Unrecognized)
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Unreachable(_) | RequestError::TimedOut => Self::Offline,
            RequestError::LimitExceeded { retry_after } => {
                Self::LimitExceeded { retry_after: retry_after.map_or(1_000, milliseconds) }
            }
            RequestError::Unavailable(status) => Self::Homeserver {
                errcode: String::new(),
                error: status.canonical_reason().unwrap_or_default().to_owned(),
                status: status.as_u16(),
            },
            RequestError::SessionEnded { soft } => Self::SessionEnded { soft },
            RequestError::Refused(error) => error.into(),
            RequestError::Unexpected(error) => Self::Homeserver { errcode: String::new(), error, status: 200 },
            RequestError::Invalid(_) => Self::InvalidInput,
        }
    }
}

impl From<MatrixError> for Refusal {
    fn from(error: MatrixError) -> Self {
        match error.kind {
            ErrorKind::Forbidden | ErrorKind::GuestAccessForbidden | ErrorKind::UnableToAuthorizeJoin => {
                Self::Forbidden { reason: (!error.message.is_empty()).then_some(error.message) }
            }
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::UserDeactivated => Self::UserDeactivated,
            ErrorKind::UserInUse => Self::UserIdTaken,
            ErrorKind::InvalidUsername | ErrorKind::Exclusive => Self::UserIdInvalid,
            ErrorKind::WeakPassword => {
                Self::WeakPassword { reason: (!error.message.is_empty()).then_some(error.message) }
            }
            ErrorKind::RoomInUse => Self::RoomAliasTaken,
            _ => Self::Homeserver { errcode: error.errcode, error: error.message, status: error.status.as_u16() },
        }
    }
}

/// A duration as the protocol writes it.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn retry_delay(retry_after: &RetryAfter) -> Duration {
    match retry_after {
        RetryAfter::Delay(delay) => *delay,
        // A date needs a clock, which a browser's wasm has not; homeservers name seconds.
        RetryAfter::DateTime(_) => Duration::from_secs(5),
    }
}
