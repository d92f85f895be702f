//! Commands of the tabs: each finds its part, and is answered.

use std::rc::Rc;

use trellis_model::protocol::{Command, CommandFrame, Refusal, Reply};

use crate::{
    core::Core,
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

/// Carries a command out and answers it.
pub(crate) async fn execute(core: Rc<Core>, tab: TabId, frame: CommandFrame, _files: Vec<Rc<dyn File>>) {
    let result = answer(&core, frame.command).await;
    let (result, files) = match result {
        Ok(answer) => (Ok(answer.reply), answer.files),
        Err(refusal) => (Err(refusal), Vec::new()),
    };
    core.tabs.reply(&tab, frame.id, result, files);
}

async fn answer(_: &Core, command: Command) -> Result<Answer, Refusal> {
    match command {
        _ => Err(Refusal::InvalidInput),
    }
}
