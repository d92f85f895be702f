//! The single writer of shared signals: folds what the core says into the handles that views hold.

#[cfg(test)]
mod tests;

use leptos::prelude::{Set, Update as _, WithUntracked};
use trellis_model::protocol::{SessionEnd, SyncStatus, TransferProgress, Update};

use super::{State, watch::Watched};

/// Applies one Update. Those of subscriptions that ended meanwhile are dropped.
pub fn apply(state: State, update: Update) {
    if !matches!(update, Update::Status(_) | Update::Reply { .. } | Update::Transfer(_)) {
        state.forget_boot();
    }
    match update {
        Update::Status(status) => {
            if state.status.with_untracked(|now| *now != status) {
                state.status.set(status);
            }
        }
        Update::Profile(profile) => state.profile.set(Some(profile)),
        Update::RoomList { subscription, sections, window } => {
            if let Some(Watched::RoomList(list)) = state.watched(subscription) {
                list.apply(sections, window);
            }
        }
        Update::Room { subscription, details } => {
            if let Some(Watched::Room(room)) = state.watched(subscription) {
                room.apply(details);
            }
        }
        Update::Members { subscription, complete, window } => {
            if let Some(Watched::Members(members)) = state.watched(subscription) {
                members.apply(complete, window);
            }
        }
        Update::Timeline { subscription, window, start, end } => {
            if let Some(Watched::Timeline(timeline)) = state.watched(subscription) {
                timeline.apply(window, start, end);
            }
        }
        Update::Transfer(progress) => transfer(state, progress),
        Update::SignedOut(end) => {
            if end == SessionEnd::Fully {
                state.profile.set(None);
                state.status.set(SyncStatus::Starting);
            }
            state.signed_out.set(Some(end));
        }
        // The session's own: answers to its Commands, and the hand-over to a newer build.
        Update::Reply { .. } | Update::Retired => {}
    }
}

fn transfer(state: State, progress: TransferProgress) {
    state.transfers.update(|all| {
        all.retain(|one| one.transaction_id != progress.transaction_id);
        if progress.sent < progress.total {
            all.push(progress);
        }
    });
}
