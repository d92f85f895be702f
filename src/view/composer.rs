//! Where one writes.

mod completion;
mod emoji;
mod format;
mod text;
