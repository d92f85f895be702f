//! What the homeserver takes from the world around it: the time of day and randomness.
//!
//! Both are injected, so that a test can hold the clock still and repeat itself. Nothing else in
//! the crate may ask the operating system for either.

use std::{fmt, sync::Arc};

use rand::RngCore;
use ruma::MilliSecondsSinceUnixEpoch;

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time of day in milliseconds.
    fn now(&self) -> MilliSecondsSinceUnixEpoch;
}

/// Makes unguessable bytes.
pub trait Randomness: fmt::Debug + Send + Sync {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// The clock and the randomness a service uses.
#[derive(Clone, Debug)]
pub struct Environment {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl Environment {
    /// The machine's own clock and its operating system's randomness.
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemRandomness))
    }

    /// An environment of the given parts.
    pub fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { clock, randomness }
    }

    /// The time of day in milliseconds.
    pub fn now(&self) -> MilliSecondsSinceUnixEpoch {
        self.clock.now()
    }

    /// The time of day as the database stores it.
    pub fn now_millis(&self) -> i64 {
        self.now().get().into()
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.randomness.fill(&mut bytes);
        bytes
    }

    /// A random word of letters and digits, about 5.95 bits for each character.
    pub fn word(&self, length: usize) -> String {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut word = String::with_capacity(length);
        while word.len() < length {
            // Bytes past the last multiple of 62 are thrown away, so that no letter is likelier.
            let [byte] = self.bytes::<1>();
            if byte < 248 {
                word.push(char::from(ALPHABET[usize::from(byte % 62)]));
            }
        }
        word
    }
}

#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> MilliSecondsSinceUnixEpoch {
        MilliSecondsSinceUnixEpoch::now()
    }
}

#[derive(Debug)]
struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
