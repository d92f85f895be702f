//! The keys that work, in a list.

use leptos::prelude::*;

use super::close;
use crate::{markup::view, ui::Dialog, wording::t};

/// The dialog.
#[component]
pub(super) fn Shortcuts() -> impl IntoView {
    let rows = [
        ("Ctrl K", t::shortcuts_jump()),
        ("Alt ↑ / ↓", t::shortcuts_rooms()),
        ("↑ ↓ Home End", t::shortcuts_list()),
        ("Esc", t::shortcuts_close()),
        ("Enter", t::shortcuts_send()),
        ("Shift Enter", t::shortcuts_break()),
        ("↑", t::shortcuts_edit()),
        ("Ctrl B / I / E", t::shortcuts_format()),
        ("Ctrl Shift U", t::shortcuts_upload()),
        ("Ctrl .", t::shortcuts_panel()),
        ("?", t::shortcuts_this()),
    ];
    let row = |(keys, words): (&'static str, String)| {
        view! {
            <div class="shortcuts__row">
                <dt><kbd dir="ltr">{keys}</kbd></dt>
                <dd>{words}</dd>
            </div>
        }
    };
    view! {
        <Dialog title=t::shortcuts_title() on_close=close()>
            <dl class="shortcuts">{rows.map(row).collect_view()}</dl>
        </Dialog>
    }
}
