//! What people see: one module per screen or part of one. Views derive from handles and send Commands; they do no I/O.

mod composer;
mod lightbox;
mod members;
mod message;
mod people;
mod room;
mod timeline;
