//! English turned around, as a language that is written from right to left looks to someone who reads English.

/// Adds a text with each of its words shown backwards, by the override and pop marks of Unicode.
pub(super) fn push(value: &str, text: &mut String) {
    for piece in value.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if word.is_empty() {
            text.push_str(piece);
        } else {
            text.push('\u{202e}');
            text.push_str(word);
            text.push('\u{202c}');
            text.push_str(piece.get(word.len()..).unwrap_or_default());
        }
    }
}
