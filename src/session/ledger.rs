//! What stands between this tab and its core: the commands not answered yet, and what the core watches for us. Both are
//! given to the next core when one dies. Pure, so that it is tested without a browser.

use std::collections::BTreeMap;

use trellis_model::protocol::{Command, CommandFrame, CommandId, SubscriptionId};

/// How often a command is given to a core. One that kills every core it meets must not do so for ever.
const MAX_DELIVERIES: u8 = 3;

/// How many rows a timeline asks for after a restart at most, however far the person had scrolled.
const MAX_LIMIT: u32 = 200;

/// Commands with what waits for their answers (`R`) and the files beside them (`F`).
#[derive(Debug)]
pub(super) struct Ledger<R, F> {
    commands: u64,
    subscriptions: u32,
    unanswered: BTreeMap<CommandId, Entry<R, F>>,
    watched: BTreeMap<SubscriptionId, Command>,
    /// The last `Connectivity`.
    connectivity: Option<Command>,
    /// The last `ShowRoom`.
    shown_room: Option<Command>,
}

#[derive(Debug)]
struct Entry<R, F> {
    command: Command,
    files: Vec<F>,
    responder: R,
    deliveries: u8,
}

/// What to send.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Delivery<F> {
    pub(super) frame: CommandFrame,
    pub(super) files: Vec<F>,
}

impl<R, F: Clone> Ledger<R, F> {
    pub(super) fn new() -> Self {
        Self {
            commands: 0,
            subscriptions: 0,
            unanswered: BTreeMap::new(),
            watched: BTreeMap::new(),
            connectivity: None,
            shown_room: None,
        }
    }

    /// A name for a subscription that this tab has not used before.
    pub(super) fn subscription(&mut self) -> SubscriptionId {
        self.subscriptions += 1;
        SubscriptionId(self.subscriptions)
    }

    /// Notes a command that is answered. Without a core (`attached`), [`resend`](Self::resend) delivers it.
    pub(super) fn ask(&mut self, command: Command, files: Vec<F>, responder: R, attached: bool) -> Delivery<F> {
        let frame = CommandFrame { id: self.command_id(), command: command.clone() };
        let entry = Entry { command, files: files.clone(), responder, deliveries: u8::from(attached) };
        self.unanswered.insert(frame.id, entry);
        Delivery { frame, files }
    }

    /// Notes a command whose effect lasts and whose answer nobody waits for.
    pub(super) fn stand(&mut self, command: Command) -> Delivery<F> {
        match &command {
            Command::WatchRooms { subscription, .. }
            | Command::WatchRoom { subscription, .. }
            | Command::WatchMembers { subscription, .. }
            | Command::WatchTimeline { subscription, .. } => {
                self.watched.insert(*subscription, command.clone());
            }
            Command::ExtendTimeline { subscription, limit: more, .. } => {
                if let Some(Command::WatchTimeline { limit, .. }) = self.watched.get_mut(subscription) {
                    *limit = limit.saturating_add(*more).min(MAX_LIMIT);
                }
            }
            Command::Unwatch { subscription } => {
                self.watched.remove(subscription);
            }
            Command::Connectivity { .. } => self.connectivity = Some(command.clone()),
            Command::ShowRoom { .. } => self.shown_room = Some(command.clone()),
            _ => {}
        }
        Delivery { frame: CommandFrame { id: self.command_id(), command }, files: Vec::new() }
    }

    /// Who waits for the answer.
    pub(super) fn answered(&mut self, id: CommandId) -> Option<R> {
        self.unanswered.remove(&id).map(|entry| entry.responder)
    }

    /// What a new core must be given, in order; and those whose commands were given to too many.
    pub(super) fn resend(&mut self) -> (Vec<Delivery<F>>, Vec<R>) {
        let standing: Vec<Command> =
            self.connectivity.iter().chain(&self.shown_room).chain(self.watched.values()).cloned().collect();
        let mut deliveries: Vec<_> = standing
            .into_iter()
            .map(|command| Delivery { frame: CommandFrame { id: self.command_id(), command }, files: Vec::new() })
            .collect();
        let hopeless = self.unanswered.extract_if(.., |_, entry| entry.deliveries >= MAX_DELIVERIES);
        let given_up = hopeless.map(|(_, entry)| entry.responder).collect();
        for (id, entry) in &mut self.unanswered {
            entry.deliveries += 1;
            let frame = CommandFrame { id: *id, command: entry.command.clone() };
            deliveries.push(Delivery { frame, files: entry.files.clone() });
        }
        (deliveries, given_up)
    }

    /// Forgets everything: another account's core comes. Answers those who still wait.
    pub(super) fn clear(&mut self) -> Vec<R> {
        self.watched.clear();
        self.shown_room = None;
        std::mem::take(&mut self.unanswered).into_values().map(|entry| entry.responder).collect()
    }

    fn command_id(&mut self) -> CommandId {
        self.commands += 1;
        CommandId(self.commands)
    }
}

#[cfg(test)]
mod tests;
