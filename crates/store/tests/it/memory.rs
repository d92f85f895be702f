use futures::executor::block_on;
use trellis_store::MemoryStore;
use trellis_testkit::store_conformance;

#[test]
fn the_store_in_memory_is_a_store() {
    block_on(store_conformance(&MemoryStore::new()));
}
