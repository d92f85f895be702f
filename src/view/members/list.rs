//! The people of the room, found by typing, in the room or banned.

use std::time::Duration;

use leptos::{leptos_dom::helpers::debounce, prelude::*};
use ruma::OwnedUserId;
use trellis_model::protocol::{Member, MemberFilter, Membership};

use crate::{
    markup::view,
    state::use_state,
    ui::{
        TextField, VirtualList,
        virtual_list::geometry::{Block, Geometry},
    },
    view::{people::PersonAvatar, room::use_room},
    wording::{roles::role, t, user_name},
};

/// The height of a row, as in `members.css`.
const ROW: f64 = 52.0;

/// How many are asked for first.
const FIRST: u32 = 60;

/// The list.
#[component]
pub(super) fn MemberList() -> impl IntoView {
    let room = use_room();
    let text = RwSignal::new(String::new());
    let banned = RwSignal::new(false);
    let members = use_state().watch_members(room.room_id(), MemberFilter::default(), FIRST);
    let filter = move || MemberFilter { text: text.get().trim().to_owned(), banned: banned.get() };
    let range = StoredValue::new((0, FIRST));
    let watched = StoredValue::new(members.clone());
    let watch = move || {
        let (start, end) = range.get_value();
        watched.with_value(|members| members.watch(untrack(filter), start, end));
    };
    let on_range = Callback::new(move |wanted: (u32, u32)| {
        range.set_value(wanted);
        watch();
    });
    let mut search = debounce(Duration::from_millis(120), move |_: ()| {
        range.set_value((0, FIRST));
        watch();
    });
    Effect::watch(filter, move |_, _, _| search(()), false);

    let (rows, complete) = (members.rows.clone(), members.clone());
    let total = {
        let rows = rows.clone();
        Memo::new(move |_| rows.total())
    };
    let geometry = Signal::derive(move || Geometry {
        blocks: vec![Block { heading: 0.0, rows: total.get().unwrap_or_default() }],
        row: ROW,
    });
    let (start, keys) = {
        let (start, keys) = (rows.clone(), rows.clone());
        (Signal::derive(move || start.start()), Signal::derive(move || keys.order()))
    };
    let row = Callback::new(move |(user_id, tabindex): (OwnedUserId, Signal<i32>)| {
        let handle = watched.with_value(|members| members.rows.row(&user_id)).map(RwSignal::from);
        view! { {handle.map(|member| view! { <Row member tabindex/> })} }
    });
    let state = move || match total.get() {
        Some(0) if complete.complete() => Some(if banned.get() { t::members_none_banned() } else { t::members_none() }),
        None | Some(0) => Some(t::members_loading()),
        Some(_) => None,
    };
    view! {
        <div class="members__tools">
            <TextField label=t::members_search() value=text kind="search"/>
            <Which banned/>
        </div>
        <p class="members__count">{move || total.get().map(t::members_count)}</p>
        {move || state().map(|words| view! { <p class="members__empty" role="status">{words}</p> })}
        <VirtualList
            label=t::members_title() testid="member-list" geometry headings=Vec::new() start keys
            current=Signal::stored(None) on_range row
        />
    }
}

/// In the room, or banned from it.
#[component]
fn Which(banned: RwSignal<bool>) -> impl IntoView {
    let choice = move |value: bool, words: String| {
        view! {
            <button
                type="button" class="chip" aria-pressed=move || (banned.get() == value).to_string()
                on:click=move |_| banned.set(value)
            >
                {words}
            </button>
        }
    };
    view! {
        <div class="members__choices" role="group" aria-label=t::members_which()>
            {choice(false, t::members_here())}
            {choice(true, t::members_banned())}
        </div>
    }
}

/// A person: opens the card.
#[component]
fn Row(member: RwSignal<Member>, tabindex: Signal<i32>) -> impl IntoView {
    let room = use_room();
    let open = move |_| room.profile.set(Some(member.with_untracked(|member| member.user_id.clone())));
    let name = move || member.with(|member| user_name(member.display_name.as_deref(), &member.user_id));
    let id = move || member.with(|member| member.ambiguous.then(|| member.user_id.to_string()));
    let avatar = move || {
        let Member { user_id, display_name, avatar_url, .. } = member.get();
        view! { <PersonAvatar user_id name=display_name avatar=avatar_url size=36/> }
    };
    view! {
        <button type="button" class="member" data-rove="" tabindex=move || tabindex.get().to_string() on:click=open>
            {avatar}
            <span class="member__words">
                <bdi class="member__name">{name}</bdi>
                {move || id().map(|id| view! { <span class="member__id">{id}</span> })}
            </span>
            <span class="member__role">{move || member.with(said)}</span>
        </button>
    }
}

/// What is worth saying of a member in one word: the role where it is more than a member's, or how they are not here.
fn said(member: &Member) -> Option<String> {
    match member.membership {
        Membership::Invite => Some(t::members_invited()),
        Membership::Knock => Some(t::members_asks()),
        _ if member.power_level != 0 => Some(role(member.power_level)),
        _ => None,
    }
}
