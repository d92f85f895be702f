//! Whether a text is nothing but emoji. By ranges rather than by a table: to show a symbol large by mistake is harmless,
//! and a table would be larger than all of this module.

use super::Node;

/// How many emoji are still shown large.
const MOST: usize = 10;

const KEYCAP: char = '\u{20e3}';
const EMOJI_STYLE: char = '\u{fe0f}';

pub(super) fn is_emoji_only(nodes: &[Node]) -> bool {
    let mut count = 0;
    let fits = nodes.iter().all(|node| match node {
        Node::Text(text) => count_emoji(text).is_some_and(|found| {
            count += found;
            true
        }),
        Node::Image { emoticon: true, .. } => {
            count += 1;
            true
        }
        _ => false,
    });
    fits && (1..=MOST).contains(&count)
}

/// How many emoji a text has. `None`: there is something else.
fn count_emoji(text: &str) -> Option<usize> {
    let mut count = 0;
    let mut joined = false;
    let mut flag_open = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            _ if character.is_whitespace() => {}
            '\u{200d}' => {
                joined = true;
                continue;
            }
            // Variation selectors, skin tones and tags belong to the emoji before.
            EMOJI_STYLE | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' => continue,
            // Two letters make one flag.
            '\u{1f1e6}'..='\u{1f1ff}' => {
                flag_open = !flag_open;
                count += usize::from(flag_open);
                continue;
            }
            '0'..='9' | '#' | '*' => {
                characters.next_if_eq(&EMOJI_STYLE);
                characters.next_if_eq(&KEYCAP)?;
                count += 1;
            }
            '\u{1f000}'..='\u{1faff}' | '\u{231a}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b05}'..='\u{2b55}' => {
                count += usize::from(!joined);
            }
            // Signs that are emoji only where they are asked to be.
            _ if characters.next_if_eq(&EMOJI_STYLE).is_some() => count += usize::from(!joined),
            _ => return None,
        }
        joined = false;
    }
    Some(count)
}
