//! What can be done with a message: above its corner while it is pointed at or has the focus.

use leptos::prelude::*;
use trellis_model::protocol::ItemKey;

use super::{EventRow, part};
use crate::{
    markup::view,
    ui::{Icon, IconButton, Menu, MenuItem},
    view::{
        room::{MessageDialog, use_room},
        timeline::TimelineContext,
    },
    wording::t,
};

/// The actions of a message.
#[component]
pub(crate) fn MessageToolbar(
    /// The key of the row.
    id: StoredValue<ItemKey>,
    /// The event.
    row: EventRow,
) -> impl IntoView {
    let room = use_room();
    let menu = expect_context::<TimelineContext>().menu;
    let offers = part(row, move |event| room.offers(event));
    let offers = move || offers.get().unwrap_or_default();
    let ask = move |dialog: fn(ItemKey) -> MessageDialog| move |()| room.ask(dialog(id.get_value()));
    let reply = move |()| id.with_value(|key| room.reply(key));
    let edit = move |()| id.with_value(|key| room.edit(key));
    let off = Signal::stored(-1);
    view! {
        <div
            class="message-toolbar" role="group" aria-label=t::message_actions()
            data-open=move || menu.get().then_some("true")
        >
            <Show when=move || offers().react>
                <IconButton
                    icon=Icon::Smile label=t::message_react() shortcut="+" tabindex=off popup="dialog"
                    on_press=ask(MessageDialog::React)
                />
            </Show>
            <Show when=move || offers().reply>
                <IconButton icon=Icon::Reply label=t::message_reply() shortcut="R" tabindex=off on_press=reply/>
            </Show>
            <Show when=move || offers().edit>
                <IconButton icon=Icon::Pencil label=t::message_edit() shortcut="E" tabindex=off on_press=edit/>
            </Show>
            <Menu icon=Icon::Ellipsis label=t::action_more() open=menu tabindex=off>
                <Show when=move || offers().copy>
                    <MenuItem icon=Icon::Copy on_press=move |()| id.with_value(|key| room.copy_text(key))>
                        {t::message_copy_text()}
                    </MenuItem>
                </Show>
                <Show when=move || offers().link>
                    <MenuItem icon=Icon::Link on_press=move |()| id.with_value(|key| room.copy_link(key))>
                        {t::message_copy_link()}
                    </MenuItem>
                </Show>
                <MenuItem icon=Icon::Info on_press=ask(MessageDialog::Details)>{t::message_details()}</MenuItem>
                <Show when=move || offers().remove>
                    <MenuItem icon=Icon::Trash2 danger=true on_press=ask(MessageDialog::Remove)>
                        {t::message_remove()}
                    </MenuItem>
                </Show>
            </Menu>
        </div>
    }
}
