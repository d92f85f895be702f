//! The page.

pub mod platform;
pub mod session;
