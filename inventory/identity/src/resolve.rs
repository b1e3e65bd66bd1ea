//! One component to groups: everything together.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use model::{Interval, Mac, MacKind, NetworkId, Time};

use crate::assertion::{Assertion, in_force};
use crate::group::{Flag, Group, Held, Joined, MacNature, MacSeen};
use crate::index::{KeyIndex, MemoryIndex, keys_of, of_all_time};
use crate::join::{Edge, MAX_EVIDENCE, Said, Unified, unify};
use crate::names::{client_id_key, hostname_key, named_mac};
use crate::place::{Placed, Presence, Span, place};
use crate::routers::Reason;
use crate::tenure::{Claim, Context, Severed, Tenures};
use crate::traits::{Traits, rotating, shared, stable};
use crate::{Config, Key, Knowledge, Proof, Routers, Rule, pairs};

/// A component found from scratch.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Indices of its intervals.
    pub intervals: Vec<usize>,
    /// Its routers.
    pub routers: Vec<Presence>,
}

/// Parts everything that was heard into components, from scratch, in order of
/// their smallest keys. ([`crate::Live`] keeps them instead.)
pub fn parts(
    intervals: &[Interval],
    in_force: &[&Assertion],
    routers: &Routers,
    config: &Config,
) -> Vec<Part> {
    let mut index = MemoryIndex::default();
    let mut first_keys = Vec::with_capacity(intervals.len());
    for interval in intervals {
        let keys = keys_of(interval, routers, config);
        index.link(&keys);
        first_keys.push(keys.into_iter().next());
    }
    for assertion in in_force {
        let keys: Vec<Key> = assertion.act.keys().into_iter().map(of_all_time).collect();
        index.link(&keys);
    }
    let mut parts: BTreeMap<Option<Key>, Part> = BTreeMap::new();
    let mut present: BTreeMap<(NetworkId, Mac), Span> = BTreeMap::new();
    for (at, (interval, key)) in intervals.iter().zip(&first_keys).enumerate() {
        let component = key.as_ref().and_then(|key| index.component_of(key));
        parts.entry(component).or_default().intervals.push(at);
        let network = interval.sighting.network;
        if let Some(mac) = interval.sighting.mac.filter(|mac| routers.get(network, *mac).is_some()) {
            let whole = Span { first: interval.first, last: interval.last };
            present.entry((network, mac)).or_insert(whole).take(whole);
        }
    }
    for ((network, mac), span) in present {
        if let Some(key) = Key::of_mac(network, mac) {
            let component = index.component_of(&key).unwrap_or(key);
            parts.entry(Some(component)).or_default().routers.push(Presence { network, mac, span });
        }
    }
    parts.into_values().collect()
}

/// Everything that was heard, to devices: finds routers and components, and
/// resolves each. Pieces index `intervals`, which must be folded (no key twice).
/// The order of the groups is that of their strongest keys.
pub fn resolve_all(
    intervals: &[Interval],
    assertions: &[Assertion],
    knowledge: &Knowledge<'_>,
    config: &Config,
) -> Vec<Group> {
    let routers = Routers::find(intervals, knowledge);
    let force = in_force(assertions);
    let context = Context { routers: &routers, knowledge, config };
    let mut groups = Vec::new();
    for part in parts(intervals, &force, &routers, config) {
        let held: Vec<&Interval> = part.intervals.iter().map(|at| &intervals[*at]).collect();
        let mut made = resolve(&held, &part.routers, &force, &context);
        for group in &mut made {
            group.pieces.iter_mut().for_each(|piece| piece.interval = part.intervals[piece.interval]);
            let evidence = group.joins.iter_mut().flat_map(|join| join.evidence.iter_mut());
            evidence.for_each(|at| *at = part.intervals[*at]);
        }
        groups.append(&mut made);
    }
    groups.sort_by(|a, b| (a.contested, &a.keys).cmp(&(b.contested, &b.keys)));
    groups
}

/// One component to groups: a pure function of the sets of its intervals
/// (folded: no key twice) and of the assertions in force
/// ([`crate::assertion::in_force`]; those that speak of other components' keys
/// change nothing). Pieces index `intervals`; `routers` are the component's.
pub fn resolve(
    intervals: &[&Interval],
    routers: &[Presence],
    in_force: &[&Assertion],
    context: &Context<'_>,
) -> Vec<Group> {
    let severed = Severed::read(in_force);
    let pairs = pairs::gather(intervals.iter().copied());
    let tenures = Tenures::settle(&pairs, intervals, &severed, context);
    let mut placed = place(intervals, &tenures, context);
    placed.note_routers(routers.iter().copied());
    let traits = Traits::gather(&placed, intervals, context.config);
    let said = Said::settle(in_force);
    let rotating = rotating(&placed, &traits);
    let edges = edges(&placed, &traits, &rotating, intervals, context);
    let homes = homes(&tenures);
    let home = |key: &Key| match placed.atoms.contains_key(key) {
        true => key.clone(),
        false => homes.get(key).cloned().unwrap_or_else(|| key.clone()),
    };
    let (unified, cut) = unify_bounded(&placed, edges, &said, &home, &tenures, context.config);

    let mut group_of: BTreeMap<&Key, &Key> = BTreeMap::new();
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    for (name, keys) in &unified.devices {
        if !keys.iter().any(|key| placed.atoms.contains_key(key)) {
            continue;
        }
        group_of.extend(keys.iter().map(|key| (key, name)));
        let mut group = Group { keys: keys.clone(), ..Group::default() };
        for key in keys {
            group.pieces.extend(placed.atoms.get(key).into_iter().flatten());
        }
        if let Some(why) = cut.get(name) {
            group.flags.insert(Flag::new(Flag::REVIEW, why.clone()));
        }
        groups.insert(name.clone(), group);
    }
    for ((network, key), span) in &placed.macs {
        let (Some(mac), Some(group)) = (key.mac(), group_of.get(key).and_then(|name| groups.get_mut(*name)))
        else {
            continue;
        };
        let router = context.routers.get(*network, mac);
        let nature = match mac.kind() {
            MacKind::Universal | MacKind::Group => MacNature::Universal,
            MacKind::Local if rotating.contains(key) => MacNature::LocalRotating,
            MacKind::Local if router.is_some() || stable(mac, *span) => MacNature::LocalStable,
            MacKind::Local => MacNature::Local,
        };
        let (first, last) = (span.first, span.last);
        group.macs.push(MacSeen { network: *network, mac, nature, router, first, last });
        match router {
            Some(Reason::VirtualMac) => {
                group.flags.insert(Flag::new(Flag::VIRTUAL_ROUTER, Reason::VirtualMac.words()));
            }
            Some(reason) => {
                group.flags.insert(Flag::new(Flag::ROUTER, reason.words()));
            }
            None => {}
        }
    }
    hold_addresses(&mut groups, &group_of, &tenures, &placed);
    for (key, names) in shared(&traits, context.config) {
        if let Some(group) = group_of.get(key).and_then(|name| groups.get_mut(*name)) {
            group.flags.insert(Flag::new(
                Flag::SHARED,
                format!("{key} was heard with the names {names}; it no longer joins by name"),
            ));
        }
    }
    explain(&mut groups, &group_of, &unified, &placed, &tenures, intervals);
    place_contested(&mut groups, &group_of, &tenures, placed.contested);
    for group in groups.values_mut() {
        finish(group, &said);
    }
    groups.into_values().collect()
}

/// The MAC key that holds each address key.
fn homes(tenures: &Tenures) -> BTreeMap<Key, Key> {
    let mut homes = BTreeMap::new();
    for (network, ip, claims) in tenures.iter() {
        for claim in claims {
            if let Some(mac) = Key::of_mac(network, claim.mac) {
                homes.entry(Key::Ip { network, ip, since: claim.since }).or_insert(mac);
            }
        }
    }
    homes
}

/// When something was heard, and the interval.
type Moments = BTreeSet<(Time, usize)>;
/// An interval that binds an address to a MAC: best proof first, then by time.
type Binding = (Proof, Time, usize);

/// What joins: names, client identifiers, other MACs the host says it has.
fn edges(
    placed: &Placed,
    traits: &Traits<'_>,
    rotating: &BTreeSet<&Key>,
    intervals: &[&Interval],
    context: &Context<'_>,
) -> BTreeSet<Edge> {
    let blocked: BTreeSet<&Key> = shared(traits, context.config).map(|(key, _)| key).collect();
    let mobile = |atom: &Key| {
        let heard: Vec<&Interval> =
            placed.atoms[atom].iter().map(|piece| intervals[piece.interval]).collect();
        (context.knowledge.mobile)(&heard)
    };
    let mut found: BTreeMap<(Rule, &Key, Key), Moments> = BTreeMap::new();
    for (atom, pieces) in &placed.atoms {
        for piece in pieces {
            let interval = intervals[piece.interval];
            let at = (piece.first, piece.interval);
            let mut say = |rule, shared: Option<Key>| {
                if let Some(shared) = shared.filter(|shared| shared != atom) {
                    found.entry((rule, atom, shared)).or_default().insert(at);
                }
            };
            say(Rule::R2, named_mac(interval).map(|mac| Key::Mac { mac }));
            // Cloned virtual machines share identifiers at the same time: they do not rotate.
            if rotating.contains(atom) {
                say(Rule::R2Private, client_id_key(interval));
            }
            if !blocked.contains(atom) {
                say(Rule::R3, hostname_key(interval, context.config));
            }
        }
    }
    // Only names that two share are worth the question whether one is mobile.
    let lone: BTreeSet<&Key> =
        traits.names.iter().filter(|(_, atoms)| atoms.len() < 2).map(|(name, _)| name).collect();
    let mut mobiles: BTreeMap<&Key, bool> = BTreeMap::new();
    found.retain(|(rule, atom, name), _| {
        *rule != Rule::R3 || lone.contains(name) || !*mobiles.entry(atom).or_insert_with(|| mobile(atom))
    });
    let edge = |((rule, atom, shared), evidence): ((Rule, &Key, Key), Moments)| Edge {
        rule,
        atom: atom.clone(),
        shared,
        evidence: evidence.into_iter().take(MAX_EVIDENCE).map(|(_, at)| at).collect(),
    };
    found.into_iter().map(edge).collect()
}

/// [`unify`], and again without the weakest kind of key where more keys hang
/// together than is believable. Says what was cut, by device.
fn unify_bounded(
    placed: &Placed,
    mut edges: BTreeSet<Edge>,
    said: &Said<'_>,
    home: &dyn Fn(&Key) -> Key,
    tenures: &Tenures,
    config: &Config,
) -> (Unified, BTreeMap<Key, String>) {
    let mut cut = BTreeMap::new();
    let mut unified = unify(placed.atoms.keys(), &edges, said, home);
    let mut held: BTreeMap<Key, usize> = BTreeMap::new();
    for (network, _, claims) in tenures.iter() {
        for claim in claims {
            *held
                .entry(Key::of_mac(network, claim.mac).unwrap_or(Key::Mac { mac: claim.mac }))
                .or_default() += 1;
        }
    }
    for weakest in [Rule::R3, Rule::R2Private, Rule::R2] {
        let size =
            |keys: &BTreeSet<Key>| keys.len() + keys.iter().filter_map(|key| held.get(key)).sum::<usize>();
        let large: Vec<(BTreeSet<Key>, usize)> = unified
            .devices
            .values()
            .map(|keys| (keys.clone(), size(keys)))
            .filter(|(keys, size)| {
                *size > config.max_component_keys
                    && edges.iter().any(|e| e.rule == weakest && keys.contains(&e.atom))
            })
            .collect();
        if large.is_empty() {
            continue;
        }
        edges.retain(|edge| edge.rule != weakest || !large.iter().any(|(keys, _)| keys.contains(&edge.atom)));
        unified = unify(placed.atoms.keys(), &edges, said, home);
        for (name, keys) in &unified.devices {
            for (of, size) in &large {
                if keys.iter().any(|key| of.contains(key)) {
                    let words = weakest.words();
                    cut.insert(
                        name.clone(),
                        format!("{size} keys hung together; the rule \"{words}\" was set aside for them"),
                    );
                }
            }
        }
    }
    (unified, cut)
}

fn hold_addresses(
    groups: &mut BTreeMap<Key, Group>,
    group_of: &BTreeMap<&Key, &Key>,
    tenures: &Tenures,
    placed: &Placed,
) {
    for (network, ip, claims) in tenures.iter() {
        for claim in claims {
            let Some(mac) = Key::of_mac(network, claim.mac) else {
                continue;
            };
            let Some(name) = group_of.get(&mac) else {
                continue;
            };
            let proven = |claim: &Claim| claim.proof < Proof::Eui64;
            let rival = claims.iter().find(|other| {
                let theirs = Key::of_mac(network, other.mac);
                other.mac != claim.mac
                    && proven(other)
                    && proven(claim)
                    && other.first <= claim.last
                    && claim.first <= other.last
                    && theirs.as_ref().and_then(|key| group_of.get(key)) != Some(name)
            });
            let Some(group) = groups.get_mut(*name) else {
                continue;
            };
            if let Some(rival) = rival {
                let because = format!("{ip} is also claimed by {} in the same time", rival.mac);
                group.flags.insert(Flag::new(Flag::DUPLICATE_IP, because));
            }
            group.keys.insert(Key::Ip { network, ip, since: claim.since });
            group.addresses.push(held(network, ip, claim));
        }
    }
    for (key, pieces) in &placed.atoms {
        let Key::Ip { network, ip, .. } = *key else {
            continue;
        };
        let Some(group) = group_of.get(key).and_then(|name| groups.get_mut(*name)) else {
            continue;
        };
        let (Some(first), Some(last)) =
            (pieces.iter().map(|p| p.first).min(), pieces.iter().map(|p| p.last).max())
        else {
            continue;
        };
        let count = pieces.iter().map(|piece| piece.count).max().unwrap_or(0);
        group.addresses.push(Held {
            network,
            ip,
            mac: None,
            proof: None,
            first,
            last,
            count,
            lease_until: None,
        });
    }
}

fn held(network: NetworkId, ip: IpAddr, claim: &Claim) -> Held {
    Held {
        network,
        ip,
        mac: Some(claim.mac),
        proof: Some(claim.proof),
        first: claim.first,
        last: claim.last,
        count: claim.count,
        lease_until: claim.lease_until,
    }
}

/// Writes down which rule joined what: addresses to their MAC (R6), whatever two
/// or more MACs or addresses share, and what users merged.
fn explain(
    groups: &mut BTreeMap<Key, Group>,
    group_of: &BTreeMap<&Key, &Key>,
    unified: &Unified,
    placed: &Placed,
    tenures: &Tenures,
    intervals: &[&Interval],
) {
    let mut sharers: BTreeMap<&Key, usize> = BTreeMap::new();
    for edge in &unified.taken {
        *sharers.entry(&edge.shared).or_default() += 1;
    }
    for edge in &unified.taken {
        let joins_two =
            sharers[&edge.shared] > 1 || placed.atoms.contains_key(&edge.shared) || edge.rule == Rule::R2;
        if let Some(group) =
            group_of.get(&edge.atom).and_then(|name| groups.get_mut(*name)).filter(|_| joins_two)
        {
            let Edge { rule, atom, shared, evidence } = edge.clone();
            group.joins.push(Joined { rule, a: atom, b: shared, evidence });
        }
    }
    for (a, b) in &unified.merged {
        if let Some(group) = group_of.get(a).and_then(|name| groups.get_mut(*name)) {
            group.joins.push(Joined {
                rule: Rule::Asserted,
                a: a.clone(),
                b: b.clone(),
                evidence: Vec::new(),
            });
        }
    }
    let mut binding: BTreeMap<(NetworkId, Mac, IpAddr), BTreeSet<Binding>> = BTreeMap::new();
    for (at, interval) in intervals.iter().enumerate() {
        if let Some((network, mac, ip, proof)) = Proof::of(interval) {
            binding.entry((network, mac, ip)).or_default().insert((proof, interval.first, at));
        }
    }
    for (network, ip, claims) in tenures.iter() {
        for claim in claims {
            let Some(mac) = Key::of_mac(network, claim.mac) else {
                continue;
            };
            let Some(group) = group_of.get(&mac).and_then(|name| groups.get_mut(*name)) else {
                continue;
            };
            let evidence = binding.get(&(network, claim.mac, ip)).into_iter().flatten();
            let evidence = evidence.take(MAX_EVIDENCE).map(|(.., at)| *at).collect();
            group.joins.push(Joined {
                rule: Rule::R6,
                a: mac,
                b: Key::Ip { network, ip, since: claim.since },
                evidence,
            });
        }
    }
}

/// What was heard of an address while several MACs claimed it is theirs if they
/// are one device, and nobody's otherwise.
fn place_contested(
    groups: &mut BTreeMap<Key, Group>,
    group_of: &BTreeMap<&Key, &Key>,
    tenures: &Tenures,
    contested: BTreeMap<(NetworkId, IpAddr), Vec<crate::Piece>>,
) {
    for ((network, ip), pieces) in contested {
        let owners: BTreeSet<Option<&&Key>> = tenures
            .claims(network, ip)
            .iter()
            .map(|claim| Key::of_mac(network, claim.mac).and_then(|key| group_of.get(&key)))
            .collect();
        let one = owners.first().copied().flatten().filter(|_| owners.len() == 1);
        match one.and_then(|name| groups.get_mut(*name)) {
            Some(group) => group.pieces.extend(pieces),
            None => {
                // Its name cannot be an atom's: no atom of an address begins at the end of time.
                let key = Key::Ip { network, ip, since: Time(u64::MAX) };
                let keys = BTreeSet::from([key.clone()]);
                groups.insert(key, Group { keys, pieces, contested: true, ..Group::default() });
            }
        }
    }
}

fn finish(group: &mut Group, said: &Said<'_>) {
    group.pieces.sort();
    group.addresses.sort();
    group.joins.sort();
    group.never = said.never_of(&group.keys);
    let private = !group.macs.is_empty()
        && group.macs.iter().all(|seen| matches!(seen.nature, MacNature::Local | MacNature::LocalRotating));
    if private {
        let rotates = group.macs.iter().any(|seen| seen.nature == MacNature::LocalRotating);
        let because = if rotates {
            "its MAC is locally administered and it was heard with another one"
        } else {
            "its MAC is locally administered; whether it changes is not known"
        };
        group.flags.insert(Flag::new(Flag::PRIVATE_ADDRESS, because));
    }
}
