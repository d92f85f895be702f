//! What `view!` makes of markup, with functions that write down how they were called.

use trellis_markup::view;

mod markup {
    pub(crate) struct Builder(String);

    pub(crate) fn element(shape: &str) -> Builder {
        Builder(shape.replace('\n', " "))
    }

    impl Builder {
        pub(crate) fn with(self, value: String) -> Self {
            Self(format!("{} ={value}", self.0))
        }

        pub(crate) fn child(self, child: String) -> Self {
            Self(format!("{} [{child}]", self.0))
        }

        pub(crate) fn view(self) -> String {
            self.0
        }
    }

    pub(crate) fn value(value: impl ToString) -> String {
        value.to_string()
    }

    pub(crate) fn child(child: impl ToString) -> String {
        child.to_string()
    }

    pub(crate) fn several(views: Vec<String>) -> String {
        views.join(" + ")
    }

    pub(crate) fn show(when: bool, draw: impl Fn() -> String) -> String {
        if when { draw() } else { "nothing".to_owned() }
    }

    pub(crate) fn show_or(when: bool, draw: impl Fn() -> String, fallback: impl Fn() -> String) -> String {
        if when { draw() } else { fallback() }
    }

    pub(crate) fn list(each: [u8; 2], key: fn(&u8) -> u8, draw: impl Fn(u8) -> String) -> String {
        each.map(|item| format!("{}: {}", key(&item), draw(item))).join(", ")
    }
}

#[test]
fn what_never_changes_is_one_text() {
    let view = view! { <a class="tile link" tabindex="-1" data-size=3 hidden draggable=true></a> };

    assert_eq!(view, "a class=tile link tabindex=-1 data-size=3 hidden= draggable=");
}

#[test]
fn what_can_change_has_its_kind_in_the_text_and_its_value_beside_it() {
    let (label, text, top) = ("Search", "abc", 4);

    let view = view! { <input aria-label=label type="search" prop:value=text style:top=top/> };

    assert_eq!(view, "input :aria-label type=search .value %top =Search =abc =4");
}

#[test]
fn an_element_of_svg_says_so() {
    assert_eq!(
        view! { <svg viewBox="0 0 24 24"><path d="M0 0"></path></svg> },
        "~svg viewBox=0 0 24 24 [~path d=M0 0]"
    );
}

#[test]
fn children_come_in_their_order() {
    let name = "Ann";

    let view = view! { <p><b>"by "</b>{name} <!-- "not drawn" --></p> };

    assert_eq!(view, "p [b [by ]] [Ann]");
}

#[test]
fn views_beside_each_other_are_one_view() {
    assert_eq!(view! { <i></i> "and" <b></b> }, "i + and + b");
}

#[test]
fn show_draws_one_thing_or_the_other() {
    let shown = |when: bool| view! { <Show when=when fallback=|| view! { <i></i> }><b></b></Show> };

    assert_eq!((shown(true), shown(false)), ("b".to_owned(), "i".to_owned()));
    assert_eq!(view! { <Show when=false><b></b></Show> }, "nothing");
}

#[test]
fn for_draws_each_by_its_key() {
    let row = |item: u8| view! { <li>{item}</li> };

    assert_eq!(view! { <For each=[1, 2] key=|item| item * 10 children=row/> }, "10: li [1], 20: li [2]");
}
