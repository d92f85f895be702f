//! One row: the element that keyboard and tests know, around what it shows.

use leptos::{ev, prelude::*};
use trellis_model::protocol::{ItemContent, ItemKey, SendState, StateFact, TimelineRow, TimelineRowKind};

use super::{TimelineContext, edge::GapRow};
use crate::{
    markup::view,
    ui::{Icon, IconView},
    view::{
        message::{Message, MessageToolbar},
        room::{MessageDialog, event, use_room},
    },
    wording::{dates, events},
};

/// A row of the timeline.
#[component]
pub(super) fn Row(
    /// Which one.
    key: ItemKey,
) -> impl IntoView {
    let handle = use_room().timeline().rows.row(&key)?;
    let row = RwSignal::from(handle);
    let is_event = row.with_untracked(|row| event(row).is_some());
    Some(if is_event {
        view! { <EventRow key row/> }
    } else {
        let gap = move || {
            row.with(|row| match &row.kind {
                TimelineRowKind::Gap(gap) => Some(gap.clone()),
                TimelineRowKind::Event(_) => None,
            })
        };
        view! {
            <div class="timeline__gap" data-key=key.0>{move || gap().map(|gap| view! { <GapRow gap/> })}</div>
        }
    })
}

#[component]
fn EventRow(key: ItemKey, row: RwSignal<TimelineRow>) -> impl IntoView {
    let (room, context) = (use_room(), expect_context::<TimelineContext>());
    let id = StoredValue::new(key);
    let read = move |read: fn(&trellis_model::protocol::EventItem) -> Option<String>| {
        move || row.with(|row| event(row).and_then(read))
    };
    let is_tab_stop = Memo::new(move |_| id.with_value(|key| context.tab_stop.with(|stop| stop.as_ref() == Some(key))));
    let is_active = Memo::new(move |_| id.with_value(|key| context.active.with(|active| active.as_ref() == Some(key))));
    let is_focus = Memo::new(move |_| {
        context
            .focus
            .with(|focus| focus.is_some() && row.with(|row| event(row).is_some_and(|event| event.event_id == *focus)))
    });
    let highlight = read(|event| event.highlight.then(|| "true".to_owned()));
    let is_state =
        row.with_untracked(|row| event(row).is_some_and(|event| matches!(event.content, ItemContent::State(_))));
    let activate = move || {
        if !context.menu.get_untracked() {
            context.active.set(Some(id.get_value()));
        }
    };
    let focused = move |_| {
        context.current.set(Some(id.get_value()));
        activate();
    };
    let keydown = move |event: ev::KeyboardEvent| act_by_key(&event, context, room, &id.get_value());
    let label = id.with_value(|key| format!("s-{} b-{}", key.0, key.0));
    view! {
        <article
            class="timeline__row"
            tabindex=move || if is_tab_stop.get() { "0" } else { "-1" }
            data-testid="timeline-item"
            data-key=id.with_value(|key| key.0.clone())
            data-event-id=read(|event| event.event_id.as_ref().map(ToString::to_string))
            data-txn-id=read(|event| event.transaction_id.as_ref().map(ToString::to_string))
            data-send-state=read(|event| Some(send_state(event.send_state.as_ref()).to_owned()))
            data-highlight=highlight
            data-focused=move || is_focus.get().then_some("true")
            aria-labelledby=label
            on:mouseenter=move |_| activate()
            on:focusin=focused
            on:keydown=keydown
        >
            {if is_state {
                view! { <StateLine id row/> }
            } else {
                view! { <Message id row continued=continued(context, id)/> }
            }}
            <Show when=move || is_active.get()>
                <MessageToolbar id row/>
            </Show>
        </article>
    }
}

/// Whether the row above shows the sender already.
fn continued(context: TimelineContext, id: StoredValue<ItemKey>) -> Memo<bool> {
    Memo::new(move |_| id.with_value(|key| context.layout.with(|layout| layout.continued.contains(key))))
}

fn send_state(state: Option<&SendState>) -> &'static str {
    match state {
        Some(SendState::Queued) => "queued",
        Some(SendState::Sending) => "sending",
        Some(SendState::Failed(_)) => "failed",
        Some(SendState::Sent) | None => "sent",
    }
}

/// The keys of a message that has the focus itself; in what it holds they mean something else.
fn act_by_key(
    event: &ev::KeyboardEvent,
    context: TimelineContext,
    room: crate::view::room::RoomContext,
    key: &ItemKey,
) {
    let is_own = event.target().is_some() && event.target() == event.current_target();
    if !is_own || event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    let Some(item) = room.event(key) else { return };
    let offers = untrack(|| room.offers(&item));
    match event.key().as_str() {
        "Enter" => {
            context.active.set(Some(key.clone()));
            context.menu.set(true);
        }
        "r" | "R" if offers.reply => room.reply(key),
        "e" | "E" if offers.edit => room.edit(key),
        "+" if offers.react => room.ask(MessageDialog::React(key.clone())),
        "Delete" if offers.remove => room.ask(MessageDialog::Remove(key.clone())),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// A state event in words.
#[component]
fn StateLine(id: StoredValue<ItemKey>, row: RwSignal<TimelineRow>) -> impl IntoView {
    let words = Memo::new(move |_| {
        row.with(|row| match event(row) {
            Some(event) => match &event.content {
                ItemContent::State(fact) => events::state_fact(event, fact),
                _ => String::new(),
            },
            None => String::new(),
        })
    });
    let icon = Memo::new(move |_| {
        row.with(|row| match event(row).map(|event| &event.content) {
            Some(ItemContent::State(StateFact::Membership { .. } | StateFact::Profile { .. })) => Icon::User,
            Some(ItemContent::State(StateFact::Encryption)) => Icon::Lock,
            Some(ItemContent::State(StateFact::Created { .. })) => Icon::House,
            _ => Icon::Info,
        })
    });
    let time = row.with_untracked(|row| event(row).map(|event| dates::time_of_day(event.timestamp)));
    let body = id.with_value(|key| format!("b-{}", key.0));
    view! {
        <div class="state-line">
            <span class="state-line__icon"><IconView icon/></span>
            <span class="state-line__words" id=body>{move || words.get()}</span>
            <span class="state-line__time">{time}</span>
        </div>
    }
}
