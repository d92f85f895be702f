//! The browser's side of the client's ports.

mod accounts;
mod boot;
mod clock;
mod crypto;
mod file;
mod random;
mod transport;

pub(crate) use self::{
    accounts::BrowserAccounts, boot::BrowserBoot, clock::BrowserClock, crypto::BrowserCryptography, file::BlobFile,
    random::BrowserRandom, transport::BrowserTransport,
};
