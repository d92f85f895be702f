//! Short messages about what was done, above the page: what one writes is at its foot.

use std::time::Duration;

use leptos::prelude::*;

use super::{Icon, IconButton};
use crate::{
    markup::view,
    wording::{Explanation, t},
};

/// How long a toast stays; read aloud it takes a third of that.
const STAY: Duration = Duration::from_secs(6);

#[derive(Debug, Clone, PartialEq)]
struct Toast {
    id: u32,
    text: String,
}

/// Where toasts are shown. Copy it into handlers; every component finds it by [`use_toasts`].
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

impl Toasts {
    /// Makes the toasts and provides them as context.
    pub fn provide() -> Self {
        let toasts = Self { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
        provide_context(toasts);
        toasts
    }

    /// Shows a sentence for a while.
    pub fn show(self, text: impl Into<String>) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let text = text.into();
        self.shown.update(|shown| {
            shown.retain(|toast| toast.text != text);
            shown.push(Toast { id, text });
        });
        set_timeout(move || self.dismiss(id), STAY);
    }

    /// Shows why something was not done.
    pub fn explain(self, explanation: Explanation) {
        self.show(explanation.text);
    }

    fn dismiss(self, id: u32) {
        if self.shown.try_with_untracked(|shown| shown.iter().any(|toast| toast.id == id)) == Some(true) {
            self.shown.update(|shown| shown.retain(|toast| toast.id != id));
        }
    }
}

/// The toasts of the page.
pub fn use_toasts() -> Toasts {
    use_context().expect("the application provides the toasts before any view")
}

/// The toasts; once, at the end of the page.
#[component]
pub fn ToastStack() -> impl IntoView {
    let toasts = use_toasts();
    let toast = move |toast: Toast| {
        let dismiss = move |()| toasts.dismiss(toast.id);
        view! {
            <div class="toast" data-testid="toast">
                <p class="toast__text">{toast.text}</p>
                <IconButton icon=Icon::X label=t::action_dismiss() on_press=dismiss/>
            </div>
        }
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.id children=toast/>
        </div>
    }
}
