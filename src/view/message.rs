//! One message: who, what, and what others did with it.

mod emoji_only;
