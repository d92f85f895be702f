//! Finding a homeserver from what a person types: a user ID, a server name or a URL.
//!
//! [Server discovery](https://spec.matrix.org/v1.18/client-server-api/#server-discovery): `.well-known` first, then
//! `/versions`. Every address asked is remembered, so that a failure can say what was tried.

use std::{cell::RefCell, rc::Rc};

use ruma::{
    UserId,
    api::{
        SupportedVersions,
        client::{
            account::register,
            discovery::{discover_homeserver, get_supported_versions},
            session::get_login_types,
        },
        error::ErrorKind,
    },
};
use trellis_model::protocol::{HomeserverInfo, LoginFlows, Refusal, RegistrationSupport};

use crate::{
    port::{Clock, Transport},
    request::{Homeserver, RequestError},
    sign_in::uiaa,
};

/// Finds homeservers.
pub(crate) struct Discovery {
    pub(crate) transport: Rc<dyn Transport>,
    pub(crate) clock: Rc<dyn Clock>,
    /// The page's own origin: the one place besides loopback where plain HTTP is as safe as the page itself.
    pub(crate) origin: Option<String>,
}

impl Discovery {
    /// Finds a homeserver and what it offers.
    pub(crate) async fn discover(&self, input: &str) -> Result<HomeserverInfo, Refusal> {
        let (homeserver, server_name) = self.homeserver(input).await?;
        let login = login_flows(&homeserver).await?;
        let registration = registration_support(&homeserver).await?;
        Ok(HomeserverInfo { base_url: homeserver.base_url().to_owned(), server_name, login, registration })
    }

    /// Finds a homeserver, and the name people know it by.
    pub(crate) async fn homeserver(&self, input: &str) -> Result<(Homeserver, String), Refusal> {
        let input = input.trim();
        let tried = RefCell::new(Vec::new());
        if input.contains("://") {
            let base_url = self.checked_url(input).ok_or(Refusal::InvalidInput)?;
            let name = authority(&base_url).to_owned();
            if let Some(homeserver) = self.versions(&base_url, &tried).await {
                return Ok((homeserver, name));
            }
            // A person may type a website's address for the server of that name.
            if let Some(homeserver) = self.well_known(&origin_of(&base_url), &tried).await {
                return Ok((homeserver, name));
            }
            return Err(Refusal::NotAHomeserver { tried: tried.into_inner() });
        }

        let server_name = server_name(input).ok_or(Refusal::InvalidInput)?;
        for scheme in self.schemes(server_name) {
            let origin = format!("{scheme}://{server_name}");
            if let Some(homeserver) = self.well_known(&origin, &tried).await {
                return Ok((homeserver, server_name.to_owned()));
            }
            if let Some(homeserver) = self.versions(&origin, &tried).await {
                return Ok((homeserver, server_name.to_owned()));
            }
        }
        Err(Refusal::NotAHomeserver { tried: tried.into_inner() })
    }

    async fn well_known(&self, origin: &str, tried: &RefCell<Vec<String>>) -> Option<Homeserver> {
        tried.borrow_mut().push(format!("{origin}/.well-known/matrix/client"));
        let site = self.site(origin);
        let response = site.send(discover_homeserver::Request::new()).await.ok()?;
        let base_url = self.checked_url(&response.homeserver.base_url)?;
        self.versions(&base_url, tried).await
    }

    async fn versions(&self, base_url: &str, tried: &RefCell<Vec<String>>) -> Option<Homeserver> {
        tried.borrow_mut().push(format!("{base_url}/_matrix/client/versions"));
        let homeserver = self.site(base_url);
        load_versions(&homeserver).await.ok()?;
        Some(homeserver)
    }

    fn site(&self, base_url: &str) -> Homeserver {
        Homeserver::new(self.transport.clone(), self.clock.clone(), base_url.to_owned(), None)
    }

    /// The schemes to try for a server name, in order.
    fn schemes(&self, server_name: &str) -> &'static [&'static str] {
        if self.may_be_plain(server_name) { &["https", "http"] } else { &["https"] }
    }

    /// A URL a homeserver may have: HTTPS, or HTTP where that is no leak.
    fn checked_url(&self, url: &str) -> Option<String> {
        let url = url.trim().trim_end_matches('/');
        let uri: http::Uri = url.parse().ok()?;
        let authority = uri.authority()?.as_str();
        match uri.scheme_str()? {
            "https" => Some(url.to_owned()),
            "http" if self.may_be_plain(authority) => Some(url.to_owned()),
            _ => None,
        }
    }

    fn may_be_plain(&self, server: &str) -> bool {
        is_loopback(server)
            || self.origin.as_deref().and_then(|origin| origin.strip_prefix("http://")).is_some_and(|own| own == server)
    }
}

/// Asks which versions of the specification a homeserver speaks, and keeps them for its later requests.
pub(crate) async fn load_versions(homeserver: &Homeserver) -> Result<(), RequestError> {
    let response = homeserver.send(get_supported_versions::Request::new()).await?;
    homeserver.set_versions(SupportedVersions::from_parts(&response.versions, &response.unstable_features));
    Ok(())
}

async fn login_flows(homeserver: &Homeserver) -> Result<LoginFlows, Refusal> {
    let response = homeserver.send(get_login_types::v3::Request::new()).await?;
    let password = response.flows.iter().any(|flow| matches!(flow, get_login_types::v3::LoginType::Password(_)));
    Ok(LoginFlows { password })
}

/// Asks for an account without saying anything, which a homeserver answers with the stages it wants.
async fn registration_support(homeserver: &Homeserver) -> Result<RegistrationSupport, Refusal> {
    let Err(error) = homeserver.send(register::v3::Request::new()).await else {
        return Ok(RegistrationSupport::Open);
    };
    match error {
        RequestError::Refused(error) => Ok(match (error.uiaa, error.kind) {
            (Some(info), _) => uiaa::registration_support(&info),
            (None, ErrorKind::Forbidden | ErrorKind::Unrecognized | ErrorKind::NotFound) => RegistrationSupport::Closed,
            (None, _) => RegistrationSupport::Unsupported,
        }),
        // It is busy, not closed: whoever tries to sign up will be told.
        RequestError::LimitExceeded { .. } => Ok(RegistrationSupport::Open),
        error => Err(error.into()),
    }
}

/// The server name in a user ID or in what stands for itself.
fn server_name(input: &str) -> Option<&str> {
    let name = match input.strip_prefix('@') {
        Some(_) => <&UserId>::try_from(input).ok()?.server_name().as_str(),
        None => input.trim_end_matches('/'),
    };
    <&ruma::ServerName>::try_from(name).ok().map(|_| name)
}

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('/').map_or(rest, |(authority, _)| authority)
}

fn origin_of(url: &str) -> String {
    let (scheme, _) = url.split_once("://").unwrap_or(("https", url));
    format!("{scheme}://{}", authority(url))
}

/// Whether a host with its optional port is this machine itself.
fn is_loopback(server: &str) -> bool {
    let host = match server.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => server.rsplit_once(':').map_or(server, |(host, _)| host),
    };
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
