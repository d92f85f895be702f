//! Who is asking: the access token of a request becomes its sender, as ruma's authentication scheme
//! of the endpoint says.
//!
//! The token is taken from the `Authorization` header. The query parameter ends up in logs and
//! histories, so it is read only where the administrator allows it for old clients.

use std::net::IpAddr;

use http::{HeaderMap, Uri, header};
use ruma::{
    DeviceId, OwnedDeviceId, OwnedUserId, UserId,
    api::{
        Metadata,
        auth_scheme::{
            AccessToken, AccessTokenOptional, AppserviceTokenOptional, AuthScheme, NoAccessToken, NoAuthentication,
        },
        path_builder::PathBuilder as _,
    },
};

use crate::{MatrixError, Result, service::Services};

/// The account and device an access token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The account.
    pub user_id: OwnedUserId,
    /// The device that logged in.
    pub device_id: OwnedDeviceId,
}

impl Sender {
    /// Refuses a request that names another user than its sender in its path.
    pub fn is(&self, user_id: &UserId) -> Result<&UserId> {
        if self.user_id == user_id {
            Ok(&self.user_id)
        } else {
            Err(MatrixError::forbidden("this belongs to another user"))
        }
    }

    /// The two identifiers, borrowed.
    pub fn ids(&self) -> (&UserId, &DeviceId) {
        (&self.user_id, &self.device_id)
    }
}

/// What an authentication scheme demands of a request. Schemes we do not serve have no
/// implementation, so that their endpoints cannot be registered by mistake.
pub trait Access: AuthScheme {
    /// What is known of the sender when the request is let in.
    type Sender: Send;

    /// Who is asking, where that is known.
    fn known(sender: &Self::Sender) -> Option<&Sender>;

    /// Lets the request in, or not.
    fn admit(services: &Services, credentials: Credentials) -> impl Future<Output = Result<Self::Sender>> + Send;
}

/// The access token as found in a request, and where that came from.
pub struct Credentials {
    token: Option<String>,
    address: Option<IpAddr>,
    /// Whether guests may ask for this.
    admit_guests: bool,
}

impl Credentials {
    /// Reads the header, and the query where that is allowed.
    pub fn of(headers: &HeaderMap, uri: &Uri, address: Option<IpAddr>, allow_query: bool) -> Self {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned());
        let query = || {
            let query = uri.query().filter(|_| allow_query)?;
            query.split('&').find_map(|pair| pair.strip_prefix("access_token=").map(str::to_owned))
        };
        let token = bearer.or_else(query).filter(|token| !token.is_empty());
        Self { token, address, admit_guests: false }
    }

    /// Lets guests in as well.
    pub fn admitting_guests(self, admit_guests: bool) -> Self {
        Self { admit_guests, ..self }
    }

    async fn sender(self, services: &Services) -> Result<Option<Sender>> {
        match self.token {
            Some(token) => services.accounts.authenticate(&token, self.address, self.admit_guests).await.map(Some),
            None => Ok(None),
        }
    }
}

impl Access for AccessToken {
    type Sender = Sender;

    fn known(sender: &Sender) -> Option<&Sender> {
        Some(sender)
    }

    async fn admit(services: &Services, credentials: Credentials) -> Result<Sender> {
        let sender = credentials.sender(services).await?;
        sender.ok_or_else(|| MatrixError::missing_token("missing access token"))
    }
}

impl Access for AccessTokenOptional {
    type Sender = Option<Sender>;

    fn known(sender: &Option<Sender>) -> Option<&Sender> {
        sender.as_ref()
    }

    async fn admit(services: &Services, credentials: Credentials) -> Result<Option<Sender>> {
        credentials.sender(services).await
    }
}

/// What guests may ask, see [client behaviour]: method and path, with a star for each variable.
///
/// [client behaviour]: https://spec.matrix.org/v1.18/client-server-api/#guest-access
const GUESTS: &[(&str, &str)] = &[
    ("GET", "rooms/*/state"),
    ("GET", "rooms/*/context/*"),
    ("GET", "rooms/*/event/*"),
    ("GET", "rooms/*/state/*/*"),
    ("GET", "rooms/*/messages"),
    ("GET", "rooms/*/members"),
    ("GET", "rooms/*/initialSync"),
    ("GET", "sync"),
    // One room only; see its handler.
    ("GET", "events"),
    ("GET", "media/download/*/*"),
    ("GET", "media/download/*/*/*"),
    ("GET", "media/thumbnail/*/*"),
    ("POST", "rooms/*/join"),
    // The same by another path, which clients prefer.
    ("POST", "join/*"),
    ("POST", "rooms/*/leave"),
    ("PUT", "rooms/*/send/*/*"),
    ("PUT", "rooms/*/state/*/*"),
    ("PUT", "sendToDevice/*/*"),
    ("PUT", "profile/*/*"),
    ("DELETE", "profile/*/*"),
    ("GET", "devices"),
    ("GET", "devices/*"),
    ("PUT", "devices/*"),
    ("GET", "account/whoami"),
    ("POST", "keys/upload"),
    ("POST", "keys/query"),
    ("POST", "keys/claim"),
];

/// Whether guests may ask for an endpoint.
pub(super) fn admits_guests<T: Metadata>() -> bool {
    T::PATH_BUILDER.all_paths().any(|path| {
        // Behind `/_matrix/client/VERSION/`.
        let path = path.splitn(5, '/').nth(4).unwrap_or_default();
        let segments = path.split('/').map(|segment| if segment.starts_with('{') { "*" } else { segment });
        let path = segments.collect::<Vec<_>>().join("/");
        GUESTS.iter().any(|(method, allowed)| T::METHOD == *method && *allowed == path)
    })
}

/// Open endpoints do not look at a token, even a wrong one: clients send what they have.
macro_rules! open {
    ($($scheme:ty),+) => {$(
        impl Access for $scheme {
            type Sender = ();

            fn known((): &()) -> Option<&Sender> {
                None
            }

            async fn admit(_: &Services, _: Credentials) -> Result<()> {
                Ok(())
            }
        }
    )+};
}

open!(AppserviceTokenOptional, NoAccessToken, NoAuthentication);
