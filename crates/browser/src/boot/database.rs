use js_sys::{Array, Reflect, Uint8Array};
use trellis_model::protocol::{AccountKey, BootRecord, decode, encode};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbTransaction};

use super::{
    Boot, BootError, DataKey, MAX_RECORD, StoredAccount,
    key::{AccountKeys, open, place, property, seal},
};
use crate::{
    idb::{self, IdbError, Mode, committed, finished},
    json::Object,
};

const NAME: &str = "trellis-boot";
const ACCOUNTS: &str = "accounts";
const KEYS: &str = "keys";
const RECORDS: &str = "records";

/// The open boot database; closed when it is dropped.
pub struct BootDatabase(IdbDatabase);

impl BootDatabase {
    /// Opens it, and makes it when it is not there.
    pub async fn open() -> Result<Self, BootError> {
        let create = |database: &IdbDatabase, _| {
            [ACCOUNTS, KEYS, RECORDS].into_iter().try_for_each(|store| database.create_object_store(store).map(drop))
        };
        Ok(Self(idb::open(NAME, Some(1), create).await?))
    }

    /// The accounts, and the record of the one that `choose` picks, if `build` wrote it.
    pub async fn read(
        &self,
        build: &str,
        choose: impl FnOnce(&[StoredAccount]) -> Option<AccountKey>,
    ) -> Result<Boot, BootError> {
        let transaction = self.transaction(Mode::Read)?;
        let accounts = accounts(&transaction).await?;
        let Some(AccountKey(account)) = choose(&accounts) else { return Ok(Boot { accounts, record: None }) };
        let keys = get(&transaction, KEYS, &account).await?;
        let stored = get(&transaction, RECORDS, &account).await?;
        let record = match AccountKeys::from_js(&keys) {
            Some(keys) => open_record(&keys, &account, build, &stored).await,
            None => None,
        };
        Ok(Boot { accounts, record })
    }

    /// Adds an account, or replaces its listing.
    pub async fn list(&self, account: &StoredAccount) -> Result<(), BootError> {
        // Members may be added, never removed. The time is in milliseconds since the Unix epoch.
        let listing = Object::new()
            .with_text("user_id", account.user_id.as_str())
            .with_text("homeserver", &account.homeserver)
            .with_number("added", js_sys::Date::now() as u64);
        self.put(ACCOUNTS, &account.account, &listing.to_text().into()).await
    }

    /// Removes everything of an account, its keys last of all: what they sealed can never be read again.
    pub async fn forget(&self, AccountKey(account): &AccountKey) -> Result<(), BootError> {
        let transaction = self.transaction(Mode::WriteStrict)?;
        for store in [ACCOUNTS, RECORDS, KEYS] {
            transaction.object_store(store).and_then(|store| store.delete(&account.into())).map_err(IdbError::from)?;
        }
        Ok(committed(&transaction).await?)
    }

    /// The account's data key; made at the first call.
    pub async fn data_key(&self, AccountKey(account): &AccountKey) -> Result<DataKey, BootError> {
        if let Some(keys) = self.keys(account).await? {
            return keys.unwrap(account).await;
        }
        let (keys, data_key) = AccountKeys::generate(account).await?;
        let keys = keys.to_js()?;
        let transaction = self.transaction(Mode::WriteStrict)?;
        let store = transaction.object_store(KEYS).map_err(IdbError::from)?;
        // Another core may have made them while these were made: the first ones stay.
        let earlier = finished(store.get(&account.into()).map_err(IdbError::from)?).await?;
        if let Some(earlier) = AccountKeys::from_js(&earlier) {
            return earlier.unwrap(account).await;
        }
        store.put_with_key(&keys, &account.into()).map_err(IdbError::from)?;
        committed(&transaction).await?;
        Ok(data_key)
    }

    /// Replaces an account's record.
    pub async fn save(&self, account: &AccountKey, build: &str, record: &BootRecord) -> Result<(), BootError> {
        let keys = self.keys(&account.0).await?.ok_or(BootError::UnknownAccount)?;
        let plain = encode(record);
        if plain.len() > MAX_RECORD {
            return Err(BootError::Failed(format!("a boot record of {} bytes is too long", plain.len())));
        }
        let sealed = seal(&keys.key, &record_place(&account.0, build), &plain).await?;
        let stored = js_sys::Object::new();
        Reflect::set(&stored, &"build".into(), &build.into()).map_err(IdbError::from)?;
        Reflect::set(&stored, &"sealed".into(), &sealed).map_err(IdbError::from)?;
        self.put(RECORDS, account, &stored).await
    }

    /// Removes an account's record.
    pub async fn clear(&self, AccountKey(account): &AccountKey) -> Result<(), BootError> {
        let transaction = self.transaction(Mode::Write)?;
        transaction.object_store(RECORDS).and_then(|store| store.delete(&account.into())).map_err(IdbError::from)?;
        Ok(committed(&transaction).await?)
    }

    async fn keys(&self, account: &str) -> Result<Option<AccountKeys>, BootError> {
        let transaction = self.transaction(Mode::Read)?;
        Ok(AccountKeys::from_js(&get(&transaction, KEYS, account).await?))
    }

    async fn put(&self, store: &str, AccountKey(account): &AccountKey, value: &JsValue) -> Result<(), BootError> {
        let transaction = self.transaction(Mode::WriteStrict)?;
        let store = transaction.object_store(store).map_err(IdbError::from)?;
        store.put_with_key(value, &account.into()).map_err(IdbError::from)?;
        Ok(committed(&transaction).await?)
    }

    fn transaction(&self, mode: Mode) -> Result<IdbTransaction, IdbError> {
        idb::transaction(&self.0, &[ACCOUNTS, KEYS, RECORDS], mode)
    }
}

impl Drop for BootDatabase {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn get(transaction: &IdbTransaction, store: &str, account: &str) -> Result<JsValue, BootError> {
    let request = transaction.object_store(store).and_then(|store| store.get(&account.into()));
    Ok(finished(request.map_err(IdbError::from)?).await?)
}

async fn accounts(transaction: &IdbTransaction) -> Result<Vec<StoredAccount>, BootError> {
    let store = transaction.object_store(ACCOUNTS).map_err(IdbError::from)?;
    let keys = store.get_all_keys().map_err(IdbError::from)?;
    let values = store.get_all().map_err(IdbError::from)?;
    let values: Array = finished(values).await?.unchecked_into();
    let keys: Array = keys.result().map_err(IdbError::from)?.unchecked_into();
    let mut accounts: Vec<(f64, StoredAccount)> = Vec::new();
    for (key, value) in keys.iter().zip(values.iter()) {
        if let Some((added, account)) = listed(&key, &value) {
            let place = accounts.partition_point(|(other, _)| *other <= added);
            accounts.insert(place, (added, account));
        }
    }
    Ok(accounts.into_iter().map(|(_, account)| account).collect())
}

/// An account of the listing, and when it was added.
fn listed(key: &JsValue, value: &JsValue) -> Option<(f64, StoredAccount)> {
    let listing = Object::parse(&value.as_string()?)?;
    let account = StoredAccount {
        account: AccountKey(key.as_string()?),
        user_id: listing.text("user_id")?.try_into().ok()?,
        homeserver: listing.text("homeserver")?,
    };
    Some((listing.number("added")?, account))
}

/// A record that does not open, or is another build's, is as good as none: the core writes a new one.
async fn open_record(keys: &AccountKeys, account: &str, build: &str, stored: &JsValue) -> Option<BootRecord> {
    if property(stored, "build")?.as_string()? != build {
        return None;
    }
    let sealed: Uint8Array = property(stored, "sealed")?.dyn_into().ok()?;
    let plain = open(&keys.key, &record_place(account, build), &sealed).await.ok()?;
    decode(&plain).ok()
}

fn record_place(account: &str, build: &str) -> Vec<u8> {
    place(&format!("boot/{build}"), account)
}
