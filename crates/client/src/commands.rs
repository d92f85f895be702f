//! Commands of the tabs: each finds its part, and is answered.

mod account;
mod membership;
mod people;
mod rooms;
mod writing;

use std::rc::Rc;

pub(crate) use self::account::learn_profile;

use trellis_model::protocol::{AttachmentIndex, Command, CommandFrame, Refusal, Reply};

use crate::{
    core::Core,
    keys::recovery,
    media,
    port::File,
    tabs::{Attachment, TabId},
};

/// What answers a command, with the files beside it.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) files: Vec<Attachment>,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self { reply, files: Vec::new() }
    }
}

/// The files a page sent beside a command.
pub(crate) struct Files(Vec<Rc<dyn File>>);

impl Files {
    pub(crate) fn get(&self, index: AttachmentIndex) -> Result<&dyn File, Refusal> {
        let file = usize::try_from(index.0).ok().and_then(|index| self.0.get(index));
        file.map(|file| &**file).ok_or(Refusal::InvalidInput)
    }
}

/// Carries a command out and answers it.
pub(crate) async fn execute(core: Rc<Core>, tab: TabId, frame: CommandFrame, files: Vec<Rc<dyn File>>) {
    let CommandFrame { id, command } = frame;
    // Watching has no answer but what is watched.
    let Some(command) = core.watch(&tab, command).await else { return };
    let (result, files) = match answer(&core, &tab, command, Files(files)).await {
        Ok(answer) => (Ok(answer.reply), answer.files),
        Err(refusal) => {
            core.note_refusal(&refusal).await;
            (Err(refusal), Vec::new())
        }
    };
    core.tabs.reply(&tab, id, result, files);
}

async fn answer(core: &Rc<Core>, tab: &TabId, command: Command, files: Files) -> Result<Answer, Refusal> {
    match command {
        Command::FetchMedia(request) => media::fetch(core, request).await,
        Command::ShowRoom { room_id } => {
            core.boot_record.show(tab, room_id);
            Ok(Reply::Done.into())
        }
        Command::Connectivity { online, visible: _ } => {
            if core.tabs.set_online(tab, online) {
                core.network.ring();
            }
            Ok(Reply::Done.into())
        }
        command @ (Command::LogOut
        | Command::LogInAgain { .. }
        | Command::SetDisplayName { .. }
        | Command::SetAvatar { .. }
        | Command::RemoveAvatar
        | Command::Devices
        | Command::RenameDevice { .. }
        | Command::SignOutDevices { .. }) => account::answer(core, command, &files).await,
        command @ (Command::CreateRoom(_)
        | Command::StartDirectChat { .. }
        | Command::SetRoomName { .. }
        | Command::SetRoomTopic { .. }
        | Command::ResolveAlias { .. }) => rooms::answer(core, command).await,
        command @ (Command::Join { .. }
        | Command::Leave { .. }
        | Command::Forget { .. }
        | Command::Invite { .. }
        | Command::Kick { .. }
        | Command::Ban { .. }
        | Command::Unban { .. }) => membership::answer(core, command).await,
        Command::SearchMembers { room_id, text, limit } => people::members(core, &room_id, &text, limit).await,
        Command::SearchUsers { text, limit } => people::users(core, text, limit).await,
        command @ (Command::SendMessage { .. }
        | Command::SendFile { .. }
        | Command::ToggleReaction { .. }
        | Command::Redact { .. }
        | Command::Retry { .. }
        | Command::CancelSend { .. }
        | Command::SaveDraft { .. }
        | Command::SetTyping { .. }
        | Command::MarkRead { .. }) => writing::answer(core, command, &files).await,
        Command::Recovery => Ok(Reply::Recovery(recovery::state(core).await?).into()),
        Command::SetUpRecovery { anew, password } => {
            Ok(Reply::RecoveryKey(recovery::set_up(core, anew, password).await?).into())
        }
        Command::Recover { recovery_key } => {
            recovery::recover(core, &recovery_key).await?;
            Ok(Reply::Done.into())
        }
        // The sign-in core's, or taken before.
        Command::Discover { .. }
        | Command::LogIn { .. }
        | Command::Register { .. }
        | Command::WatchRooms { .. }
        | Command::WatchRoom { .. }
        | Command::WatchMembers { .. }
        | Command::WatchTimeline { .. }
        | Command::ExtendTimeline { .. }
        | Command::TrimTimeline { .. }
        | Command::Unwatch { .. }
        | Command::Retire => Err(Refusal::InvalidInput),
    }
}
