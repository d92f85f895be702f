//! Warnings and errors to the browser's console.

use std::fmt::{self, Write};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// From now on the console shows what goes wrong.
pub(crate) fn install() {
    // It is there already when a tab's dedicated worker is started twice in one place.
    tracing::subscriber::set_global_default(Console).ok();
}

struct Console;

impl Subscriber for Console {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _span: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _span: &span::Id, _values: &span::Record<'_>) {}

    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        if *event.metadata().level() == Level::ERROR {
            web_sys::console::error_1(&line.0.into());
        } else {
            web_sys::console::warn_1(&line.0.into());
        }
    }

    fn enter(&self, _span: &span::Id) {}

    fn exit(&self, _span: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        match field.name() {
            "message" => write!(self.0, ": {value:?}").ok(),
            name => write!(self.0, " {name}={value:?}").ok(),
        };
    }
}
