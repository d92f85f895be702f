//! The [User-Interactive Authentication API]: proofs of identity in several steps.
//!
//! Sessions are in the database, so that any process may take the next step. A session belongs to
//! one action of one user, where they have an account also to what exactly they asked for, and is over
//! once it let that action through: who confirms the removal of one device does not confirm another.
//!
//! [User-Interactive Authentication API]: https://spec.matrix.org/v1.18/client-server-api/#user-interactive-authentication-api

use std::net::IpAddr;

use ruma::{
    CanonicalJsonObject, OwnedUserId, UserId,
    api::{
        client::uiaa::{AuthData, AuthFlow, AuthType, UiaaInfo, UserIdentifier},
        error::{ErrorKind, StandardErrorBody},
    },
};
use sha2::{Digest as _, Sha256};

use super::{
    accounts::Accounts,
    limits::{Action, Limits},
    registration_tokens::RegistrationTokens,
};
use crate::{
    MatrixError, Result,
    environment::Environment,
    storage::{Storage, WriteKey, args},
};

/// How long a session may be worked on.
const LIFETIME: i64 = 30 * 60 * 1000;

const KEY: WriteKey = WriteKey::Server("uiaa");

/// Proofs of identity in several steps.
#[derive(Clone, Debug)]
pub struct Uiaa {
    storage: Storage,
    environment: Environment,
    accounts: Accounts,
    registration_tokens: RegistrationTokens,
    limits: Limits,
}

/// What has to be proved before something is done.
#[derive(Debug)]
pub struct Challenge<'a> {
    /// What is to be done: a session for one thing is of no use for another.
    pub action: &'a str,
    /// Who is asking, where they have an account.
    pub user_id: Option<&'a UserId>,
    /// The ways to prove it, each a list of stages.
    pub flows: &'a [&'a [AuthType]],
    /// The step the client takes with this request.
    pub auth: Option<&'a AuthData>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The request's body, where the session is for nothing but this. A registration may still be
    /// corrected on its way.
    pub body: Option<&'a [u8]>,
}

/// A request of someone with an account that their password has to confirm.
#[derive(Debug)]
pub struct Confirmation<'a> {
    /// What is to be done.
    pub action: &'a str,
    /// Who is asking.
    pub user_id: &'a UserId,
    /// The step the client takes with this request.
    pub auth: Option<&'a AuthData>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The request's body.
    pub body: &'a [u8],
}

struct Session {
    id: String,
    completed: Vec<AuthType>,
}

impl Challenge<'_> {
    /// What a session is for, as it is stored: the body without the step taken with it, however it
    /// is written.
    fn request(&self) -> Option<Vec<u8>> {
        let body = self.body.map(|body| if body.is_empty() { b"{}" } else { body })?;
        let canonical = serde_json::from_slice::<CanonicalJsonObject>(body).ok().and_then(|mut object| {
            object.remove("auth");
            serde_json::to_vec(&object).ok()
        });
        Some(Sha256::digest(canonical.as_deref().unwrap_or(body)).to_vec())
    }
}

impl Uiaa {
    pub(super) fn new(
        storage: Storage,
        environment: Environment,
        accounts: Accounts,
        registration_tokens: RegistrationTokens,
        limits: Limits,
    ) -> Self {
        Self { storage, environment, accounts, registration_tokens, limits }
    }

    /// Asks for the user's password, which is what our endpoints for an account in use want.
    pub async fn require_password(&self, confirmation: Confirmation<'_>) -> Result<()> {
        let flows: &[&[AuthType]] = &[&[AuthType::Password]];
        let Confirmation { action, user_id, auth, address, body } = confirmation;
        self.require(Challenge { action, user_id: Some(user_id), flows, auth, address, body: Some(body) }).await
    }

    /// Passes once the proof is complete; until then answers what is missing.
    pub async fn require(&self, challenge: Challenge<'_>) -> Result<()> {
        let mut session = match challenge.auth.and_then(AuthData::session) {
            Some(id) => self.resume(id, &challenge).await?,
            None => self.begin(&challenge).await?,
        };
        let Some(auth) = challenge.auth else {
            return Err(info(&challenge, &session, None).into());
        };
        // No stage to try again: nobody confirms for another.
        if let (AuthData::Password(password), Some(user_id)) = (auth, challenge.user_id)
            && let UserIdentifier::Matrix(identifier) = &password.identifier
            && self.accounts.user_id_of(&identifier.user).is_ok_and(|named| named != user_id)
        {
            return Err(MatrixError::forbidden("this is another user's password"));
        }
        if let Some(stage) = auth.auth_type()
            && !session.completed.contains(&stage)
        {
            if let Err(error) = self.pass(&stage, auth, &challenge).await {
                let MatrixError::Refused { kind, message, .. } = error else { return Err(error) };
                if matches!(kind, ErrorKind::LimitExceeded(_)) {
                    return Err(MatrixError::refused(http::StatusCode::TOO_MANY_REQUESTS, kind, message));
                }
                let error = StandardErrorBody::new(kind, message);
                return Err(info(&challenge, &session, Some(error)).into());
            }
            session.completed.push(stage);
        }
        let complete = |flow: &&[AuthType]| flow.iter().all(|stage| session.completed.contains(stage));
        if challenge.flows.iter().any(complete) {
            return self.finish(session).await;
        }
        let answer = info(&challenge, &session, None);
        self.remember(session).await?;
        Err(answer.into())
    }

    /// Checks one stage.
    async fn pass(&self, stage: &AuthType, auth: &AuthData, challenge: &Challenge<'_>) -> Result<()> {
        if !challenge.flows.iter().any(|flow| flow.contains(stage)) {
            return Err(MatrixError::unauthorized("this stage is not asked for"));
        }
        match (auth, challenge.user_id) {
            (AuthData::Dummy(_), _) => Ok(()),
            (AuthData::Password(password), Some(_)) => {
                self.accounts.check_password(&password.identifier, &password.password, challenge.address).await?;
                Ok(())
            }
            (AuthData::RegistrationToken(token), _) => {
                if let Some(address) = challenge.address {
                    self.limits.take(Action::Probe, address.to_string())?;
                }
                match self.registration_tokens.redeem(&token.token).await? {
                    true => Ok(()),
                    false => Err(MatrixError::unauthorized("the registration token is not valid")),
                }
            }
            _ => Err(MatrixError::unauthorized("this stage is not supported")),
        }
    }

    /// A value that a tool has to sign into its next request, so that the request cannot be repeated.
    pub async fn nonce(&self, action: &str) -> Result<String> {
        let challenge = Challenge { action, user_id: None, flows: &[], auth: None, address: None, body: None };
        Ok(self.begin(&challenge).await?.id)
    }

    /// Takes a nonce back, once.
    pub async fn redeem_nonce(&self, action: &str, nonce: &str) -> Result<()> {
        let challenge = Challenge { action, user_id: None, flows: &[], auth: None, address: None, body: None };
        let session = self.resume(nonce, &challenge).await?;
        self.finish(session).await
    }

    /// Keeps something of a request with the session it began, for those that follow.
    pub async fn note(&self, session: &str, remembered: Vec<u8>) -> Result<()> {
        let session = session.to_owned();
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE uiaa_sessions SET remembered = $2 WHERE session = $1";
                    transaction.execute(sql, args![session, remembered]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// What was kept with a session of this action.
    pub async fn noted(&self, action: &str, session: &str) -> Result<Option<Vec<u8>>> {
        let since = self.environment.now_millis() - LIFETIME;
        let sql = "SELECT remembered FROM uiaa_sessions WHERE session = $1 AND action = $2 AND created_at >= $3";
        let row = self.storage.read().await?.fetch_optional(sql, args![session, action, since]).await?;
        Ok(row.map(|row| row.get(0)).transpose()?.flatten())
    }

    /// Keeps for a while that a session is over and whom it was about.
    pub async fn note_outcome(&self, action: &str, session: &str, user_id: &UserId) -> Result<()> {
        let (action, session, user_id) = (action.to_owned(), session.to_owned(), user_id.to_owned());
        let now = self.environment.now_millis();
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "INSERT INTO uiaa_sessions (session, action, user_id, completed, created_at) \
                        VALUES ($1, $2, $3, '', $4) ON CONFLICT (session) DO NOTHING";
                    transaction.execute(sql, args![session, action, user_id, now]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Whom a session was about that is over.
    pub async fn outcome(&self, action: &str, session: &str) -> Result<Option<OwnedUserId>> {
        let since = self.environment.now_millis() - LIFETIME;
        let sql = "SELECT user_id FROM uiaa_sessions WHERE session = $1 AND action = $2 AND created_at >= $3";
        let row = self.storage.read().await?.fetch_optional(sql, args![session, action, since]).await?;
        Ok(row.map(|row| row.get(0)).transpose()?.flatten())
    }

    async fn begin(&self, challenge: &Challenge<'_>) -> Result<Session> {
        let id = self.environment.word(24);
        let now = self.environment.now_millis();
        let (session, action) = (id.clone(), challenge.action.to_owned());
        let user_id = challenge.user_id.map(ToOwned::to_owned);
        let request = challenge.request();
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "DELETE FROM uiaa_sessions WHERE created_at < $1";
                    transaction.execute(sql, args![now - LIFETIME]).await?;
                    let sql = "INSERT INTO uiaa_sessions (session, action, user_id, completed, created_at, request) \
                        VALUES ($1, $2, $3, '', $4, $5)";
                    transaction.execute(sql, args![session, action, user_id, now, request]).await?;
                    Ok::<_, MatrixError>(())
                })
            })
            .await?;
        Ok(Session { id, completed: Vec::new() })
    }

    async fn resume(&self, id: &str, challenge: &Challenge<'_>) -> Result<Session> {
        let sql =
            "SELECT action, user_id, completed, request FROM uiaa_sessions WHERE session = $1 AND created_at >= $2";
        let since = self.environment.now_millis() - LIFETIME;
        let row = self.storage.read().await?.fetch_optional(sql, args![id, since]).await?;
        let Some(row) = row else { return Err(MatrixError::unknown("unknown session")) };
        let (action, user_id): (String, Option<OwnedUserId>) = (row.get(0)?, row.get(1)?);
        let request: Option<Vec<u8>> = row.get(3)?;
        let same = action == challenge.action && user_id.as_deref() == challenge.user_id;
        if !same || request != challenge.request() {
            return Err(MatrixError::forbidden("this session is for something else"));
        }
        let completed: String = row.get(2)?;
        Ok(Session { id: id.to_owned(), completed: completed.split_whitespace().map(AuthType::from).collect() })
    }

    async fn remember(&self, session: Session) -> Result<()> {
        let completed = session.completed.iter().map(AuthType::as_str).collect::<Vec<_>>().join(" ");
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE uiaa_sessions SET completed = $2 WHERE session = $1";
                    transaction.execute(sql, args![session.id, completed]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Ends a session. Of two requests with the same one, only one is let through.
    async fn finish(&self, session: Session) -> Result<()> {
        self.storage
            .write(KEY, move |transaction| {
                Box::pin(async move {
                    let sql = "DELETE FROM uiaa_sessions WHERE session = $1";
                    match transaction.execute(sql, args![session.id]).await? {
                        0 => Err(MatrixError::unknown("unknown session")),
                        _ => Ok(()),
                    }
                })
            })
            .await
    }
}

fn info(challenge: &Challenge<'_>, session: &Session, error: Option<StandardErrorBody>) -> UiaaInfo {
    let flows = challenge.flows.iter().map(|stages| AuthFlow::new(stages.to_vec())).collect();
    let mut info = UiaaInfo::new(flows);
    info.session = Some(session.id.clone());
    info.completed = session.completed.clone();
    // Clients of the specification's older versions expect the key even where there is nothing in it.
    info.params = serde_json::value::to_raw_value(&serde_json::Map::new()).ok();
    info.auth_error = error;
    info
}
