//! Which asset had an address at a time.

use std::collections::BTreeMap;
use std::net::IpAddr;

use model::{NetworkId, Time};
use serde::{Deserialize, Serialize};

use crate::doc::{Inventory, Stamp};

/// Holders of every address, by index of the asset.
#[derive(Debug, Default)]
pub struct Holders(BTreeMap<(NetworkId, IpAddr), Vec<Hold>>);

/// First and last time, and the index of the asset.
type Hold = (Time, Time, usize);

impl Holders {
    /// Notes that an asset had an address.
    pub fn note(&mut self, network: NetworkId, ip: IpAddr, first: Time, last: Time, asset: usize) {
        self.0.entry((network, ip)).or_default().push((first, last, asset));
    }

    /// The one asset that had it: heard with it then, or else nearest before,
    /// or else nearest after. `None` when nobody or several had it.
    pub fn at(&self, network: NetworkId, ip: IpAddr, time: Time) -> Option<usize> {
        let all = self.0.get(&(network, ip))?;
        let mut then =
            all.iter().filter(|(first, last, _)| *first <= time && time <= *last).map(|(.., asset)| *asset);
        if let Some(one) = then.next() {
            return then.all(|other| other == one).then_some(one);
        }
        let before =
            all.iter().filter(|(_, last, _)| *last < time).max_by_key(|(_, last, asset)| (*last, *asset));
        let after =
            all.iter().filter(|(first, ..)| *first > time).min_by_key(|(first, _, asset)| (*first, *asset));
        before.or(after).map(|(.., asset)| *asset)
    }
}

/// An answer to "who had this address then?".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holder {
    /// Whether the address was heard on it before and after that time; false:
    /// the nearest before or after, so a guess.
    pub heard_then: bool,
    /// The asset's id.
    pub asset_id: String,
    /// Its name.
    pub name: String,
    /// Network of the address.
    pub network: String,
    /// MAC it was on, empty when not known.
    pub mac: String,
    /// What binds address and MAC.
    pub proof: String,
    /// First and last time the address was heard on it.
    pub first_seen: Stamp,
    /// See `first_seen`.
    pub last_seen: Stamp,
}

/// Who had an address, at a time or (without one) ever; those heard then first.
/// One answer for each network that knows the address, more when it is contested.
pub fn who_had(inventory: &Inventory, ip: IpAddr, time: Option<Time>) -> Vec<Holder> {
    let mut all: Vec<Holder> = Vec::new();
    for asset in &inventory.assets {
        for interface in &asset.interfaces {
            for address in interface.addresses.iter().filter(|address| address.ip == ip) {
                let heard_then = time.is_none_or(|at| {
                    // Documents cut times to milliseconds.
                    let at = Stamp(Time(at.0 / 1_000_000));
                    let cut = |stamp: Stamp| Stamp(Time(stamp.0.0 / 1_000_000));
                    cut(address.first_seen) <= at && at <= cut(address.last_seen)
                });
                all.push(Holder {
                    heard_then,
                    asset_id: asset.asset_id.clone(),
                    name: asset.name.clone(),
                    network: interface.network.clone(),
                    mac: interface.mac.map_or(String::new(), |mac| mac.to_string()),
                    proof: address.proof.clone(),
                    first_seen: address.first_seen,
                    last_seen: address.last_seen,
                });
            }
        }
    }
    let Some(at) = time else {
        all.sort_by(|a, b| (&a.network, a.first_seen, a).cmp(&(&b.network, b.first_seen, b)));
        return all;
    };
    let distance = |holder: &Holder| match holder.heard_then {
        true => (0, 0),
        false if holder.last_seen.0 < at => (1, at.since(holder.last_seen.0)),
        false => (2, holder.first_seen.0.since(at)),
    };
    all.sort_by(|a, b| (&a.network, distance(a), a).cmp(&(&b.network, distance(b), b)));
    let mut kept: Vec<Holder> = Vec::new();
    for holder in all {
        let first_of_network = !kept.iter().any(|other| other.network == holder.network);
        if first_of_network || holder.heard_then {
            kept.push(holder);
        }
    }
    kept
}
