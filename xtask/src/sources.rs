//! Rules on the page's sources that no compiler knows: who may touch the browser, and that no HTML is written.

use std::{fs, path::Path};

use anyhow::bail;

use crate::{command::root, compress::files};

/// Texts, and the only files of the page in which each may stand.
const RULES: [(&str, &[&str], &str); 3] = [
    ("inner_html", &[], "event content never becomes HTML"),
    (
        "web_sys::",
        &["src/markup/", "src/platform/", "src/session/", "src/session.rs", "src/main.rs"],
        "only platform, session and markup touch the browser",
    ),
    ("serde_json::", &[], "the page reads JSON by the browser's parser"),
];

/// Reads every source of the page.
pub(crate) fn check() -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for file in files(&root().join("src"))? {
        let name = file.strip_prefix(root())?.to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            findings.extend(offences(&name, &fs::read_to_string(&file)?));
        }
    }
    if !findings.is_empty() {
        bail!("{}", findings.join("\n"));
    }
    Ok(())
}

fn offences(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (word, allowed, reason) in RULES {
            if line.contains(word) && !allowed.iter().any(|place| name.starts_with(place)) {
                found.push(format!("{name}:{}: {word} has no place here: {reason}", number + 1));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::offences;

    #[test]
    fn the_browser_is_touched_in_its_place_only() {
        assert!(offences("src/platform/tab.rs", "use web_sys::Window;").is_empty());
        assert_eq!(offences("src/view/room.rs", "use web_sys::Window;").len(), 1);
        assert_eq!(offences("src/platform/tab.rs", "<p inner_html=html/>").len(), 1);
    }
}
