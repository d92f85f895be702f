//! Figures, printed; only gross mistakes fail.

use trellis_browser::random_id;
use trellis_client::port::{Batch, Direction, KeyRange, Record, Sealer, Store, Table};
use trellis_store::{IndexedDbStore, KeySealer};
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

fn rooms(count: u32) -> Batch {
    let sealer = KeySealer::new(&[1; 32]);
    let mut batch = Batch::default();
    for number in 0..count {
        let key = number.to_be_bytes().to_vec();
        let value = sealer.seal(Table::Rooms, &key, &[7; 600]);
        batch.put(Table::Rooms, Record { index: vec![value[..16].to_vec()], key, value });
    }
    batch
}

fn since(start: f64) -> f64 {
    js_sys::Date::now() - start
}

#[wasm_bindgen_test]
async fn two_thousand_rooms_are_written_and_read_within_seconds() {
    let store = IndexedDbStore::open(&format!("measure/{}", random_id()), 1).await.unwrap();
    let start = js_sys::Date::now();
    let batch = rooms(2000);
    let sealed = since(start);

    let start = js_sys::Date::now();
    store.commit(batch).await.unwrap();
    let written = since(start);

    let start = js_sys::Date::now();
    let records = store.range(Table::Rooms, KeyRange::all(), Direction::Ascending, usize::MAX).await.unwrap();
    let read = since(start);
    let start = js_sys::Date::now();
    let last = store.range(Table::Rooms, KeyRange::all(), Direction::Descending, 10).await.unwrap();
    let read_last = since(start);

    assert_eq!(records.len(), 2000);
    assert_eq!(last.first(), records.last());
    console_log!("sealed {sealed} ms, written {written} ms, read {read} ms, last ten read {read_last} ms");
    assert!(sealed + written + read < 10_000.0);
}
