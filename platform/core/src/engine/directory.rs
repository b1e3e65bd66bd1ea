//! Which asset has which address: for ends of conversations, for "who had", and
//! so that what is heard of an address moves its asset's last time at once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::RwLock;

use model::{Mac, NetworkId, Sighting, Time};

use super::entry::Entry;
use super::locks::{read, write};
use super::summary::AssetId;

/// First and last time, and who.
type Tenure = (Time, Time, AssetId);

/// The directory.
#[derive(Default)]
pub struct Directory(RwLock<Tables>);

#[derive(Default)]
struct Tables {
    ips: HashMap<(NetworkId, IpAddr), Vec<Tenure>>,
    macs: HashMap<(NetworkId, Mac), AssetId>,
}

impl Directory {
    /// Notes an asset's addresses, and forgets those of the entry it replaces.
    pub fn put(&self, entry: &Entry, before: Option<&Entry>) {
        let mut tables = write(&self.0);
        before.iter().for_each(|before| tables.forget(before));
        for hold in &entry.held {
            tables.ips.entry((hold.network, hold.ip)).or_default().push((hold.first, hold.last, entry.id));
        }
        for key in &entry.macs {
            tables.macs.insert(*key, entry.id);
        }
    }

    /// Forgets an asset's addresses.
    pub fn take(&self, entry: &Entry) {
        write(&self.0).forget(entry);
    }

    /// The asset whose last time a sighting moves: who had the address last, else
    /// who has the MAC.
    pub fn current(&self, sighting: Sighting) -> Option<AssetId> {
        let tables = read(&self.0);
        let by_ip = sighting.ip.and_then(|ip| {
            let tenures = tables.ips.get(&(sighting.network, ip))?;
            tenures.iter().max_by_key(|(_, last, id)| (*last, *id)).map(|(.., id)| *id)
        });
        by_ip.or_else(|| tables.macs.get(&(sighting.network, sighting.mac?)).copied())
    }

    /// Everybody who ever had an address, as the inventory wants them.
    pub fn holds(&self, network: NetworkId, ip: IpAddr) -> Vec<assets::Hold> {
        let tables = read(&self.0);
        let tenures = tables.ips.get(&(network, ip)).map_or(&[][..], Vec::as_slice);
        let hold = |(first, last, id): &Tenure| assets::Hold {
            network,
            ip,
            first: *first,
            last: *last,
            asset: id.to_string(),
        };
        tenures.iter().map(hold).collect()
    }
}

impl Tables {
    fn forget(&mut self, entry: &Entry) {
        for hold in &entry.held {
            let key = (hold.network, hold.ip);
            if let Some(tenures) = self.ips.get_mut(&key) {
                tenures.retain(|(.., id)| *id != entry.id);
                if tenures.is_empty() {
                    self.ips.remove(&key);
                }
            }
        }
        for key in &entry.macs {
            if self.macs.get(key) == Some(&entry.id) {
                self.macs.remove(key);
            }
        }
    }
}
