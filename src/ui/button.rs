//! A button with words.

use leptos::prelude::*;

use super::{Icon, IconView};
use crate::markup::view;

/// How much a button weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// What the view is for; one per view.
    Primary,
    #[default]
    Secondary,
    /// Takes something away.
    Danger,
    /// Leads to something that takes something away; asks first.
    DangerQuiet,
    /// As light as a link.
    Quiet,
}

impl ButtonKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Danger => "danger",
            Self::DangerQuiet => "danger-quiet",
            Self::Quiet => "quiet",
        }
    }
}

/// A button with words.
#[component]
pub fn Button(
    /// How much it weighs.
    #[prop(optional)]
    kind: ButtonKind,
    /// Submits the form it stands in.
    #[prop(optional)]
    submit: bool,
    /// It can be pressed, but nothing happens yet: what it started is under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// It cannot be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Stands before the words.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// The name for tests.
    #[prop(optional)]
    testid: Option<&'static str>,
    /// What it does, where it does not submit.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let press = move |_| {
        if let Some(on_press) = on_press
            && !busy.get_untracked()
        {
            on_press.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class="button"
            data-kind=kind.as_str()
            data-testid=testid
            aria-busy=move || busy.get().to_string()
            prop:disabled=move || disabled.get()
            on:click=press
        >
            {icon.map(|icon| view! { <IconView icon/> })}
            <span class="button__words">{children()}</span>
        </button>
    }
}
