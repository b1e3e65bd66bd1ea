//! What MACs and addresses have in common, and what that says of them: shared
//! docks and rotating private MACs are known by behaviour.

use std::collections::{BTreeMap, BTreeSet};

use model::{Interval, Mac, Time};

use crate::names::{client_id_key, hostname_key};
use crate::place::{Placed, Span};
use crate::{Config, Key};

/// Names and identifiers of the MACs and addresses of a component.
#[derive(Debug, Default)]
pub struct Traits<'p> {
    /// Hostname keys, and who was heard with each.
    pub names: BTreeMap<Key, BTreeSet<&'p Key>>,
    /// Client identifiers, and who was heard with each.
    pub client_ids: BTreeMap<Key, BTreeSet<&'p Key>>,
    /// For each MAC or address and observed field: its names and when.
    by_field: BTreeMap<(&'p Key, String), BTreeMap<Key, Span>>,
}

impl<'p> Traits<'p> {
    /// Collects them.
    pub fn gather(placed: &'p Placed, intervals: &[&Interval], config: &Config) -> Traits<'p> {
        let mut traits = Traits::default();
        for (atom, pieces) in &placed.atoms {
            for piece in pieces {
                let interval = intervals[piece.interval];
                if let Some(id) = client_id_key(interval) {
                    traits.client_ids.entry(id).or_default().insert(atom);
                }
                let Some(name) = hostname_key(interval, config) else {
                    continue;
                };
                let times = traits.by_field.entry((atom, interval.field.to_string())).or_default();
                let span = times.entry(name.clone()).or_insert(Span { first: piece.first, last: piece.last });
                span.first = span.first.min(piece.first);
                span.last = span.last.max(piece.last);
                traits.names.entry(name).or_default().insert(atom);
            }
        }
        traits
    }
}

/// How close the names of a shared MAC are: 30 days.
const SHARED_WITHIN: u64 = 30 * 86_400 * Time::SECOND;

/// MACs and addresses with several names of one source within 30 days (a dock,
/// a USB adapter, a NAT router), each with its names.
pub fn shared<'t>(traits: &'t Traits<'_>, config: &Config) -> impl Iterator<Item = (&'t Key, String)> {
    let many = config.shared_mac_hostnames.max(2);
    let mut found: BTreeMap<&Key, BTreeSet<String>> = BTreeMap::new();
    for ((atom, _), names) in &traits.by_field {
        let mut spans: Vec<(&Span, &Key)> = names.iter().map(|(name, span)| (span, name)).collect();
        spans.sort_by_key(|(span, name)| (span.first, span.last, *name));
        let close = spans
            .windows(many)
            .any(|window| window[many - 1].0.first.since(window[0].0.last) <= SHARED_WITHIN);
        if close {
            found.entry(atom).or_default().extend(names.keys().map(Key::to_string));
        }
    }
    found.into_iter().map(|(key, names)| (key, names.into_iter().take(8).collect::<Vec<_>>().join(", ")))
}

/// Private MACs that rotate: another private MAC of the same network had the
/// same name or client identifier at another time. Two at the same time are two
/// interfaces.
pub fn rotating<'p>(placed: &'p Placed, traits: &Traits<'p>) -> BTreeSet<&'p Key> {
    let mut found = BTreeSet::new();
    let span = |key: &Key| match key {
        Key::LocalMac { network, .. } => {
            placed.macs.get(&(*network, key.clone())).map(|span| (*network, *span))
        }
        _ => None,
    };
    for atoms in traits.names.values().chain(traits.client_ids.values()) {
        let locals: Vec<_> = atoms.iter().filter_map(|key| Some((*key, span(key)?))).collect();
        // In order of time one neighbour each way tells, so this stays linear.
        let mut locals: Vec<_> =
            locals.into_iter().map(|(key, (network, span))| (network, span.first, span.last, key)).collect();
        locals.sort();
        let mut ended: Option<(model::NetworkId, Time, &Key)> = None;
        for (network, first, last, key) in locals {
            match ended {
                Some((of, end, before)) if of == network => {
                    if end < first {
                        found.extend([before, key]);
                    }
                    if last < end {
                        ended = Some((network, last, key));
                    }
                }
                _ => ended = Some((network, last, key)),
            }
        }
    }
    found
}

/// A private MAC that is known to stay: heard for a day, or of a block that
/// hypervisors and container engines use (QEMU/KVM 52:54:00, Docker 02:42,
/// VirtualBox host-only 0a:00:27; their manuals).
pub fn stable(mac: Mac, span: Span) -> bool {
    let virtual_machine = matches!(mac.0, [0x52, 0x54, 0x00, ..] | [0x02, 0x42, ..] | [0x0a, 0x00, 0x27, ..]);
    virtual_machine || span.last.since(span.first) >= 86_400 * Time::SECOND
}
