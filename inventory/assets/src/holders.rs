//! Which asset had an address at a time.

use std::collections::BTreeMap;
use std::net::IpAddr;

use model::{NetworkId, Time};
use serde::{Deserialize, Serialize};

use crate::doc::{Inventory, Stamp};

/// That an asset had an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hold {
    /// Network of the address.
    pub network: NetworkId,
    /// The address.
    pub ip: IpAddr,
    /// First and last time it was heard on the asset.
    pub first: Time,
    /// See `first`.
    pub last: Time,
    /// Id of the asset.
    pub asset: String,
}

/// Holders of every address.
#[derive(Clone, Debug, Default)]
pub struct Holders<'a>(BTreeMap<(NetworkId, IpAddr), Vec<&'a Hold>>);

impl<'a> Holders<'a> {
    /// From all that is known of them.
    pub fn of(holds: &'a [Hold]) -> Holders<'a> {
        let mut by_address: BTreeMap<(NetworkId, IpAddr), Vec<&Hold>> = BTreeMap::new();
        for hold in holds {
            by_address.entry((hold.network, hold.ip)).or_default().push(hold);
        }
        Holders(by_address)
    }

    /// The asset that had an address at a time; see [`holder_at`].
    pub fn at(&self, network: NetworkId, ip: IpAddr, time: Time) -> Option<String> {
        holder_at(self.0.get(&(network, ip))?.iter().copied(), time).map(str::to_owned)
    }
}

/// Of all holds of one address, the id of the one asset that had it: heard with
/// it then, or else nearest before, or else nearest after. `None` when nobody or
/// several had it.
pub fn holder_at<'a>(holds: impl Iterator<Item = &'a Hold> + Clone, time: Time) -> Option<&'a str> {
    let mut then = holds.clone().filter(|hold| hold.first <= time && time <= hold.last);
    if let Some(one) = then.next() {
        return then.all(|other| other.asset == one.asset).then_some(&one.asset);
    }
    let before = holds.clone().filter(|hold| hold.last < time).max_by_key(|hold| (hold.last, &hold.asset));
    let after = holds.filter(|hold| hold.first > time).min_by_key(|hold| (hold.first, &hold.asset));
    before.or(after).map(|hold| hold.asset.as_str())
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
