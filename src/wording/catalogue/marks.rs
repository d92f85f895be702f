//! How a packed message is marked. The build writes it, the page reads it.

/// Stands between two messages.
pub(crate) const MESSAGE: char = '\u{0}';
/// An argument; its place follows as a digit.
pub(crate) const ARGUMENT: char = '\u{1}';
/// A choice by an argument, whose place follows as a digit; then its variants.
pub(crate) const SELECT: char = '\u{2}';
/// The key of a variant follows.
pub(crate) const KEY: char = '\u{3}';
/// The pattern of a variant follows.
pub(crate) const PATTERN: char = '\u{4}';
/// The end of a choice.
pub(crate) const END: char = '\u{5}';
