//! Text as it is compared when people search: without case and accents.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The form of a text in which a search finds it.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    text.trim().nfkd().filter(|character| !is_combining_mark(*character)).flat_map(char::to_lowercase).collect()
}
