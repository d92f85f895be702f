//! Which row stays where it is while others come and go around it.
//!
//! Pure arithmetic on measured places: the browser's own scroll anchoring is off, since it loses the place when rows
//! are added and let go in the same frame.

use crate::platform::scroll::{Place, Viewport};

/// How near to the end still counts as being there, in CSS pixels.
const STICKY: f64 = 24.0;

/// How far the end is below what is seen.
pub(crate) fn below(viewport: Viewport) -> f64 {
    (bottom(viewport) - viewport.scroll_top).max(0.0)
}

/// Where to scroll to see the end.
pub(crate) fn bottom(viewport: Viewport) -> f64 {
    (viewport.scroll_height - viewport.client_height).max(0.0)
}

/// What holds still.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Anchor {
    /// The end: new rows push the old ones up.
    Bottom,
    /// These rows, the first of them that still exists, at this distance from the scroller's upper edge each.
    Rows(Vec<(String, f64)>),
}

impl Anchor {
    /// What to hold, given what is seen. `at_live_end`: the last row is the room's newest.
    pub(crate) fn of(viewport: Viewport, rows: &[Place], at_live_end: bool) -> Self {
        if at_live_end && below(viewport) <= STICKY {
            return Self::Bottom;
        }
        let end = viewport.scroll_top + viewport.client_height;
        let seen = rows.iter().filter(|row| row.top + row.height > viewport.scroll_top && row.top < end);
        Self::Rows(seen.map(|row| (row.name.clone(), row.top - viewport.scroll_top)).collect())
    }

    /// Where to scroll so that the anchor is where it was; `None`: it is there, or it is gone.
    pub(crate) fn restore(&self, viewport: Viewport, rows: &[Place]) -> Option<f64> {
        let target = match self {
            Self::Bottom => bottom(viewport),
            Self::Rows(held) => held.iter().find_map(|(name, offset)| {
                rows.iter().find(|row| row.name == *name).map(|row| (row.top - offset).clamp(0.0, bottom(viewport)))
            })?,
        };
        ((target - viewport.scroll_top).abs() > 0.5).then_some(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewport(scroll_top: f64, scroll_height: f64) -> Viewport {
        Viewport { scroll_top, client_height: 100.0, scroll_height }
    }

    fn rows(names: &[&str]) -> Vec<Place> {
        (0u32..)
            .zip(names)
            .map(|(at, name)| Place { name: (*name).to_owned(), top: f64::from(at) * 50.0, height: 50.0 })
            .collect()
    }

    #[test]
    fn history_added_above_moves_the_scroller_by_its_height() {
        let anchor = Anchor::of(viewport(60.0, 200.0), &rows(&["c", "d", "e", "f"]), true);

        assert_eq!(anchor.restore(viewport(60.0, 300.0), &rows(&["a", "b", "c", "d", "e", "f"])), Some(160.0));
    }

    #[test]
    fn the_end_is_kept_only_where_the_room_ends() {
        assert_eq!(Anchor::of(viewport(90.0, 200.0), &[], true), Anchor::Bottom);
        assert_eq!(Anchor::Bottom.restore(viewport(100.0, 250.0), &[]), Some(150.0));
        assert_ne!(Anchor::of(viewport(100.0, 200.0), &[], false), Anchor::Bottom);
    }

    #[test]
    fn the_next_row_seen_holds_when_the_first_is_gone() {
        let anchor = Anchor::of(viewport(25.0, 200.0), &rows(&["a", "b", "c", "d"]), true);

        assert_eq!(anchor.restore(viewport(25.0, 250.0), &rows(&["x", "y", "b", "c", "d"])), Some(75.0));
    }

    #[test]
    fn nothing_moves_when_nothing_changed() {
        let placed = rows(&["a", "b", "c", "d"]);
        let anchor = Anchor::of(viewport(25.0, 200.0), &placed, true);

        assert_eq!(anchor.restore(viewport(25.0, 200.0), &placed), None);
    }
}
