//! One person: who they are here, and what can be done.

use leptos::prelude::*;
use ruma::OwnedUserId;
use trellis_model::protocol::{Command, Member, MemberFilter, Membership};

use crate::{
    markup::view,
    state::use_state,
    ui::{Button, ButtonKind, Dialog, TextField},
    view::{
        people::PersonAvatar,
        room::{RoomContext, some_text, use_room},
    },
    wording::{roles::role, t, user_name},
};

/// A person's card.
#[component]
pub(super) fn ProfileCard(
    /// Who.
    user_id: OwnedUserId,
) -> impl IntoView {
    let room = use_room();
    let own = use_state().profile();
    let filter = |banned| MemberFilter { text: user_id.to_string(), banned };
    let here = use_state().watch_members(room.room_id(), filter(false), 10).rows;
    let banned = use_state().watch_members(room.room_id(), filter(true), 10).rows;
    let id = StoredValue::new(user_id);
    let member = Memo::new(move |_| {
        let user_id = id.get_value();
        let find = |rows: &crate::state::Rows<OwnedUserId, Member>| {
            let order = rows.order();
            order.contains(&user_id).then(|| rows.row(&user_id).map(|row| row.get())).flatten()
        };
        find(&here).or_else(|| find(&banned))
    });
    let is_self = move || own.with(|own| own.as_ref().is_some_and(|own| id.with_value(|id| own.user_id == *id)));
    let name = move || {
        let display_name = member.get().and_then(|member| member.display_name);
        id.with_value(|id| user_name(display_name.as_deref(), id))
    };
    let picture = move || {
        let (display_name, avatar) =
            member.get().map(|member| (member.display_name, member.avatar_url)).unwrap_or_default();
        view! { <PersonAvatar user_id=id.get_value() name=display_name avatar size=96/> }
    };
    let chat = move |()| room.submit(Command::StartDirectChat { user_id: id.get_value() });
    let copy = move |()| room.copy(id.with_value(ToString::to_string), t::room_copied());
    view! {
        <div class="profile-card">
            {picture}
            <h3 class="profile-card__name"><bdi>{name}</bdi></h3>
            <div class="profile-card__id" dir="ltr">{id.with_value(ToString::to_string)}</div>
            <div class="profile-card__role">{move || member.get().map(|member| role(member.power_level))}</div>
            <div class="profile-card__actions">
                <Show when=move || !is_self()>
                    <Button kind=ButtonKind::Primary busy=room.is_busy() on_press=chat>{t::member_chat()}</Button>
                </Show>
                <Button on_press=copy>{t::member_copy_id()}</Button>
                {move || member.get().filter(|_| !is_self()).map(|member| view! { <Sanctions member/> })}
            </div>
        </div>
    }
}

/// What can be done to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sanction {
    Kick,
    Uninvite,
    Ban,
    Unban,
}

impl Sanction {
    fn label(self) -> String {
        match self {
            Self::Kick => t::member_kick(),
            Self::Uninvite => t::member_uninvite(),
            Self::Ban => t::member_ban(),
            Self::Unban => t::member_unban(),
        }
    }

    fn question(self, name: &str) -> (String, String) {
        match self {
            Self::Kick | Self::Uninvite => (t::member_kick_title(name), t::member_kick_words()),
            Self::Ban => (t::member_ban_title(name), t::member_ban_words()),
            Self::Unban => (t::member_unban_title(name), t::member_unban_words()),
        }
    }

    fn command(self, room: RoomContext, user_id: OwnedUserId, reason: Option<String>) -> Command {
        let room_id = room.room_id();
        match self {
            Self::Kick | Self::Uninvite => Command::Kick { room_id, user_id, reason },
            Self::Ban => Command::Ban { room_id, user_id, reason },
            Self::Unban => Command::Unban { room_id, user_id, reason },
        }
    }

    fn of(member: &Member) -> Vec<Self> {
        match member.membership {
            Membership::Ban => member.can_ban.then_some(Self::Unban).into_iter().collect(),
            Membership::Leave => member.can_ban.then_some(Self::Ban).into_iter().collect(),
            membership => {
                let kick = if membership == Membership::Invite { Self::Uninvite } else { Self::Kick };
                member.can_kick.then_some(kick).into_iter().chain(member.can_ban.then_some(Self::Ban)).collect()
            }
        }
    }
}

#[component]
fn Sanctions(member: Member) -> impl IntoView {
    let asked = RwSignal::new(None::<Sanction>);
    let buttons = Sanction::of(&member).into_iter().map(|sanction| {
        let ask = move |()| asked.set(Some(sanction));
        view! { <Button kind=ButtonKind::DangerQuiet on_press=ask>{sanction.label()}</Button> }
    });
    let buttons = buttons.collect_view();
    let member = StoredValue::new(member);
    view! {
        {buttons}
        {move || asked.get().map(|sanction| view! { <Confirm sanction asked member/> })}
    }
}

/// Asks once more, and for a reason.
#[component]
fn Confirm(sanction: Sanction, asked: RwSignal<Option<Sanction>>, member: StoredValue<Member>) -> impl IntoView {
    let room = use_room();
    let reason = RwSignal::new(String::new());
    let name = member.with_value(|member| user_name(member.display_name.as_deref(), &member.user_id));
    let (title, words) = sanction.question(&name);
    let close = move |()| asked.set(None);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let user_id = member.with_value(|member| member.user_id.clone());
        room.submit(sanction.command(room, user_id, some_text(&reason.get_untracked())));
        asked.set(None);
    };
    view! {
        <Dialog title=title on_close=close>
            <form class="dialog__form" on:submit=submit>
                <p>{words}</p>
                <TextField label=t::member_reason() value=reason autofocus=true/>
                <div class="dialog__actions">
                    <Button testid="dialog-cancel" on_press=close>{t::action_cancel()}</Button>
                    <Button kind=ButtonKind::Danger submit=true testid="dialog-confirm">{sanction.label()}</Button>
                </div>
            </form>
        </Dialog>
    }
}
