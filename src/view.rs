//! What people see: one module per screen or part of one. Views derive from handles and send Commands; they do no I/O.

mod composer;
mod dialogs;
mod entity_avatar;
mod home;
mod lightbox;
pub mod login;
mod members;
mod message;
mod people;
mod people_picker;
mod person;
pub mod register;
mod room;
mod room_list;
mod settings;
pub mod shell;
mod sign_in;
mod timeline;
