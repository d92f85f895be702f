//! Primitives without Matrix knowledge: every interactive thing lives here once, with its keyboard and its names.

pub mod icon;

pub use self::icon::{Icon, IconView};
