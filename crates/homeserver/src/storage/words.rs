//! What is said to every process that serves this database, and stored nowhere: who types, who is there.
//!
//! All hear the same words in the same order, each with a serial that grows, so that a client may go on at any
//! process from where it was at another. A process hears itself by the same way. The order is that of PostgreSQL's
//! notifications: a word is said in a transaction of its own, which holds a lock until it is committed and whose ID
//! is the serial. Where there is one process, saying is hearing.
//!
//! Words may be lost with a connection: nothing may be told by them that does not end by itself.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::{mpsc, oneshot};

use super::{
    StorageError,
    engine::{Database, say},
};

/// The channel of the words; each database has its own.
pub(super) const CHANNEL: &str = "trellis_words";

/// The most bytes of words in one notification; PostgreSQL takes 8,000 in all.
const SIZE: usize = 7_500;

/// How many words may wait to be said; more are not.
const WAITING: usize = 10_000;

/// How long it may take to hear oneself.
const PATIENCE: Duration = Duration::from_secs(2);

/// The epoch of words that every process hears.
const SHARED: i64 = 0;

/// What a word is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum Subject {
    /// Who types.
    #[serde(rename = "t")]
    Typing,
    /// Who is there.
    #[serde(rename = "p")]
    Presence,
}

/// What was said at once about a subject.
#[derive(Clone, Debug)]
pub struct Speech<'w> {
    /// The run of the process that said it.
    pub speaker: i64,
    /// Its place among all that was said.
    pub serial: u64,
    /// The words.
    pub words: Vec<&'w RawValue>,
}

/// Someone who is told all words about a subject, at once and in their order. It must not say any meanwhile.
pub trait Hearer: Send + Sync {
    /// Something was said. Its serial may be given to clients once all of it was taken up.
    fn heard(&self, speech: &Speech<'_>);

    /// Words up to this serial may have been missed.
    fn missed(&self, serial: u64);
}

/// Says and hears words. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Words(Arc<Inner>);

struct Inner {
    /// The run of this process.
    writer: i64,
    /// Up to here words may have been missed.
    first: AtomicU64,
    /// Held while words are heard.
    ears: Mutex<Ears>,
    /// What waits to be said to the other processes; nothing where there can be none.
    waiting: Option<mpsc::Sender<Waiting>>,
}

#[derive(Default)]
struct Ears {
    last: u64,
    hearers: Vec<(Subject, Weak<dyn Hearer>)>,
    /// Rung for each word of this process that was said and not heard yet, in their order.
    said: VecDeque<oneshot::Sender<()>>,
}

#[derive(Debug)]
struct Waiting {
    subject: Subject,
    said: Box<RawValue>,
    heard: oneshot::Sender<()>,
}

/// What one notification says.
#[derive(Deserialize, Serialize)]
struct Payload {
    #[serde(rename = "w")]
    writer: i64,
    #[serde(rename = "s")]
    words: Vec<(Subject, Box<RawValue>)>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words").field("writer", &self.writer).field("first", &self.first).finish_non_exhaustive()
    }
}

/// What says the words of this process to all.
pub(super) struct Mouth {
    words: Weak<Inner>,
    waiting: mpsc::Receiver<Waiting>,
}

impl Words {
    /// Of a process that is alone.
    pub(super) fn alone(writer: i64) -> Self {
        Self::new(writer, 0, None)
    }

    /// Of one that may have missed words up to a serial.
    pub(super) fn shared(writer: i64, first: u64) -> (Self, Mouth) {
        let (sender, waiting) = mpsc::channel(WAITING);
        let words = Self::new(writer, first, Some(sender));
        let mouth = Mouth { words: Arc::downgrade(&words.0), waiting };
        (words, mouth)
    }

    fn new(writer: i64, first: u64, waiting: Option<mpsc::Sender<Waiting>>) -> Self {
        let ears = Mutex::new(Ears { last: first, ..Ears::default() });
        Self(Arc::new(Inner { writer, first: AtomicU64::new(first), ears, waiting }))
    }

    /// Whether other processes may hear what is said here.
    pub fn are_shared(&self) -> bool {
        self.0.waiting.is_some()
    }

    /// The run of this process.
    pub fn speaker(&self) -> i64 {
        self.0.writer
    }

    /// In what serials can be compared: those of one process hold for its run, others for ever.
    pub fn epoch(&self) -> i64 {
        if self.are_shared() { SHARED } else { self.0.writer }
    }

    /// Words up to this serial may have been missed.
    pub fn first(&self) -> u64 {
        self.0.first.load(Ordering::Relaxed)
    }

    /// Tells someone all words about a subject from now on.
    pub fn hear(&self, subject: Subject, hearer: Weak<dyn Hearer>) {
        self.0.ears().hearers.push((subject, hearer));
    }

    /// Says something, at once. When what this answers ends, it was heard here, or cannot be.
    pub fn say<S: Serialize>(&self, subject: Subject, said: &S) -> impl Future<Output = ()> + use<S> {
        let heard = self.begin(subject, said);
        async move {
            if let Some(heard) = heard {
                // If it takes too long it is of no more use.
                drop(tokio::time::timeout(PATIENCE, heard).await);
            }
        }
    }

    /// Says something, without waiting for it to be heard.
    pub fn mention(&self, subject: Subject, said: &impl Serialize) {
        drop(self.begin(subject, said));
    }

    fn begin(&self, subject: Subject, said: &impl Serialize) -> Option<oneshot::Receiver<()>> {
        let said = match to_raw_value(said) {
            Ok(said) => said,
            Err(error) => {
                tracing::error!(%error, "a word cannot be written");
                return None;
            }
        };
        let Some(waiting) = &self.0.waiting else {
            let mut ears = self.0.ears();
            let serial = ears.last + 1;
            ears.hear(self.0.writer, serial, &[(subject, said)]);
            return None;
        };
        let (heard, hears) = oneshot::channel();
        if waiting.try_send(Waiting { subject, said, heard }).is_err() {
            tracing::warn!("other processes are not told all: too much waits to be said");
            return None;
        }
        Some(hears)
    }

    /// Hears what some process has said.
    pub(super) fn listen(&self, payload: &str) {
        let speech = payload
            .split_once(' ')
            .and_then(|(serial, speech)| Some((serial.parse().ok()?, serde_json::from_str::<Payload>(speech).ok()?)));
        let Some((serial, speech)) = speech else {
            return tracing::error!("another process says what cannot be understood");
        };
        let mut ears = self.0.ears();
        ears.hear(speech.writer, serial, &speech.words);
        if speech.writer == self.0.writer {
            let heard = speech.words.len().min(ears.said.len());
            for heard in ears.said.drain(..heard) {
                // Nobody may wait for it.
                let _: Result<(), ()> = heard.send(());
            }
        }
    }

    /// Words up to this serial may have been missed.
    pub(super) fn miss(&self, serial: u64) {
        let mut ears = self.0.ears();
        self.0.first.store(serial, Ordering::Relaxed);
        ears.last = ears.last.max(serial);
        ears.said.clear();
        for hearer in ears.hearers.iter().filter_map(|(_, hearer)| hearer.upgrade()) {
            hearer.missed(serial);
        }
    }
}

impl Inner {
    fn ears(&self) -> MutexGuard<'_, Ears> {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ears {
    fn hear(&mut self, speaker: i64, serial: u64, words: &[(Subject, Box<RawValue>)]) {
        self.last = serial;
        for (subject, hearer) in &self.hearers {
            let words: Vec<&RawValue> = words.iter().filter(|(of, _)| of == subject).map(|(_, word)| &**word).collect();
            if let Some(hearer) = hearer.upgrade().filter(|_| !words.is_empty()) {
                hearer.heard(&Speech { speaker, serial, words });
            }
        }
    }
}

impl Mouth {
    /// Says what waits to be said, as much at once as fits, for as long as anyone may say something.
    pub(super) async fn speak(mut self, database: Database) {
        let mut next = None;
        loop {
            let first = match next.take() {
                Some(first) => first,
                None => match self.waiting.recv().await {
                    Some(first) => first,
                    None => return,
                },
            };
            let Some(words) = self.words.upgrade() else { return };
            let mut speech = Payload { writer: words.writer, words: Vec::new() };
            let (mut size, mut said) = (0, Vec::new());
            let mut word = Some(first);
            while let Some(one) = word.take() {
                size += one.said.get().len() + 10;
                if size > SIZE && !speech.words.is_empty() {
                    next = Some(one);
                    break;
                }
                speech.words.push((one.subject, one.said));
                said.push(one.heard);
                word = self.waiting.try_recv().ok();
            }
            words.ears().said.extend(said);
            if let Err(error) = utter(&database, &speech).await {
                tracing::warn!(%error, "other processes cannot be told who types and who is there");
                // Who waits for them to be heard waits in vain.
                words.ears().said.clear();
            }
        }
    }
}

async fn utter(database: &Database, speech: &Payload) -> Result<(), StorageError> {
    let text = serde_json::to_string(speech)
        .map_err(|_| StorageError::Column { column: "word".to_owned(), expected: "JSON" })?;
    say(database, CHANNEL, text).await
}
