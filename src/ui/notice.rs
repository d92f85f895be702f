//! A sentence about what happened, with the details folded away.

use leptos::prelude::*;

use super::{Icon, IconView};
use crate::{
    markup::view,
    wording::{Explanation, t},
};

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoticeKind {
    #[default]
    Error,
    Warning,
    Info,
}

/// A sentence about what happened. Read out at once when it is an error.
#[component]
pub fn Notice(
    /// What kind.
    #[prop(optional)]
    kind: NoticeKind,
    /// The sentence, and what folds out.
    explanation: Explanation,
) -> impl IntoView {
    let (name, icon) = match kind {
        NoticeKind::Error => ("error", Icon::CircleAlert),
        NoticeKind::Warning => ("warning", Icon::TriangleAlert),
        NoticeKind::Info => ("info", Icon::Info),
    };
    let details = explanation.details.map(|details| {
        view! {
            <details class="notice__details">
                <summary>{t::details()}</summary>
                <pre>{details}</pre>
            </details>
        }
    });
    view! {
        <div class="notice" data-kind=name role=if kind == NoticeKind::Error { "alert" } else { "status" }>
            <IconView icon/>
            <div class="notice__text"><p>{explanation.text}</p>{details}</div>
        </div>
    }
}
