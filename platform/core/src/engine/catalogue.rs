//! Every asset in memory, in parts with a lock each: a search holds one part for
//! a moment, so nobody waits for a whole search.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::entry::Entry;
use super::locks::{read, write};
use super::summary::AssetId;

/// Parts; an asset's part is the first byte of its id.
const PARTS: usize = 64;

/// All assets.
pub struct Catalogue {
    parts: Vec<RwLock<HashMap<AssetId, Arc<Entry>>>>,
}

impl Default for Catalogue {
    fn default() -> Catalogue {
        Catalogue { parts: (0..PARTS).map(|_| RwLock::default()).collect() }
    }
}

impl Catalogue {
    fn part(&self, id: AssetId) -> Option<&RwLock<HashMap<AssetId, Arc<Entry>>>> {
        self.parts.get((id.0 >> 120) as usize % PARTS)
    }

    /// Puts an asset in, in place of the one with its id; gives that.
    pub fn put(&self, entry: Arc<Entry>) -> Option<Arc<Entry>> {
        write(self.part(entry.id)?).insert(entry.id, entry)
    }

    /// Takes an asset out.
    pub fn take(&self, id: AssetId) -> Option<Arc<Entry>> {
        write(self.part(id)?).remove(&id)
    }

    /// The asset of an id.
    pub fn get(&self, id: AssetId) -> Option<Arc<Entry>> {
        read(self.part(id)?).get(&id).cloned()
    }

    /// Every asset, in no particular order.
    pub fn each(&self, mut each: impl FnMut(&Arc<Entry>)) {
        for part in &self.parts {
            read(part).values().for_each(&mut each);
        }
    }
}
