//! How current the page is: a small mark and a word.

use leptos::prelude::*;
use trellis_model::protocol::SyncStatus;

use crate::{
    markup::view,
    state::use_state,
    wording::{explain, t},
};

/// The state of synchronisation.
#[component]
pub(super) fn SyncMark() -> impl IntoView {
    let status = use_state().status();
    let why = move || match status.get() {
        SyncStatus::Error(refusal) => Some(explain(&refusal).text),
        _ => None,
    };
    view! {
        <span
            class="sync-status" role="status" data-testid="sync-status"
            data-state=move || status.with(name)
            data-tooltip=why
        >
            <span class="sync-status__dot"></span>
            <span class="sync-status__words">{move || status.with(words)}</span>
        </span>
    }
}

fn name(status: &SyncStatus) -> &'static str {
    match status {
        SyncStatus::Starting => "starting",
        SyncStatus::Cached => "cached",
        SyncStatus::Syncing => "syncing",
        SyncStatus::Live => "live",
        SyncStatus::Offline { .. } => "offline",
        SyncStatus::Error(_) => "error",
    }
}

fn words(status: &SyncStatus) -> String {
    match status {
        SyncStatus::Starting => t::sync_starting(),
        SyncStatus::Cached => t::sync_cached(),
        SyncStatus::Syncing => t::sync_syncing(),
        SyncStatus::Live => t::sync_live(),
        SyncStatus::Offline { retry_in: None } => t::sync_offline(),
        SyncStatus::Offline { retry_in: Some(time) } => t::sync_offline_retry(time.div_ceil(1000).max(1)),
        SyncStatus::Error(_) => t::sync_error(),
    }
}
