//! What to call an asset: every name heard, best source first.

use std::collections::BTreeMap;

use identity::Piece;
use identity::names::own_name;
use model::Interval;

use crate::doc::{Hostname, Stamp};

/// Sources of names, best first: what the host says of itself before what others
/// say of it, and what people chose before what a maker did.
const SOURCES: &[&str] = &[
    "dhcp.hostname",
    "ntlm.computer",
    "snmp.sysname",
    "lldp.system_name",
    "cdp.system_name",
    "cdp.device_id",
    "mdns.hostname",
    "nbns.name",
    "browser.hostname",
    "llmnr.hostname",
    "ntlm.workstation",
    "dhcp.fqdn",
    "dhcpv6.fqdn",
    "ntlm.dns_computer",
    "dcp.station_name",
    "s7.plc_name",
    "dns.update",
    "dns.name",
    "dns.ptr",
    "upnp.friendly_name",
];

/// All names of some pieces, best first; one source says a name once.
pub fn all(pieces: &[Piece], intervals: &[Interval]) -> Vec<Hostname> {
    let mut found: BTreeMap<(usize, String), (Stamp, Stamp)> = BTreeMap::new();
    for piece in pieces {
        let interval = &intervals[piece.interval];
        let Some(rank) = SOURCES.iter().position(|source| *source == interval.field) else {
            continue;
        };
        let name = own_name(interval).map(|name| name.into_owned()).or_else(|| given_name(interval));
        let Some(name) = name else { continue };
        let (first, last) = found.entry((rank, name)).or_insert((Stamp(piece.first), Stamp(piece.last)));
        *first = (*first).min(Stamp(piece.first));
        *last = (*last).max(Stamp(piece.last));
    }
    let name = |((rank, name), (first_seen, last_seen)): ((usize, String), (Stamp, Stamp))| Hostname {
        name,
        source: SOURCES[rank].to_owned(),
        first_seen,
        last_seen,
    };
    let mut names: Vec<Hostname> = found.into_iter().map(name).collect();
    // Of one source, the name heard last is the one in use.
    let rank = |name: &Hostname| SOURCES.iter().position(|source| *source == name.source);
    names.sort_by(|a, b| (rank(a), b.last_seen, &a.name).cmp(&(rank(b), a.last_seen, &b.name)));
    names
}

/// A name that is no identity key: given by others or by the maker.
fn given_name(interval: &Interval) -> Option<String> {
    let given = matches!(
        &*interval.field,
        "dns.update" | "dns.name" | "dns.ptr" | "s7.plc_name" | "upnp.friendly_name"
    );
    (given && !interval.value.is_empty()).then(|| interval.value.trim_end_matches('.').to_owned())
}
