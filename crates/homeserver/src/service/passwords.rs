//! Passwords are kept as Argon2id hashes, made where they hold up no other request.

use std::sync::Arc;

use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{self, SaltString},
};
use tokio::sync::Semaphore;

use crate::{MatrixError, Result, environment::Environment};

/// The shortest password accepted.
const MINIMUM_LENGTH: usize = 8;
/// Longer ones are nobody's password, and cost time to hash.
const MAXIMUM_LENGTH: usize = 512;

/// Makes and checks hashes.
#[derive(Clone, Debug)]
pub struct Passwords {
    environment: Environment,
    /// Each hash takes 19 MiB and a core: logins wait for each other rather than for memory.
    slots: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new(environment: Environment) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { environment, slots: Arc::new(Semaphore::new(cores)) }
    }

    /// Refuses what is too short to be a password.
    pub fn check_strength(&self, password: &str) -> Result<()> {
        if password.chars().count() < MINIMUM_LENGTH {
            let message = format!("the password must have at least {MINIMUM_LENGTH} characters");
            return Err(MatrixError::weak_password(message));
        }
        if password.len() > MAXIMUM_LENGTH {
            return Err(MatrixError::invalid_param("the password is too long"));
        }
        Ok(())
    }

    /// The hash to store for a password.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let salt = self.environment.bytes::<16>();
        let password = password.to_owned();
        self.off_the_runtime(move || {
            let salt = SaltString::encode_b64(&salt)?;
            Ok(Argon2::default().hash_password(password.as_bytes(), &salt)?.to_string())
        })
        .await
    }

    /// Whether a password is the one of the hash. Takes as long where there is no hash, so that the
    /// time does not tell which accounts exist.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        if password.len() > MAXIMUM_LENGTH {
            return Ok(false);
        }
        let password = password.to_owned();
        let salt = self.environment.bytes::<16>();
        self.off_the_runtime(move || match hash {
            Some(hash) => match Argon2::default().verify_password(password.as_bytes(), &PasswordHash::new(&hash)?) {
                Ok(()) => Ok(true),
                Err(password_hash::Error::Password) => Ok(false),
                Err(error) => Err(error),
            },
            None => {
                let salt = SaltString::encode_b64(&salt)?;
                Argon2::default().hash_password(password.as_bytes(), &salt).map(|_| false)
            }
        })
        .await
    }

    async fn off_the_runtime<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> password_hash::Result<T> + Send + 'static,
    ) -> Result<T> {
        let slot = self.slots.clone().acquire_owned().await.map_err(MatrixError::internal)?;
        let result = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        });
        let result = result.await.map_err(MatrixError::internal)?;
        result.map_err(|error| MatrixError::internal(error.to_string()))
    }
}
