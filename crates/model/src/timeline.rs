//! A room's history as it is stored: chunks of items in order, with gaps where history is missing.
//!
//! A row of the timeline is an [`Item`]. Events that relate to another (reactions, replacements, redactions) are no rows:
//! they are folded into their target, and leave only their ID where they stood, so that overlap and receipts are found.

mod chunk;
pub(crate) mod editor;
mod item;
mod project;
pub(crate) mod relation;

pub use self::{
    chunk::{CHUNK_CAPACITY, Chunk, Gap, IndexKey, LATEST_CHUNKS, Orphan, Position},
    item::{Echo, Item, Reaction, Redaction, Replacement},
    project::{Scene, gap_row, in_reply_to, needs_of_rows, project_row, readers, state_fact, strip_reply_fallback},
};
