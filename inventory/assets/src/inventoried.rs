//! Which groups become assets.

use identity::Group;
use model::Interval;

use crate::config::Config;
use crate::derived;
use crate::doc::Zone;

/// `Ok` when a group is an asset; else the reason it is not, as counted in the summary.
///
/// What was heard with its own MAC is on our wire and is an asset, whatever its
/// address, unless all its addresses are configured not to be inventoried. What
/// is known by address only is an asset when an address is inventoried.
pub fn verdict(group: &Group, intervals: &[Interval], config: &Config<'_>) -> Result<(), &'static str> {
    if group.contested {
        return Err("contested");
    }
    let heard = group.pieces.iter().filter_map(|piece| intervals.get(piece.interval));
    if group.macs.is_empty() && heard.into_iter().all(derived::is_hearsay) {
        return Err("named_by_others");
    }
    let routable = group.addresses.iter().filter(|held| !identity::routers::is_link_local(held.ip));
    let zones: Vec<Zone> = routable.map(|held| (config.zone)(held.network, held.ip)).collect();
    let none_but = |zone: Zone| !zones.is_empty() && zones.iter().all(|one| *one == zone);
    if zones.contains(&Zone::Excluded) {
        return Err("excluded");
    }
    if zones.contains(&Zone::Inventoried) {
        return Ok(());
    }
    if group.macs.is_empty() {
        // Link-local addresses without a MAC still name a host on our wire.
        return match zones.iter().min() {
            None => Ok(()),
            Some(Zone::NonInventoried) => Err("non_inventoried"),
            Some(Zone::MonitoredExternal) => Err("monitored_external"),
            Some(_) => Err("external"),
        };
    }
    if none_but(Zone::NonInventoried) { Err("non_inventoried") } else { Ok(()) }
}
