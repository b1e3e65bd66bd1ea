//! What people say of assets: assertions about identity and values, kept by key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use assets::doc::{Asset, IdentityKey, Stamp};
use identity::{Act, Assertion, ComponentId, Key};
use model::Time;
use serde::{Deserialize, Serialize};
use store::{Changes, Document, Kind, Store};

use super::Shared;
use super::keys::{self, words};
use super::locks::{lock, read, write};
use super::manual;
use crate::error::{Error, Result};
use crate::views::Judgement;

/// An assertion as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    /// What was said, and when.
    assertion: Assertion,
    /// By whom.
    by: String,
}

/// All assertions, by id.
#[derive(Debug, Default)]
pub struct Judgements(BTreeMap<String, Said>);

impl Judgements {
    /// Reads what there is.
    pub fn open(store: &dyn Store) -> Result<Judgements> {
        let mut all = BTreeMap::new();
        for document in store.documents(Kind::Assertion)? {
            let said: Said = serde_json::from_str(&document.json).map_err(|cause| store::Error::Damaged {
                table: "document",
                cause: format!("assertion {}: {cause}", document.id),
            })?;
            all.insert(document.id, said);
        }
        Ok(Judgements(all))
    }

    /// All of them, undone ones too.
    pub fn assertions(&self) -> Vec<Assertion> {
        self.0.values().map(|said| said.assertion.clone()).collect()
    }

    /// Ids of those that hold.
    fn in_force(&self) -> BTreeSet<String> {
        let all = self.assertions();
        identity::assertion::in_force(&all).into_iter().map(|assertion| assertion.id.clone()).collect()
    }

    /// Those that speak of an asset, latest first.
    pub fn of(
        &self,
        asset: &Asset,
        network_named: &dyn Fn(&str) -> Option<model::NetworkId>,
    ) -> Vec<Judgement> {
        let keys = asset.identity.keys.iter().chain(&asset.identity.never_merge);
        let keys: Vec<&IdentityKey> = keys.collect();
        let force = self.in_force();
        let spoken = |act: &Act| {
            act.keys().into_iter().any(|key| keys.iter().any(|one| is_same(one, key, network_named)))
        };
        let mut found: Vec<&Said> = self.0.values().filter(|said| spoken(&said.assertion.act)).collect();
        found.sort_by_key(|said| std::cmp::Reverse((said.assertion.time, &said.assertion.id)));
        let judgement = |said: &Said| Judgement {
            id: said.assertion.id.clone(),
            act: match said.assertion.act {
                Act::Merge { .. } => "merge",
                Act::Split { .. } => "split",
                Act::Never { .. } => "never",
                Act::Undo { .. } => "undo",
            }
            .to_owned(),
            keys: said.assertion.act.keys().into_iter().map(words).collect(),
            by: said.by.clone(),
            at: Stamp(said.assertion.time),
            undone: !force.contains(&said.assertion.id),
        };
        found.into_iter().map(judgement).collect()
    }
}

/// Whether a document's key is this one; who had an address when does not matter.
fn is_same(
    written: &IdentityKey,
    key: &Key,
    network_named: &dyn Fn(&str) -> Option<model::NetworkId>,
) -> bool {
    let network = match key {
        Key::Ip { network, .. } | Key::ClientId { network, .. } | Key::LocalMac { network, .. } => {
            Some(*network)
        }
        Key::Correlation { .. } | Key::Mac { .. } | Key::Hostname { .. } => None,
    };
    written.kind == key.kind()
        && written.value == key.to_string()
        && written.network.as_deref().and_then(network_named) == network
}

impl Shared {
    /// The asset as it would be made now, with its keys, strongest first.
    fn judged(&self, id: &str) -> Result<(Asset, Vec<Key>, ComponentId)> {
        let missing = || Error::Missing { what: "asset", id: id.to_owned() };
        let (fresh, component) = self.current(id)?.ok_or_else(missing)?;
        let keys = keys::keys(&fresh.asset, &self.context());
        match keys.is_empty() {
            true => Err(missing()),
            false => Ok((fresh.asset, keys, component)),
        }
    }

    /// Writes an assertion, and makes what it concerns anew. On disk those
    /// sightings are marked in the same commit, in case nobody comes to it.
    fn say(&self, act: Act, concerned: &[ComponentId], by: &str) -> Result<String> {
        let mut bytes = [0; 16];
        self.clock.random(&mut bytes).map_err(|none| Error::Internal(none.to_string()))?;
        let id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        // Later than all before, whatever the clock does: an undo counts only then.
        let last = read(&self.judgements).0.values().map(|said| said.assertion.time.0).max().unwrap_or(0);
        let time = self.clock.now().max(Time(last.saturating_add(1)));
        let assertion = Assertion { time, id: id.clone(), act };
        let said = Said { assertion: assertion.clone(), by: by.to_owned() };
        let json = serde_json::to_string(&said).map_err(|cause| Error::Internal(cause.to_string()))?;
        let document = Document { kind: Kind::Assertion, id: id.clone(), json };
        let documents = vec![document];
        self.store.commit(&Changes { documents, stale: self.members(concerned), ..Changes::default() })?;
        write(&self.judgements).0.insert(id.clone(), said);
        let touched: BTreeSet<ComponentId> = {
            let _writer = lock(&self.writer);
            let mut index = write(&self.index);
            index.live.assert(&assertion);
            let touched = index.live.touched().into_iter().collect();
            drop(index);
            self.queue.urgent(BTreeSet::clone(&touched));
            touched
        };
        self.make(&touched)?;
        Ok(id)
    }

    /// Makes these anew at once.
    fn make(&self, components: &BTreeSet<ComponentId>) -> Result<()> {
        self.callers.fetch_add(1, Ordering::Relaxed);
        let done = self.round(|queue| queue.take_these(components));
        self.callers.fetch_sub(1, Ordering::Relaxed);
        done.map(|_| ())
    }

    fn members(&self, components: &[ComponentId]) -> Vec<store::SightingKey> {
        let index = read(&self.index);
        components.iter().flat_map(|component| index.members(*component)).collect()
    }

    /// The strongest keys of two assets, and their components.
    fn two(&self, a: &str, b: &str) -> Result<(Key, Key, [ComponentId; 2])> {
        let first = |keys: Vec<Key>| keys.into_iter().next();
        let ((one, a_keys, here), (other, b_keys, there)) = (self.judged(a)?, self.judged(b)?);
        match (first(a_keys), first(b_keys)) {
            (Some(a), Some(b)) if one.asset_id != other.asset_id => Ok((a, b, [here, there])),
            _ => Err(Error::invalid("with", "this is the same asset: choose another")),
        }
    }

    /// See [`crate::Platform::merge`].
    pub fn merge(&self, a: &str, b: &str, by: &str) -> Result<String> {
        let _judging = lock(&self.judging);
        let (a, b, concerned) = self.two(a, b)?;
        self.say(Act::Merge { a, b }, &concerned, by)
    }

    /// See [`crate::Platform::never_merge`].
    pub fn never_merge(&self, a: &str, b: &str, by: &str) -> Result<String> {
        let _judging = lock(&self.judging);
        let (a, b, concerned) = self.two(a, b)?;
        self.say(Act::Never { a, b }, &concerned, by)
    }

    /// See [`crate::Platform::split`].
    pub fn split(&self, asset: &str, wanted: &[String], by: &str) -> Result<String> {
        let _judging = lock(&self.judging);
        let (_, keys, component) = self.judged(asset)?;
        if wanted.is_empty() {
            return Err(Error::invalid("keys", "choose at least one key to take out"));
        }
        let mut out = BTreeSet::new();
        for (at, text) in wanted.iter().enumerate() {
            let found: Vec<&Key> = keys.iter().filter(|key| words(key) == *text).collect();
            if found.is_empty() {
                let known: Vec<String> = keys.iter().map(words).collect();
                return Err(Error::invalid(
                    format!("keys[{at}]"),
                    format!("`{text}` is no key of this asset: it has {}", known.join(", ")),
                ));
            }
            out.extend(found.into_iter().cloned());
        }
        if out.len() == keys.len() {
            return Err(Error::invalid("keys", "these are all its keys: leave at least one"));
        }
        self.say(Act::Split { keys: out }, &[component], by)
    }

    /// See [`crate::Platform::undo`].
    pub fn undo(&self, id: &str, by: &str) -> Result<()> {
        let _judging = lock(&self.judging);
        if !read(&self.judgements).in_force().contains(id) {
            return Err(Error::Missing { what: "assertion in force", id: id.to_owned() });
        }
        let concerned: Vec<ComponentId> = {
            let (judgements, index) = (read(&self.judgements), read(&self.index));
            let keys = judgements.0.get(id).map(|said| said.assertion.act.keys()).unwrap_or_default();
            keys.into_iter().filter_map(|key| index.live.component_of_key(key)).collect()
        };
        self.say(Act::Undo { of: id.to_owned() }, &concerned, by).map(|_| ())
    }

    /// See [`crate::Platform::set_value`].
    pub fn set_value(&self, asset: &str, field: &str, text: &str, by: &str) -> Result<()> {
        let _judging = lock(&self.judging);
        let value = manual::value(field, text, by, Stamp(self.clock.now()))?;
        let (_, keys, component) = self.judged(asset)?;
        let Some(key) = keys.first() else { return Ok(()) };
        let mut manual = read(&self.manual).clone();
        // One value of a field in all: an older one may stand with another key.
        let mut changes = self.without(&mut manual, &keys, field)?;
        let document = manual.set(key, value)?;
        changes.gone_documents.retain(|(_, id)| *id != document.id);
        changes.documents.retain(|one| one.id != document.id);
        changes.documents.push(document);
        self.put_manual(manual, &changes, component)
    }

    /// See [`crate::Platform::clear_value`].
    pub fn clear_value(&self, asset: &str, field: &str, _by: &str) -> Result<()> {
        let _judging = lock(&self.judging);
        let (_, keys, component) = self.judged(asset)?;
        let mut manual = read(&self.manual).clone();
        if manual.keys_with(&keys, field).is_empty() {
            return Err(Error::Missing { what: "value set for", id: field.to_owned() });
        }
        let changes = self.without(&mut manual, &keys, field)?;
        self.put_manual(manual, &changes, component)
    }

    fn without(&self, manual: &mut manual::Manual, keys: &[Key], field: &str) -> Result<Changes> {
        let mut changes = Changes::default();
        for key in manual.keys_with(keys, field) {
            match manual.clear(&key, field)? {
                Some(document) => changes.documents.push(document),
                None => changes.gone_documents.push((Kind::Manual, manual::document_id(&key)?)),
            }
        }
        Ok(changes)
    }

    fn put_manual(&self, manual: manual::Manual, changes: &Changes, component: ComponentId) -> Result<()> {
        self.store.commit(&Changes { stale: self.members(&[component]), ..changes.clone() })?;
        *write(&self.manual) = manual;
        self.queue.urgent([component]);
        self.make(&BTreeSet::from([component]))
    }
}
