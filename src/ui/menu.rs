//! A button and the menu it opens, by the browser's popover: above everything, closed by Escape or a press elsewhere.

use leptos::{ev, html, prelude::*};

use super::{Icon, IconButton, IconView, px};
use crate::{
    markup::view,
    platform::dom::{self, Step},
};

const MARGIN: f64 = 8.0;

/// Closes the menu an item stands in.
#[derive(Clone, Copy)]
struct CloseMenu(Callback<()>);

/// An icon button with a menu.
#[component]
pub fn Menu(
    /// What the button shows.
    #[prop(into)]
    icon: Signal<Icon>,
    /// What the menu is for, in words.
    #[prop(into)]
    label: Signal<String>,
    /// The name for tests, of the button.
    #[prop(optional)]
    testid: Option<&'static str>,
    /// Whether it is open: to open it from elsewhere, such as a right click.
    #[prop(optional, into)]
    open: Option<RwSignal<bool>>,
    /// The button's place in the tab order.
    #[prop(optional, into)]
    tabindex: Option<Signal<i32>>,
    /// The items.
    children: ChildrenFn,
) -> impl IntoView {
    let open = open.unwrap_or_else(|| RwSignal::new(false));
    let children = StoredValue::new(children);
    let button = NodeRef::<html::Button>::new();
    let (toggle, close) = (
        Callback::new(move |()| open.update(|open| *open = !*open)),
        Callback::new(move |()| {
            open.set(false);
            if let Some(button) = button.get_untracked() {
                dom::focus(&button);
            }
        }),
    );
    view! {
        <span class="menu">
            <IconButton
                icon label node_ref=button popup="menu" expanded=Signal::from(open) on_press=toggle
                testid=testid.unwrap_or("menu-button")
                tabindex=tabindex.unwrap_or_else(|| Signal::stored(0))
            />
            <Show when=move || open.get()>
                <MenuList button label open close>{children.with_value(|children| children())}</MenuList>
            </Show>
        </span>
    }
}

#[component]
fn MenuList(
    button: NodeRef<html::Button>,
    label: Signal<String>,
    open: RwSignal<bool>,
    close: Callback<()>,
    children: Children,
) -> impl IntoView {
    provide_context(CloseMenu(close));
    let list = NodeRef::<html::Div>::new();
    let place = RwSignal::new((0.0, 0.0));
    Effect::new(move || {
        let (Some(list), Some(button)) = (list.get(), button.get_untracked()) else { return };
        dom::show_popover(&list);
        place.set(beside(dom::rect(&button), dom::rect(&list)));
        dom::move_focus(&list, "[role=menuitem]", Step::First);
    });
    // The browser closed it by itself: the signal follows.
    let toggled = move |_: ev::Event| {
        let shown = list.get_untracked().is_some_and(|list| list.matches(":popover-open").unwrap_or(false));
        if !shown {
            open.set(false);
        }
    };
    let keydown = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowDown" => Step::Next,
            "ArrowUp" => Step::Previous,
            "Home" => Step::First,
            "End" => Step::Last,
            "Escape" | "Tab" => {
                event.prevent_default();
                event.stop_propagation();
                return close.run(());
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if let Some(list) = list.get_untracked() {
            dom::move_focus(&list, "[role=menuitem]", step);
        }
    };
    view! {
        <div
            class="menu__list" role="menu" popover="auto" node_ref=list
            aria-label=move || label.get()
            style:left=move || px(place.get().0)
            style:top=move || px(place.get().1)
            on:toggle=toggled
            on:keydown=keydown
        >
            {children()}
        </div>
    }
}

/// Below the button, or above where there is no room; inside the viewport in any case.
fn beside(button: dom::Rect, list: dom::Rect) -> (f64, f64) {
    let (width, height) = (list.right - list.left, list.bottom - list.top);
    let (view_width, view_height) = dom::viewport();
    let left = if dom::is_right_to_left() { button.left } else { button.right - width };
    let below = button.bottom + MARGIN / 2.0;
    let top = if below + height > view_height - MARGIN { button.top - height - MARGIN / 2.0 } else { below };
    let inside = |place: f64, size: f64, view: f64| place.min(view - size - MARGIN).max(MARGIN);
    (inside(left, width, view_width), inside(top, height, view_height))
}

/// A line of a menu.
#[component]
pub fn MenuItem(
    /// Stands before the words.
    icon: Icon,
    /// It takes something away.
    #[prop(optional)]
    danger: bool,
    /// What it does.
    #[prop(into)]
    on_press: Callback<()>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let close = use_context::<CloseMenu>();
    let press = move |_| {
        // First, so that the focus is back before a dialog takes it.
        if let Some(CloseMenu(close)) = close {
            close.run(());
        }
        on_press.run(());
    };
    view! {
        <button type="button" class="menu__item" role="menuitem" tabindex="-1" data-danger=danger.then_some("") on:click=press>
            <IconView icon/>
            <span class="menu__words">{children()}</span>
        </button>
    }
}
