//! One component to its assets: the unit of work, whoever found the component.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use identity::{Assertion, Context, Group, Presence, Routers};
use model::{Conversation, Interval, NetworkId};

use crate::assignment::Assignment;
use crate::classify::Candidates;
use crate::config::Config;
use crate::doc::{Asset, Talk};
use crate::holders::{Hold, Holders};
use crate::maker::Maker;
use crate::{derived, fold, ids, inventoried, talks};

/// What was heard and said of one component. Order and repeats do not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Component<'a> {
    /// All intervals of its members, of all sensors, folded or not.
    pub intervals: &'a [&'a Interval],
    /// Addresses of its members ([`identity::Live::addresses`]); those of the
    /// intervals need not be given again.
    pub addresses: &'a [(NetworkId, IpAddr)],
    /// Its routers ([`identity::Live::routers_of`]).
    pub routers: &'a [Presence],
    /// Assertions in force ([`identity::Live::in_force`]); those of other
    /// components change nothing.
    pub in_force: &'a [&'a Assertion],
    /// Conversations with an end at one of the addresses, all of them; others
    /// change nothing.
    pub conversations: &'a [&'a Conversation],
}

/// What all components share.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    /// Which MACs relay, and which were heard ([`identity::Live::routers`]).
    pub routers: &'a Routers,
    /// How addresses are given in the networks.
    pub assignment: &'a Assignment,
    /// How to make documents.
    pub config: &'a Config<'a>,
}

/// What became of a component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// Its assets, by id.
    pub assets: Vec<Asset>,
    /// Which asset had which address when, for [`Holders`] and so for both ends of
    /// conversations.
    pub holds: Vec<Hold>,
    /// Devices that are no assets, by reason (`external`, `contested` …).
    pub not_assets: BTreeMap<String, u64>,
    /// Intervals that stand in an asset, derived ones included.
    pub in_assets: u64,
}

/// Makes the assets of one component: a pure function of the sets given.
/// Observations that its conversations make (`service.port`) are added here.
pub fn component(component: &Component<'_>, shared: &Shared<'_>) -> Made {
    let Shared { routers, assignment, config } = *shared;
    let here: BTreeSet<(NetworkId, IpAddr)> = component
        .intervals
        .iter()
        .filter_map(|interval| Some((interval.sighting.network, interval.sighting.ip?)))
        .chain(component.addresses.iter().copied())
        .collect();
    let conversations = fold::conversations(component.conversations.iter().copied());
    let served = conversations.iter().copied().filter(|c| here.contains(&(c.network, c.server)));
    let derived = derived::service_ports(served);
    let intervals = fold::intervals(component.intervals.iter().copied().chain(&derived));
    let internal = config.internal();
    let knowledge = config.knowledge(&internal);
    let context = Context { routers, knowledge: &knowledge, config: &config.identity };
    let each: Vec<&Interval> = intervals.iter().collect();
    let groups = identity::resolve(&each, component.routers, component.in_force, &context);
    let mut made = Made::default();
    let mut kept: Vec<(String, Group)> = Vec::new();
    let mut shown: BTreeSet<usize> = BTreeSet::new();
    for group in groups {
        match (inventoried::verdict(&group, &intervals, config), group.keys.first()) {
            (Ok(()), Some(key)) => {
                shown.extend(group.pieces.iter().map(|piece| piece.interval));
                kept.push((ids::asset_id(key), group));
            }
            (Err(reason), _) => *made.not_assets.entry(reason.to_owned()).or_default() += 1,
            (Ok(()), None) => {}
        }
    }
    kept.sort_by(|a, b| a.0.cmp(&b.0));
    made.in_assets = shown.len() as u64;
    for (id, group) in &kept {
        made.holds.extend(group.addresses.iter().map(|held| Hold {
            network: held.network,
            ip: held.ip,
            first: held.first,
            last: held.last,
            asset: id.clone(),
        }));
    }
    let holders = Holders::of(&made.holds);
    let mut sides: BTreeMap<&str, [Vec<&Talk>; 2]> = BTreeMap::new();
    let talks: Vec<Talk> = conversations
        .into_iter()
        .map(|conversation| {
            talks::talk(conversation, |network, ip, time| holders.at(network, ip, time), config)
        })
        .collect();
    for talk in &talks {
        for (side, id) in [&talk.client_asset, &talk.server_asset].into_iter().enumerate() {
            if let Some(list) = id.as_deref().and_then(|id| sides.entry(id).or_default().get_mut(side)) {
                list.push(talk);
            }
        }
    }
    let maker = Maker { intervals: &intervals, candidates: Candidates::new(&intervals), assignment, config };
    let none = [Vec::new(), Vec::new()];
    let asset =
        |(id, group): &(String, Group)| maker.asset(id, group, sides.get(id.as_str()).unwrap_or(&none));
    made.assets = kept.iter().map(asset).collect();
    made
}
