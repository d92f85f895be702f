//! A line of text to type, with its name, a hint and what is wrong with it.

use leptos::{ev, html, prelude::*};

use crate::markup::view;

/// A line of text to type.
#[component]
pub fn TextField(
    /// Its name, shown above it.
    #[prop(into)]
    label: Signal<String>,
    /// What is typed.
    value: RwSignal<String>,
    /// The `type` of the input.
    #[prop(default = Signal::stored("text"), into)]
    kind: Signal<&'static str>,
    /// The `name` of the input, for password managers.
    #[prop(optional)]
    name: Option<&'static str>,
    /// The `autocomplete` of the input.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Explains it, below.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
    /// What is wrong with it, below.
    #[prop(optional, into)]
    problem: Signal<Option<String>>,
    /// It must be filled in.
    #[prop(optional)]
    required: bool,
    /// It cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Takes the focus when it appears.
    #[prop(optional)]
    autofocus: bool,
    /// Said before anything is typed.
    #[prop(optional, into)]
    placeholder: Signal<String>,
    /// The name for tests.
    #[prop(optional)]
    testid: Option<&'static str>,
    /// The person finished with it.
    #[prop(optional, into)]
    on_change: Option<Callback<()>>,
) -> impl IntoView {
    let id = format!("field-{}", unique());
    let note_id = format!("{id}-note");
    let note = move || problem.get().or_else(|| hint.get());
    let element = NodeRef::<html::Input>::new();
    Effect::new(move || {
        if autofocus && let Some(element) = element.get() {
            crate::platform::dom::focus(&element);
        }
    });
    view! {
        <div class="text-field" data-problem=move || problem.get().map(|_| "")>
            <label class="text-field__label" for=id.clone()>{move || label.get()}</label>
            <input
                class="text-field__input" id=id type=move || kind.get() name=name autocomplete=autocomplete node_ref=element
                autocapitalize="off" spellcheck="false" dir="auto"
                data-testid=testid
                required=required
                aria-invalid=move || problem.get().map(|_| "true")
                aria-describedby=note_id.clone()
                placeholder=move || placeholder.get()
                prop:disabled=move || disabled.get()
                prop:value=move || value.get()
                on:input:target=move |event| value.set(event.target().value())
                on:change=move |_: ev::Event| if let Some(on_change) = on_change { on_change.run(()) }
            />
            <p class="text-field__note" id=note_id>{note}</p>
        </div>
    }
}

/// A number no other field of the page has.
fn unique() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
