//! Whether a message is nothing but a few emoji, which are then shown large.

use trellis_model::rich_text::{Node, RichText};

/// More than these are a wall, and shown in their usual size.
const MOST: usize = 6;

/// Whether `text` is one to six emoji and nothing else.
pub(crate) fn is_emoji_only(text: &RichText) -> bool {
    count_nodes(&text.0).is_some_and(|count| (1..=MOST).contains(&count))
}

/// How many emoji there are; `None`: there is something else.
fn count_nodes(nodes: &[Node]) -> Option<usize> {
    nodes.iter().try_fold(0, |count, node| {
        Some(
            count
                + match node {
                    Node::Text(text) => count_emoji(text)?,
                    Node::Paragraph(children) => count_nodes(children)?,
                    Node::Image { emoticon: true, .. } => 1,
                    _ => return None,
                },
        )
    })
}

fn count_emoji(text: &str) -> Option<usize> {
    let mut count = 0;
    let mut joined = false;
    let mut half_flag = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\n' => {}
            '\u{200d}' if count > 0 => {
                joined = true;
                continue;
            }
            // Variation selector, skin tones, tags of flags: part of the one before.
            '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' if count > 0 => {}
            '\u{1f1e6}'..='\u{1f1ff}' => {
                count += usize::from(!half_flag);
                half_flag = !half_flag;
                continue;
            }
            '0'..='9' | '#' | '*' => {
                chars.next_if_eq(&'\u{fe0f}');
                chars.next_if_eq(&'\u{20e3}')?;
                count += 1;
            }
            _ if is_pictograph(c) || chars.peek() == Some(&'\u{fe0f}') => count += usize::from(!joined),
            _ => return None,
        }
        joined = false;
        half_flag = false;
    }
    Some(count)
}

/// Characters that are shown as emoji by themselves (`Emoji_Presentation`), and the blocks made of such.
fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{1f300}'..='\u{1f5ff}' | '\u{1f600}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}' | '\u{1f7e0}'..='\u{1f7f0}'
        | '\u{1f900}'..='\u{1f9ff}' | '\u{1fa70}'..='\u{1faff}' | '\u{1f004}' | '\u{1f0cf}' | '\u{1f18e}'
        | '\u{1f191}'..='\u{1f19a}' | '\u{1f201}'..='\u{1f251}' | '\u{231a}' | '\u{231b}' | '\u{23e9}'..='\u{23ec}'
        | '\u{23f0}' | '\u{23f3}' | '\u{25fd}' | '\u{25fe}' | '\u{2614}' | '\u{2615}' | '\u{2648}'..='\u{2653}'
        | '\u{267f}' | '\u{2693}' | '\u{26a1}' | '\u{26aa}' | '\u{26ab}' | '\u{26bd}' | '\u{26be}' | '\u{26c4}'
        | '\u{26c5}' | '\u{26ce}' | '\u{26d4}' | '\u{26ea}' | '\u{26f2}' | '\u{26f3}' | '\u{26f5}' | '\u{26fa}'
        | '\u{26fd}' | '\u{2705}' | '\u{270a}' | '\u{270b}' | '\u{2728}' | '\u{274c}' | '\u{274e}'
        | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2764}' | '\u{2795}'..='\u{2797}' | '\u{27b0}' | '\u{27bf}'
        | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn large(text: &str) -> bool {
        is_emoji_only(&RichText(vec![Node::Text(text.to_owned())]))
    }

    #[test]
    fn a_few_emoji_are_large() {
        for text in ["👍", "🎉 🎉", "👩‍🚀", "❤️", "👍🏽", "🇩🇪🇫🇷", "3️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☀️"]
        {
            assert!(large(text), "{text}");
        }
    }

    #[test]
    fn words_numbers_and_walls_are_not() {
        for text in ["", " ", "ok 👍", "3", "#", "👍👍👍👍👍👍👍", "\u{200d}", "→"] {
            assert!(!large(text), "{text}");
        }
    }

    #[test]
    fn flags_and_families_count_once() {
        assert_eq!(count_emoji("🇩🇪🇫🇷👨‍👩‍👧"), Some(3));
    }

    #[test]
    fn formatted_text_is_not_large() {
        assert!(!is_emoji_only(&RichText(vec![Node::Code("👍".to_owned())])));
        assert!(is_emoji_only(&RichText(vec![Node::Paragraph(vec![Node::Text("👍".to_owned())])])));
    }
}
