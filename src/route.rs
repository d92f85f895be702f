//! Where the person is, and its URL: the only file that knows paths.
//!
//! Routes live in the fragment, so that the bundle works under any path of any web server. Places are views; panels and
//! dialogs are layers above one and stand in the query, so that Back closes exactly one.

mod navigator;
mod parse;
#[cfg(test)]
mod tests;

use ruma::{OwnedEventId, OwnedRoomId, OwnedRoomOrAliasId, OwnedServerName, OwnedUserId};

pub use self::navigator::{History, Navigator, use_navigator};

/// A place, and the layers above it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Route {
    /// Which account, when it is not the first: `#/a/{n}`.
    pub account: Option<u32>,
    pub place: Place,
    /// Servers that know the room, since version 12 IDs name none.
    pub via: Vec<OwnedServerName>,
    pub panel: Option<Panel>,
    pub dialog: Option<Dialog>,
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// The room list, and no room.
    #[default]
    Home,
    Login,
    Register,
    Room {
        room: OwnedRoomOrAliasId,
        event: Option<OwnedEventId>,
    },
    Space(OwnedRoomId),
    User(OwnedUserId),
    Settings(SettingsPage),
    Explore,
    /// What does not parse; shown with a sentence.
    Unknown(String),
}

/// The pages of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsPage {
    Profile,
    Devices,
    Encryption,
    Appearance,
}

/// What opens beside a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    Members,
    Details,
}

/// What opens above a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    CreateRoom,
    StartDirectChat,
    JoinRoom,
    /// Invite people to the room.
    Invite(OwnedRoomId),
    /// Confirm to leave it.
    Leave(OwnedRoomId),
    Shortcuts,
    LogOut,
    /// An image of the room, large.
    Image(OwnedEventId),
}

impl Route {
    /// A place with nothing above it.
    pub fn to(place: Place) -> Self {
        Self { place, ..Self::default() }
    }

    /// A room at its newest event.
    pub fn room(room: impl Into<OwnedRoomOrAliasId>) -> Self {
        Self::to(Place::Room { room: room.into(), event: None })
    }

    /// The same place with a dialog above it.
    pub fn with_dialog(&self, dialog: Dialog) -> Self {
        Self { dialog: Some(dialog), ..self.clone() }
    }

    /// The same place with a panel beside it, or none.
    pub fn with_panel(&self, panel: Option<Panel>) -> Self {
        Self { panel, dialog: None, ..self.clone() }
    }

    /// The route with its topmost layer closed; `None`: there is none.
    pub fn without_top_layer(&self) -> Option<Self> {
        if self.dialog.is_some() {
            Some(Self { dialog: None, ..self.clone() })
        } else if self.panel.is_some() {
            Some(Self { panel: None, ..self.clone() })
        } else {
            None
        }
    }

    /// The ID or alias of the room that is shown.
    pub fn room_or_alias(&self) -> Option<&OwnedRoomOrAliasId> {
        match &self.place {
            Place::Room { room, .. } => Some(room),
            _ => None,
        }
    }
}
