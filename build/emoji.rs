//! The table of emoji and their shortcodes that the composer searches.

/// A line for each emoji that has shortcodes: itself, then they, separated by spaces.
pub(crate) fn table() -> String {
    let mut table = String::new();
    for emoji in emojis::iter() {
        let mut shortcodes = emoji.shortcodes().peekable();
        if shortcodes.peek().is_none() {
            continue;
        }
        table.push_str(emoji.as_str());
        for shortcode in shortcodes {
            table.push(' ');
            table.push_str(shortcode);
        }
        table.push('\n');
    }
    table
}
