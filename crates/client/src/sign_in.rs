//! What is done without an account: discovery, logging in, registering.

pub(crate) mod uiaa;

use std::rc::Rc;

use ruma::{
    OwnedDeviceId, OwnedUserId,
    api::{
        client::{
            account::register,
            session::login,
            uiaa::{EmailUserIdentifier, MatrixUserIdentifier, UserIdentifier},
        },
        error::ErrorKind,
    },
};
use trellis_model::protocol::{AccountKey, Command, Refusal, Reply};

use crate::{
    discovery::Discovery,
    port::{AccountListing, Accounts, Batch, BootStore, Clock, Random, StoreError, Transport},
    records::{Records, Session},
    request::{Homeserver, RequestError},
};

/// What signing in needs of the world.
#[derive(Clone)]
pub struct SignInPorts {
    pub transport: Rc<dyn Transport>,
    pub clock: Rc<dyn Clock>,
    pub random: Rc<dyn Random>,
    pub accounts: Rc<dyn Accounts>,
    pub boot: Rc<dyn BootStore>,
}

/// The core of a page without an account.
pub struct SignIn {
    ports: SignInPorts,
    discovery: Discovery,
}

impl SignIn {
    /// `origin`: the page's own, where a homeserver may be reached over plain HTTP.
    pub fn new(ports: SignInPorts, origin: Option<String>) -> Self {
        let discovery = Discovery { transport: ports.transport.clone(), clock: ports.clock.clone(), origin };
        Self { ports, discovery }
    }

    /// Does what a page asks: `Discover`, `LogIn` or `Register`. Everything else needs an account.
    pub async fn execute(&self, command: Command) -> Result<Reply, Refusal> {
        match command {
            Command::Discover { input } => self.discovery.discover(&input).await.map(Reply::Homeserver),
            Command::LogIn { homeserver, user, password, device_name } => {
                let (homeserver, _) = self.discovery.homeserver(&homeserver).await?;
                let signed_in = log_in(&homeserver, user, password, device_name, None).await?;
                self.keep(&homeserver, signed_in).await
            }
            Command::Register { homeserver, username, password, registration_token, device_name } => {
                let (homeserver, _) = self.discovery.homeserver(&homeserver).await?;
                let mut request = register::v3::Request::new();
                request.username = Some(username.clone());
                request.password = Some(password.clone());
                request.initial_device_display_name = Some(device_name.clone());
                let response = uiaa::register(&homeserver, request, registration_token).await?;
                let signed_in = match (response.access_token, response.device_id) {
                    (Some(access_token), Some(device_id)) => {
                        SignedIn { user_id: response.user_id, device_id, access_token }
                    }
                    // A homeserver may make the account without logging in.
                    _ => log_in(&homeserver, username, password, device_name, None).await?,
                };
                self.keep(&homeserver, signed_in).await
            }
            _ => Err(Refusal::InvalidInput),
        }
    }

    /// Stores the session in a database of its own and lists the account.
    async fn keep(&self, homeserver: &Homeserver, signed_in: SignedIn) -> Result<Reply, Refusal> {
        let mut bytes = [0; 16];
        self.ports.random.fill(&mut bytes);
        let account = AccountKey(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        let session = Session {
            homeserver: homeserver.base_url().to_owned(),
            user_id: signed_in.user_id.clone(),
            device_id: signed_in.device_id,
            access_token: signed_in.access_token,
            display_name: None,
            avatar_url: None,
        };
        let listing = AccountListing {
            account: account.clone(),
            user_id: signed_in.user_id.clone(),
            homeserver: session.homeserver.clone(),
        };
        self.store(&account, &session).await.map_err(store_refusal)?;
        self.ports.boot.list(listing).await.map_err(store_refusal)?;
        Ok(Reply::SignedIn { account, user_id: signed_in.user_id })
    }

    async fn store(&self, account: &AccountKey, session: &Session) -> Result<(), StoreError> {
        let records = Records::new(self.ports.accounts.open(account).await?);
        let mut batch = Batch::default();
        session.put(&records, &mut batch);
        records.commit(batch).await
    }
}

/// What a homeserver gives whoever logs in.
pub(crate) struct SignedIn {
    pub(crate) user_id: OwnedUserId,
    pub(crate) device_id: OwnedDeviceId,
    pub(crate) access_token: String,
}

/// Logs in by password; with a device ID, that device goes on.
pub(crate) async fn log_in(
    homeserver: &Homeserver,
    user: String,
    password: String,
    device_name: String,
    device_id: Option<OwnedDeviceId>,
) -> Result<SignedIn, Refusal> {
    let password = login::v3::Password::new(identifier(user.trim()), password);
    let mut request = login::v3::Request::new(login::v3::LoginInfo::Password(password));
    request.initial_device_display_name = Some(device_name);
    request.device_id = device_id;
    let response = homeserver.send(request).await.map_err(login_refusal)?;
    Ok(SignedIn { user_id: response.user_id, device_id: response.device_id, access_token: response.access_token })
}

/// A localpart, a user ID or an e-mail address.
fn identifier(user: &str) -> UserIdentifier {
    if !user.starts_with('@') && user.contains('@') {
        UserIdentifier::Email(EmailUserIdentifier::new(user.to_owned()))
    } else {
        UserIdentifier::Matrix(MatrixUserIdentifier::new(user.to_owned()))
    }
}

fn login_refusal(error: RequestError) -> Refusal {
    match error.kind() {
        Some(ErrorKind::Forbidden) => Refusal::WrongPassword,
        _ => error.into(),
    }
}

/// What a page is told when the storage does not take something.
pub(crate) fn store_refusal(error: StoreError) -> Refusal {
    match error {
        StoreError::Full => Refusal::StorageFull,
        error => {
            tracing::error!(%error, "the store failed");
            Refusal::CoreFailed
        }
    }
}
