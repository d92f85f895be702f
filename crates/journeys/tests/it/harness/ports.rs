//! The client's ports, natively.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;
use matrix_sdk_crypto::store::{DynCryptoStore, IntoCryptoStore};
use ruma::MilliSecondsSinceUnixEpoch;
use tokio::sync::watch;
use trellis_client::port::{
    AccountDatabase, AccountListing, Accounts, Batch, BootStore, Clock, Crypto, CryptoChannel, CryptoDevice,
    CryptoError, Cryptography, Direction, File, FileError, Key, KeyRange, Random, Record, RemoteCrypto, Store,
    StoreError, Table, Transport, TransportError, serve_crypto,
};
use trellis_crypto::OlmCrypto;
use trellis_model::protocol::{AccountKey, BootRecord};
use trellis_store::{KeySealer, MemoryStore};

/// Answers that do not come from the homeserver, or not as it gave them: what a journey needs that ours never says. And
/// what was asked.
#[derive(Clone, Default)]
pub(crate) struct Interference {
    rule: Rc<RefCell<Option<Rule>>>,
    rewrite: Rc<RefCell<Option<Rewrite>>>,
    sent: Rc<RefCell<Vec<(String, String)>>>,
}

/// Changes the answers to requests by their path.
type Rewrite = Rc<dyn Fn(&str, &mut serde_json::Value)>;

type Rule = Rc<dyn Fn(&http::Request<Vec<u8>>) -> Option<http::Response<Vec<u8>>>>;

impl Interference {
    /// From now on requests whose path contains `path` are answered so, `times` times.
    pub(crate) fn answer(&self, path: &'static str, times: u32, status: u16, body: &'static str) {
        let left = Cell::new(times);
        let rule = move |request: &http::Request<Vec<u8>>| {
            if left.get() == 0 || !request.uri().path().contains(path) {
                return None;
            }
            left.set(left.get() - 1);
            Some(http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap())
        };
        self.rule.replace(Some(Rc::new(rule)));
    }

    /// From now on requests whose path contains `path` are refused, as long as `is_refused`.
    pub(crate) fn refuse_while(&self, path: &'static str, status: u16, is_refused: impl Fn() -> bool + 'static) {
        let rule = move |request: &http::Request<Vec<u8>>| {
            let refused = request.uri().path().contains(path) && is_refused();
            refused.then(|| http::Response::builder().status(status).body(Vec::new()).unwrap())
        };
        self.rule.replace(Some(Rc::new(rule)));
    }

    /// From now on answers arrive as `rewrite` leaves them.
    pub(crate) fn rewrite(&self, rewrite: impl Fn(&str, &mut serde_json::Value) + 'static) {
        self.rewrite.replace(Some(Rc::new(rewrite)));
    }

    pub(crate) fn end(&self) {
        self.rule.replace(None);
        self.rewrite.replace(None);
    }

    /// The bodies of the requests that were made to paths that contain `path`, in their order.
    pub(crate) fn sent(&self, path: &str) -> Vec<String> {
        self.sent.borrow().iter().filter(|(to, _)| to.contains(path)).map(|(_, body)| body.clone()).collect()
    }
}

/// HTTP by reqwest, with a pool of its own.
pub(crate) struct TestTransport(reqwest::Client, Interference);

impl TestTransport {
    pub(crate) fn new(interference: Interference) -> Self {
        Self(reqwest::Client::builder().no_proxy().build().unwrap(), interference)
    }
}

#[async_trait(?Send)]
impl Transport for TestTransport {
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, TransportError> {
        let path = request.uri().path().to_owned();
        let body = String::from_utf8_lossy(request.body()).into_owned();
        self.1.sent.borrow_mut().push((path.clone(), body));
        let rule = self.1.rule.borrow().clone();
        if let Some(answer) = rule.and_then(|rule| rule(&request)) {
            return Ok(answer);
        }
        let network = |error: reqwest::Error| TransportError::Network(error.to_string());
        let request =
            reqwest::Request::try_from(request).map_err(|error| TransportError::InvalidRequest(error.to_string()))?;
        let response = self.0.execute(request).await.map_err(network)?;
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = response.bytes().await.map_err(network)?.to_vec();
        let rewrite = self.1.rewrite.borrow().clone();
        if let Some(rewrite) = rewrite
            && let Ok(mut json) = serde_json::from_slice(&body)
        {
            rewrite(&path, &mut json);
            body = serde_json::to_vec(&json).unwrap();
        }
        Ok(answer.body(body).unwrap())
    }

    async fn upload(
        &self,
        request: http::Request<Vec<u8>>,
        progress: &dyn Fn(u64),
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let size = request.body().len() as u64;
        let response = self.send(request).await?;
        progress(size);
        Ok(response)
    }
}

/// The machine's clock.
pub(crate) struct TestClock(pub(crate) Instant);

#[async_trait(?Send)]
impl Clock for TestClock {
    fn now(&self) -> MilliSecondsSinceUnixEpoch {
        MilliSecondsSinceUnixEpoch::from_system_time(SystemTime::now()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

pub(crate) struct TestRandom;

impl Random for TestRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

/// How much a disk still takes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room(Rc<Cell<Option<u32>>>);

impl Room {
    /// From now on there is room for so many commits.
    pub(crate) fn for_commits(&self, commits: u32) {
        self.0.set(Some(commits));
    }

    /// Everything has room again.
    pub(crate) fn enough(&self) {
        self.0.set(None);
    }

    fn take(&self) -> Result<(), StoreError> {
        let left = self.0.get();
        if left == Some(0) {
            return Err(StoreError::Full);
        }
        self.0.set(left.map(|left| left - 1));
        Ok(())
    }
}

/// A store on a disk that may be full.
struct DiskStore(MemoryStore, Room);

#[async_trait(?Send)]
impl Store for DiskStore {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Record>, StoreError> {
        self.0.get(table, key).await
    }

    async fn get_many(&self, table: Table, keys: &[Key]) -> Result<Vec<Option<Record>>, StoreError> {
        self.0.get_many(table, keys).await
    }

    async fn range(
        &self,
        table: Table,
        range: KeyRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.0.range(table, range, direction, limit).await
    }

    async fn find(&self, table: Table, index: &[u8]) -> Result<Vec<Record>, StoreError> {
        self.0.find(table, index).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.1.take()?;
        self.0.commit(batch).await
    }
}

/// What would be a browser's storage: it outlives the clients that use it.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    pub(crate) room: Room,
    databases: Rc<RefCell<BTreeMap<AccountKey, MemoryStore>>>,
    crypto: Rc<RefCell<BTreeMap<AccountKey, Arc<DynCryptoStore>>>>,
    pub(crate) listings: Rc<RefCell<Vec<AccountListing>>>,
    pub(crate) boot: Rc<RefCell<BTreeMap<AccountKey, BootRecord>>>,
    /// Tells that a boot record was saved.
    pub(crate) saved: watch::Sender<()>,
}

impl Disk {
    /// The machines on the store of an account's keys.
    pub(crate) fn cryptography(&self, account: &AccountKey) -> Rc<dyn Cryptography> {
        let mut stores = self.crypto.borrow_mut();
        let new = || matrix_sdk_crypto::store::MemoryStore::new().into_crypto_store();
        let store = stores.entry(account.clone()).or_insert_with(new).clone();
        Rc::new(TestCryptography(store))
    }

    /// The store of an account's keys is cleared, and nothing else.
    pub(crate) fn lose_keys(&self, account: &AccountKey) {
        self.crypto.borrow_mut().remove(account);
    }
}

#[async_trait(?Send)]
impl Accounts for Disk {
    async fn open(&self, account: &AccountKey) -> Result<AccountDatabase, StoreError> {
        let store = self.databases.borrow_mut().entry(account.clone()).or_default().clone();
        let store = DiskStore(store, self.room.clone());
        Ok(AccountDatabase { store: Rc::new(store), sealer: Rc::new(KeySealer::new(&[7; 32])) })
    }

    async fn remove(&self, account: &AccountKey) -> Result<(), StoreError> {
        self.databases.borrow_mut().remove(account);
        Ok(())
    }
}

#[async_trait(?Send)]
impl BootStore for Disk {
    async fn list(&self, listing: AccountListing) -> Result<(), StoreError> {
        self.listings.borrow_mut().push(listing);
        Ok(())
    }

    async fn forget(&self, account: &AccountKey) -> Result<(), StoreError> {
        self.listings.borrow_mut().retain(|listing| listing.account != *account);
        self.boot.borrow_mut().remove(account);
        Ok(())
    }

    async fn save(&self, account: &AccountKey, record: &BootRecord) -> Result<(), StoreError> {
        self.boot.borrow_mut().insert(account.clone(), record.clone());
        self.saved.send_replace(());
        Ok(())
    }

    async fn clear(&self, account: &AccountKey) -> Result<(), StoreError> {
        self.boot.borrow_mut().remove(account);
        Ok(())
    }
}

/// Machines on a store of keys, spoken with as in the browser: in bytes.
struct TestCryptography(Arc<DynCryptoStore>);

#[async_trait(?Send)]
impl Cryptography for TestCryptography {
    fn is_available(&self) -> bool {
        true
    }

    async fn open(&self, device: &CryptoDevice) -> Result<Rc<dyn Crypto>, CryptoError> {
        let machine = OlmCrypto::open(self.0.clone(), device).await?;
        let identity_key = machine.identity_key().unwrap();
        Ok(Rc::new(RemoteCrypto::new(identity_key, Rc::new(TestChannel(machine)))))
    }
}

struct TestChannel(OlmCrypto);

#[async_trait(?Send)]
impl CryptoChannel for TestChannel {
    async fn call(&self, call: Vec<u8>) -> Result<Vec<u8>, String> {
        Ok(serve_crypto(&self.0, &call).await)
    }
}

/// A file a person chose.
pub(crate) struct TestFile(pub(crate) Vec<u8>, pub(crate) &'static str);

#[async_trait(?Send)]
impl File for TestFile {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn mimetype(&self) -> Option<String> {
        Some(self.1.to_owned())
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let start = usize::try_from(offset).unwrap().min(self.0.len());
        Ok(self.0[start..(start + length).min(self.0.len())].to_vec())
    }
}
