//! The boot record: what the page paints before anything else is loaded. Written a while after the list or the last
//! room changed, never in anybody's way.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, time::Duration};

use ruma::OwnedRoomId;
use trellis_model::protocol::{BootRecord, RoomListFilter, TimelineRow, encode};

use crate::{bell::Bell, core::Core, port::StoreError, subscriptions::latest_rows, tabs::TabId};

/// How long changes are gathered.
const DELAY: Duration = Duration::from_secs(1);

const ROOMS: u32 = 60;
const ROWS: usize = 40;

/// The largest record, with what sealing adds.
const LARGEST: usize = 60 * 1024;

/// Notes what makes a new record necessary.
#[derive(Default)]
pub(crate) struct BootRecorder {
    changed: Bell,
    /// Which room each tab shows, and which of them was opened last.
    shown: RefCell<BTreeMap<TabId, Option<OwnedRoomId>>>,
    last: RefCell<Option<OwnedRoomId>>,
}

impl BootRecorder {
    pub(crate) fn changed(&self) {
        self.changed.ring();
    }

    /// The room that was opened last.
    pub(crate) fn room(&self) -> Option<OwnedRoomId> {
        self.last.borrow().clone()
    }

    pub(crate) fn show(&self, tab: &TabId, room_id: Option<OwnedRoomId>) {
        self.shown.borrow_mut().insert(tab.clone(), room_id.clone());
        if *self.last.borrow() != room_id {
            self.last.replace(room_id);
            self.changed();
        }
    }

    pub(crate) fn disconnect(&self, tab: &TabId) {
        self.shown.borrow_mut().remove(tab);
    }
}

/// Writes records until it is dropped.
pub(crate) async fn run(core: Rc<Core>) {
    let mut changed = core.boot_record.changed.listen();
    loop {
        changed.heard().await;
        core.clock.sleep(DELAY).await;
        if let Err(error) = save(&core).await {
            tracing::warn!(%error, "the boot record could not be written");
        }
    }
}

async fn save(core: &Core) -> Result<(), StoreError> {
    let window = core.rooms.window(&RoomListFilter::default(), 0, ROOMS);
    let room_id = core.boot_record.room();
    let (room, timeline) = match &room_id {
        Some(room_id) => {
            let details = core.room_details(room_id).await?.map(Box::new);
            (details, latest_rows(core, room_id, ROWS).await?)
        }
        None => (None, Vec::new()),
    };
    let mut record = BootRecord {
        profile: core.session.borrow().profile(),
        sections: window.sections,
        rooms: window.tiles,
        room,
        timeline,
    };
    shrink(&mut record);
    core.boot.save(&core.key, &record).await
}

/// Lets go of the oldest rows, then of the last tiles, until the record is small enough.
fn shrink(record: &mut BootRecord) {
    let mut size = encode(record).len();
    while size > LARGEST && !record.timeline.is_empty() {
        let oldest: TimelineRow = record.timeline.remove(0);
        size = size.saturating_sub(encode(&oldest).len());
    }
    while size > LARGEST
        && let Some(tile) = record.rooms.pop()
    {
        size = size.saturating_sub(encode(&tile).len());
    }
}
