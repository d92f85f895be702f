//! Primitives without Matrix knowledge: every interactive thing lives here once, with its keyboard and its names.

pub mod avatar;
pub mod button;
pub mod dialog;
pub mod icon;
pub mod icon_button;
pub mod live;
pub mod menu;
pub mod notice;
pub mod skeleton;
pub mod text_field;
pub mod toast;
pub mod virtual_list;

/// A length for a style, in whole CSS pixels.
pub(crate) fn px(length: f64) -> String {
    // Not as a fraction: what writes those weighs as much as a screen of the page.
    format!("{}px", length.round() as i32)
}

pub use self::{
    avatar::Avatar,
    button::{Button, ButtonKind},
    dialog::{Dialog, show_modal},
    icon::{Icon, IconView},
    icon_button::IconButton,
    live::LiveRegion,
    menu::{Menu, MenuItem},
    notice::{Notice, NoticeKind},
    skeleton::Skeleton,
    text_field::TextField,
    toast::{ToastStack, Toasts, use_toasts},
    virtual_list::VirtualList,
};
