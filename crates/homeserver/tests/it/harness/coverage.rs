//! Writes down which endpoint a test asserted something of, for `cargo xtask coverage`.

use std::{fs::OpenOptions, io::Write, thread};

use serde_json::json;

/// The file that collects the records; nothing is written unless it is set.
const FILE: &str = "TRELLIS_COVERAGE";

/// Notes that the running test asserted this status of an answer. `request` is the method and the path.
pub(super) fn record(request: &str, status: u16) {
    let Some(file) = std::env::var_os(FILE) else { return };
    let test = thread::current().name().unwrap_or_default().to_owned();
    let line = format!("{}\n", json!({ "request": request, "status": status, "test": test }));
    // One write per line: tests of other threads and processes append to the same file.
    OpenOptions::new().create(true).append(true).open(file).unwrap().write_all(line.as_bytes()).unwrap();
}
