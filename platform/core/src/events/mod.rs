//! What happened and somebody should know.

pub(crate) mod kind;
mod new_assets;
mod tick;

use std::collections::HashMap;
use std::sync::Mutex;

use assets::doc::Stamp;
use model::Time;
use store::{Changes, EventRow, Store};

use crate::error::{Error, Result};
use crate::parts::lock;
use crate::platform::{Inner, Platform};
use crate::views::{Event, EventPage, Severity};

pub(crate) use new_assets::announce;

/// Most events of one page.
const MOST: usize = 1_000;

/// Most events that are kept; when there are more, the tenth of them that is quiet for
/// longest goes.
const KEPT: usize = if cfg!(test) { 50 } else { 50_000 };

/// Something to be raised; the same kind and subject again is the same event again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raise {
    /// One of [`kind`].
    pub(crate) kind: &'static str,
    /// How bad.
    pub(crate) severity: Severity,
    /// Sensor's name, may be empty.
    pub(crate) sensor: String,
    /// Asset's id, may be empty.
    pub(crate) asset: String,
    /// Tells it from others of its kind: an id, never a name that may change.
    pub(crate) subject: String,
    /// What happened, and what to do.
    pub(crate) words: String,
}

impl Raise {
    /// Of nobody in particular; the rest is put in by the caller.
    pub(crate) fn new(kind: &'static str, severity: Severity, words: String) -> Raise {
        Raise { kind, severity, sensor: String::new(), asset: String::new(), subject: String::new(), words }
    }
}

/// The events there are, by key, so that repeats are folded.
pub(crate) struct Book(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_key: HashMap<String, Event>,
    last: u64,
}

impl Known {
    /// Numbers and keys of those that make room for `new`, which themselves stay.
    fn oldest(&self, new: &[(String, Event)]) -> (Vec<u64>, Vec<String>) {
        if self.by_key.len() < KEPT {
            return Default::default();
        }
        let stay = |key: &String| new.iter().any(|(other, _)| other == key);
        let mut all: Vec<(&String, &Event)> = self.by_key.iter().filter(|(key, _)| !stay(key)).collect();
        all.sort_unstable_by_key(|(_, event)| (event.last.0, event.number));
        all.into_iter().take(KEPT / 10).map(|(key, event)| (event.number, key.clone())).unzip()
    }
}

impl Book {
    /// Reads what there is.
    pub(crate) fn open(store: &dyn Store) -> Result<Book> {
        let mut known = Known::default();
        let mut from = None;
        loop {
            let page = store.events(from.as_deref(), MOST)?;
            for row in page.items {
                let event: Event = read(&row)?;
                known.last = known.last.max(event.number);
                known.by_key.insert(row.key, event);
            }
            from = page.next;
            if from.is_none() {
                return Ok(Book(Mutex::new(known)));
            }
        }
    }

    /// Raises events in one commit.
    fn raise(&self, store: &dyn Store, now: Time, raises: Vec<Raise>) -> Result<()> {
        if raises.is_empty() {
            return Ok(());
        }
        let mut known = lock(&self.0);
        let mut folded: Vec<(String, Event)> = Vec::new();
        for raise in raises {
            let key = format!("{}:{}{}", raise.kind, raise.subject, raise.asset);
            let before = folded.iter().find(|(other, _)| *other == key).map(|(_, event)| event);
            let before = before.or_else(|| known.by_key.get(&key));
            let new = known.last + 1 + folded.len() as u64;
            let event = Event {
                number: before.map_or(new, |event| event.number),
                kind: raise.kind.into(),
                severity: raise.severity,
                sensor: raise.sensor,
                asset: raise.asset,
                words: raise.words,
                count: before.map_or(1, |event| event.count + 1),
                first: before.map_or(Stamp(now), |event| event.first),
                last: Stamp(now),
            };
            tracing::warn!(kind = event.kind, sensor = ?event.sensor, words = ?event.words, "event");
            folded.retain(|(other, _)| *other != key);
            folded.push((key, event));
        }
        let mut changes = Changes::default();
        for (key, event) in &folded {
            let document = serde_json::to_string(event);
            let document = document.map_err(|cause| Error::Internal(format!("an event: {cause}")))?;
            let (number, key) = (event.number, key.clone());
            changes.events.push(EventRow { number, key, document, last: event.last.0 });
        }
        let (gone, gone_keys) = known.oldest(&folded);
        changes.gone_events = gone;
        store.commit(&changes)?;
        gone_keys.iter().for_each(|key| drop(known.by_key.remove(key)));
        for (key, event) in folded {
            known.last = known.last.max(event.number);
            known.by_key.insert(key, event);
        }
        Ok(())
    }
}

impl Book {
    /// Such an event was raised once and is kept.
    pub(crate) fn knows(&self, kind: &str, subject: &str) -> bool {
        lock(&self.0).by_key.contains_key(&format!("{kind}:{subject}"))
    }
}

impl Inner {
    /// Raises one event; on return it is on disk.
    pub(crate) fn raise(&self, raise: Raise) -> Result<()> {
        self.raise_all(vec![raise])
    }

    /// Raises events in one commit.
    pub(crate) fn raise_all(&self, raises: Vec<Raise>) -> Result<()> {
        self.book.raise(&*self.store, self.clock.now(), raises)
    }
}

impl Platform {
    /// A page of events, newest first.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a cursor that cannot be read.
    pub fn events(&self, from: Option<&str>, limit: usize) -> Result<EventPage> {
        let page = self.inner().store.events(from, limit.clamp(1, MOST)).map_err(|error| match error {
            store::Error::Cursor(_) => Error::invalid("cursor", error.to_string()),
            other => other.into(),
        })?;
        let items = page.items.iter().map(read).collect::<Result<_>>()?;
        Ok(EventPage { items, next: page.next })
    }
}

fn read(row: &EventRow) -> Result<Event> {
    serde_json::from_str(&row.document).map_err(|cause| {
        Error::Store(store::Error::Damaged { table: "events", cause: format!("{}: {cause}", row.number) })
    })
}

#[cfg(test)]
mod tests;
