//! The browser's side of the client's ports.

mod accounts;
mod boot;
mod clock;
mod file;
mod random;
mod transport;

pub(crate) use self::{
    accounts::BrowserAccounts, boot::BrowserBoot, clock::BrowserClock, file::BlobFile, random::BrowserRandom,
    transport::BrowserTransport,
};
