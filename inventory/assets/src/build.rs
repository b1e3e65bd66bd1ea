//! From what was heard to the inventory, all at once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use identity::{Flag as Mark, Routers};
use model::{Conversation, Interval, NetworkId};

use crate::assignment::Assignment;
use crate::component::{Component, Made, Shared, component};
use crate::config::{Config, Input};
use crate::doc::{Asset, Inventory, Stamp, Summary, Talk};
use crate::holders::Holders;
use crate::{derived, fold, roles, talks};

/// Makes the inventory: a pure function of the sets in `input`. It is the union
/// of what [`component()`] makes of every component.
pub fn build(input: &Input<'_>, config: &Config<'_>) -> Inventory {
    let conversations = fold::conversations(input.conversations);
    let derived = derived::service_ports(conversations.iter().copied());
    let intervals = fold::intervals(input.intervals.iter().chain(&derived));
    let internal = config.internal();
    let routers = Routers::find(&intervals, &config.knowledge(&internal));
    let assignment = Assignment::learn(&intervals);
    let shared = Shared { routers: &routers, assignment: &assignment, config };
    let in_force = identity::assertion::in_force(input.assertions);
    let by_end = ByEnd::of(&conversations);
    let mut all = Made::default();
    for part in identity::parts(&intervals, &in_force, &routers, &config.identity) {
        let mine: Vec<&Interval> = part.intervals.iter().filter_map(|at| intervals.get(*at)).collect();
        let talks = by_end.with(&mine);
        let made = component(
            &Component {
                intervals: &mine,
                addresses: &[],
                routers: &part.routers,
                in_force: &in_force,
                conversations: &talks,
            },
            &shared,
        );
        all.assets.extend(made.assets);
        all.holds.extend(made.holds);
        all.in_assets += made.in_assets;
        for (reason, number) in made.not_assets {
            *all.not_assets.entry(reason).or_default() += number;
        }
    }
    all.assets.sort_by(|a, b| a.asset_id.cmp(&b.asset_id));
    let holders = Holders::of(&all.holds);
    let talks: Vec<Talk> = conversations
        .into_iter()
        .map(|conversation| {
            talks::talk(conversation, |network, ip, time| holders.at(network, ip, time), config)
        })
        .collect();
    let mut summary = Summary { not_assets: all.not_assets, ..Summary::default() };
    summary.observations = intervals.len() as u64;
    summary.in_assets = all.in_assets;
    summary.in_others = summary.observations - summary.in_assets;
    count(&mut summary, &all.assets, &talks, &intervals);
    Inventory { assets: all.assets, conversations: talks, summary }
}

/// Conversations by their ends.
struct ByEnd<'a>(BTreeMap<(NetworkId, IpAddr), Vec<(usize, &'a Conversation)>>);

impl<'a> ByEnd<'a> {
    fn of(conversations: &[&'a Conversation]) -> ByEnd<'a> {
        let mut ends: BTreeMap<(NetworkId, IpAddr), Vec<(usize, &'a Conversation)>> = BTreeMap::new();
        for (at, conversation) in conversations.iter().enumerate() {
            for ip in [conversation.client, conversation.server] {
                ends.entry((conversation.network, ip)).or_default().push((at, conversation));
            }
        }
        ByEnd(ends)
    }

    /// Those with an end at one of the addresses of some intervals.
    fn with(&self, intervals: &[&Interval]) -> Vec<&'a Conversation> {
        let ends: BTreeSet<(NetworkId, IpAddr)> = intervals
            .iter()
            .filter_map(|interval| Some((interval.sighting.network, interval.sighting.ip?)))
            .collect();
        let found: BTreeMap<usize, &Conversation> =
            ends.iter().filter_map(|end| self.0.get(end)).flatten().copied().collect();
        found.into_values().collect()
    }
}

fn count(summary: &mut Summary, assets: &[Asset], talks: &[Talk], intervals: &[Interval]) {
    summary.assets = assets.len() as u64;
    let add = |counts: &mut BTreeMap<String, u64>, of: &str| *counts.entry(of.to_owned()).or_default() += 1;
    for asset in assets {
        add(&mut summary.by_category, &asset.category);
        add(&mut summary.by_type, &asset.kind);
        let flagged = |name: &str| u64::from(asset.flags.iter().any(|flag| flag.name == name));
        summary.routers += u64::from(asset.roles.iter().any(|role| role.name == "router"));
        summary.nat_suspects += flagged(roles::NAT_SUSPECT);
        summary.review += flagged(Mark::REVIEW);
    }
    summary.conversations = talks.len() as u64;
    for talk in talks {
        summary.flows = summary.flows.saturating_add(talk.flows);
        summary.packets = summary.packets.saturating_add(talk.packets[0]).saturating_add(talk.packets[1]);
        summary.bytes = summary.bytes.saturating_add(talk.bytes[0]).saturating_add(talk.bytes[1]);
        summary.copies = summary.copies.saturating_add(talk.copies[0]).saturating_add(talk.copies[1]);
    }
    let firsts = intervals.iter().map(|i| Stamp(i.first)).chain(talks.iter().map(|talk| talk.first_seen));
    let lasts = intervals.iter().map(|i| Stamp(i.last)).chain(talks.iter().map(|talk| talk.last_seen));
    summary.first_seen = firsts.min();
    summary.last_seen = lasts.max();
}
