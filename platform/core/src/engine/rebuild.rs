//! Components to documents: what was touched is made anew and takes the place of
//! what was made before.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use assets::doc::{Asset, IdentityKey};
use identity::ComponentId;
use model::Sighting;
use store::{Alias, AssetRow, Changes, Kind};

use super::context::Context;
use super::entry::Entry;
use super::index::Built;
use super::keys;
use super::locks::{lock, read};
use super::manual::{self, Manual};
use super::open::MADE_WITH;
use super::queue::{Queue, Taken};
use super::summary::{AssetId, Hold, Summary};
use super::{NewAsset, Shared};
use crate::error::{Error, Result};
use crate::views::ManualValue;

/// Who made which assets.
#[derive(Debug, Default)]
pub struct Owners {
    /// Assets of each component.
    pub assets: HashMap<ComponentId, Vec<AssetId>>,
    /// The component that made each asset last.
    pub owner: HashMap<AssetId, ComponentId>,
    /// Assets whose component no longer makes them, and whose key no other asset
    /// had yet: a component that waits may still claim them.
    pub orphans: BTreeSet<AssetId>,
}

/// One asset that was made.
pub struct Fresh {
    /// Its document, with what people set laid over it.
    pub asset: Asset,
    /// The same as a row.
    pub summary: Summary,
    /// What people set.
    pub manual: Vec<ManualValue>,
}

/// A component that was made anew.
type Round = (ComponentId, Built, Vec<Fresh>);

/// Documents of a component with what people set laid over them.
pub fn finish(built: &Built, manual: &Manual, context: &Context) -> Vec<Fresh> {
    let network_of = |name: &str| context.network_named(name).unwrap_or_default();
    let sensors: Vec<u32> = built.sensors.iter().map(|sensor| sensor.0).collect();
    let mut holds: BTreeMap<&str, Vec<Hold>> = BTreeMap::new();
    for hold in &built.made.holds {
        let held = Hold { network: hold.network, ip: hold.ip, first: hold.first, last: hold.last };
        holds.entry(&hold.asset).or_default().push(held);
    }
    let fresh = |asset: &Asset| {
        let set = match manual.is_empty() {
            true => Vec::new(),
            false => manual.of(&keys::keys(asset, context)),
        };
        let held = holds.get(asset.asset_id.as_str()).cloned().unwrap_or_default();
        let mut asset = asset.clone();
        manual::lay_over(&mut asset, &set);
        let mut summary = Summary::of(&asset, held, sensors.clone(), &network_of);
        manual::lay_over_row(&mut summary, &set);
        Fresh { asset, summary, manual: set }
    };
    built.made.assets.iter().map(fresh).collect()
}

impl Shared {
    /// Makes a component in memory, as it would be made now.
    ///
    /// # Errors
    /// When the store fails.
    pub fn build(&self, component: ComponentId) -> Result<Built> {
        let context = self.context();
        let index = read(&self.index);
        let material = index.material(component, &*self.store)?;
        Ok(index.build(component, &material, &context))
    }

    /// Makes the components that `pick` takes from the queue anew and writes them
    /// in one commit; says how many.
    ///
    /// # Errors
    /// When the store fails; they wait again then.
    pub fn round(&self, pick: impl FnOnce(&Queue) -> Vec<Taken>) -> Result<usize> {
        let _one_at_a_time = lock(&self.rebuilding);
        let taken = pick(&self.queue);
        let done = self.rebuild(&taken);
        match done {
            Ok(()) => self.queue.finished(&taken),
            Err(_) => self.queue.give_back(&taken),
        }
        done.map(|()| taken.len())
    }

    fn rebuild(&self, taken: &[Taken]) -> Result<()> {
        if taken.is_empty() && lock(&self.owners).orphans.is_empty() {
            return Ok(());
        }
        let context = self.context();
        let manual = read(&self.manual).clone();
        let mut made: Vec<Round> = Vec::new();
        for (component, _) in taken {
            // The lock is given back between two components: ingest waits for one at most.
            let make = || {
                let built = self.build(*component)?;
                let fresh = finish(&built, &manual, &context);
                Ok::<_, Error>((*component, built, fresh))
            };
            // Only read locks and local values are touched, so a panic leaves nothing half
            // done; what was made of this component before stays.
            match catch_unwind(AssertUnwindSafe(make)) {
                Ok(round) => made.push(round?),
                Err(_) => tracing::error!(
                    component = component.0,
                    "a fault in the rules: its assets stay as they were"
                ),
            }
        }
        // Nothing is noted between here and the commit, so `fresh` rows are those that were read.
        let writer = lock(&self.writer);
        let now = self.clock.now();
        let settled = self.queue.done(taken, now);
        let mut owners = lock(&self.owners);
        let new: BTreeSet<AssetId> = made
            .iter()
            .flat_map(|(.., fresh)| fresh.iter().filter_map(|one| AssetId::parse(&one.asset.asset_id)))
            .collect();
        let mut leftover = owners.orphans.clone();
        for (component, ..) in &made {
            let before = owners.assets.get(component).into_iter().flatten();
            // Others may have been made by another component meanwhile.
            leftover.extend(before.filter(|id| owners.owner.get(id) == Some(component)));
        }
        leftover.retain(|id| !new.contains(id));
        let mut changes = Changes::default();
        for (component, built, fresh) in &mut made {
            if settled.contains(component) {
                changes.fresh.extend(&built.members);
            }
            for one in fresh {
                let document = assets::canonical_json(&one.asset)
                    .map_err(|cause| Error::Internal(format!("an asset's document: {cause}")))?;
                one.summary.seal(&document);
                let id = one.asset.asset_id.clone();
                let written = AssetId::parse(&id).and_then(|id| self.catalogue.get(id));
                if written.is_none_or(|entry| entry.digest != one.summary.digest) {
                    changes.assets.push(AssetRow { id, summary: one.summary.bytes(), document });
                }
            }
        }
        let orphans = self.heirs(leftover, &made, &mut changes)?;
        if lock(&self.pending).is_some() {
            // From here on some are made with another configuration than what is
            // written there, so a start after a crash must make all of them anew.
            changes.gone_documents.push((Kind::Setting, MADE_WITH.to_owned()));
        }
        self.store.commit(&changes)?;
        drop(writer);
        if let Some(pending) = &mut *lock(&self.pending) {
            taken.iter().for_each(|(component, _)| {
                pending.left.remove(component);
            });
        }
        let news = self.put(made, &changes, &mut owners);
        owners.orphans = orphans;
        drop(owners);
        if !news.is_empty() {
            (read(&self.on_new))(news);
        }
        Ok(())
    }

    /// Ids that are no longer made: each becomes the asset that has its naming key
    /// now. Those whose key nobody has wait until nothing else does, then they go.
    fn heirs(
        &self,
        leftover: BTreeSet<AssetId>,
        made: &[Round],
        changes: &mut Changes,
    ) -> Result<BTreeSet<AssetId>> {
        let (waiting, _) = self.queue.lengths();
        let mut orphans = BTreeSet::new();
        for id in leftover {
            let text = id.to_string();
            let Some(row) = self.store.asset(&text)? else { continue };
            let asset: Option<Asset> = serde_json::from_str(&row.document).ok();
            match asset.and_then(|asset| self.heir(id, &asset, made)) {
                Some(now) => {
                    changes.aliases.push(Alias { id: text.clone(), now });
                    changes.gone_assets.push(text);
                }
                None if waiting > 0 => {
                    orphans.insert(id);
                }
                None => changes.gone_assets.push(text),
            }
        }
        Ok(orphans)
    }

    /// The asset that has another's naming key now.
    fn heir(&self, id: AssetId, before: &Asset, made: &[Round]) -> Option<String> {
        let name = before.identity.keys.first()?;
        // Times in stored documents are cut to milliseconds.
        let same = |key: &IdentityKey| {
            (&key.kind, &key.value, &key.network) == (&name.kind, &name.value, &name.network)
        };
        let all = made.iter().flat_map(|(.., fresh)| fresh);
        let holding =
            all.filter(|one| one.asset.identity.keys.iter().any(same)).map(|one| &one.asset.asset_id);
        if let Some(heir) = holding.min() {
            return Some(heir.clone());
        }
        // Made in an earlier round.
        let network = self.context().network_named(&before.network)?;
        let (mac, ip) = (name.value.parse().ok(), name.value.parse().ok());
        let heir = self.directory.current(Sighting { network, mac, ip })?;
        (heir != id).then(|| heir.to_string())
    }

    /// Into memory what is on disk now; gives the assets that were not there before.
    fn put(&self, made: Vec<Round>, changes: &Changes, owners: &mut Owners) -> Vec<NewAsset> {
        let mut gone = Vec::new();
        for id in changes.gone_assets.iter().filter_map(|id| AssetId::parse(id)) {
            if let Some(entry) = self.catalogue.take(id) {
                self.directory.take(&entry);
            }
            owners.owner.remove(&id);
            gone.push(id);
        }
        let mut news = Vec::new();
        for (component, _, fresh) in made {
            let mut ids = Vec::with_capacity(fresh.len());
            for Fresh { asset, summary, .. } in fresh {
                let Some(id) = AssetId::parse(&asset.asset_id) else { continue };
                let entry = Arc::new(Entry::new(id, summary, &self.words));
                let before = self.catalogue.put(entry.clone());
                self.directory.put(&entry, before.as_deref());
                match before {
                    // What was heard while it was made.
                    Some(before) => entry.heard(before.last()),
                    None => news.push(NewAsset {
                        id: asset.asset_id,
                        name: asset.name,
                        kind: asset.kind,
                        network: asset.network,
                    }),
                }
                owners.owner.insert(id, component);
                ids.push(id);
            }
            match ids.is_empty() {
                true => owners.assets.remove(&component),
                false => owners.assets.insert(component, ids),
            };
        }
        // An asset that took over another's name is not news.
        let heirs: BTreeSet<&String> = changes.aliases.iter().map(|alias| &alias.now).collect();
        news.retain(|new| !heirs.contains(&new.id));
        news
    }
}
