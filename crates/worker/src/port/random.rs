//! The browser's randomness.

use trellis_client::port::Random;

/// `crypto.getRandomValues`.
pub(crate) struct BrowserRandom;

impl Random for BrowserRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("browsers always have randomness");
    }
}
