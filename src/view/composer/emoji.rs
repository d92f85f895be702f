//! Emoji by shortcode.
//!
//! The table is made at build time and holds only what is looked up: a fifth of what the whole crate would weigh.

/// Lines of an emoji and its shortcodes, separated by spaces, in the order of Unicode.
const TABLE: &str = include_str!(concat!(env!("OUT_DIR"), "/emoji.txt"));

/// An emoji and the shortcode by which it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) emoji: &'static str,
    pub(crate) shortcode: &'static str,
}

fn all() -> impl Iterator<Item = Found> {
    TABLE.lines().flat_map(|line| {
        let mut words = line.split(' ');
        let emoji = words.next().unwrap_or_default();
        words.map(move |shortcode| Found { emoji, shortcode })
    })
}

/// The emoji with exactly this shortcode.
pub(crate) fn by_shortcode(shortcode: &str) -> Option<&'static str> {
    all().find(|found| found.shortcode == shortcode).map(|found| found.emoji)
}

/// The first shortcode of an emoji.
pub(crate) fn shortcode(emoji: &str) -> Option<&'static str> {
    all().find(|found| found.emoji == emoji).map(|found| found.shortcode)
}

/// Emoji whose shortcode contains `text`: first the same, then those that begin with it, then those with a word that
/// does, then the rest; an emoji once.
pub(crate) fn search(text: &str, limit: usize) -> Vec<Found> {
    let mut ranked: Vec<((usize, usize), Found)> = Vec::new();
    for found in all() {
        if let Some(rank) = rank(found.shortcode, text) {
            let rank = (rank, found.shortcode.len());
            let place = ranked.partition_point(|(other, _)| *other <= rank);
            ranked.insert(place, (rank, found));
        }
    }
    let mut found: Vec<Found> = Vec::new();
    for (_, next) in ranked {
        if found.len() < limit && found.iter().all(|other| other.emoji != next.emoji) {
            found.push(next);
        }
    }
    found
}

fn rank(shortcode: &str, text: &str) -> Option<usize> {
    let at = shortcode.find(text)?;
    Some(match at {
        _ if shortcode == text => 0,
        0 => 1,
        _ if shortcode.as_bytes().get(at - 1) == Some(&b'_') => 2,
        _ => 3,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcode_names_its_emoji() {
        assert_eq!(by_shortcode("smile"), Some("😄"));
        assert_eq!(by_shortcode("+1"), Some("👍"));
        assert_eq!(by_shortcode("nonesuch"), None);
    }

    #[test]
    fn the_same_shortcode_comes_first_and_each_emoji_once() {
        let found = search("smile", 8);

        assert_eq!(found[0].shortcode, "smile");
        assert!(found[1].shortcode.starts_with("smile"));
        let mut emoji: Vec<_> = found.iter().map(|found| found.emoji).collect();
        emoji.sort_unstable();
        emoji.dedup();
        assert_eq!(emoji.len(), found.len());
    }
}
