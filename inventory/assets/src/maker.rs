//! One group to one asset.

use std::collections::BTreeSet;

use fingerprint::Attribute as Named;
use identity::{Flag as Mark, Group, Key};
use model::Interval;

use crate::assignment::Assignment;
use crate::classify::{self, Candidates, Decided};
use crate::config::Config;
use crate::doc::{Asset, Identity, IdentityKey, Join, Observation, Os, Role, Stamp, Talk};
use crate::interfaces;
use crate::{names, roles, services};

/// Makes one asset of a component after the other.
pub struct Maker<'a> {
    /// The component's intervals, folded.
    pub intervals: &'a [Interval],
    /// What the fingerprints conclude from each.
    pub candidates: Candidates<'a>,
    /// How addresses are given in the networks.
    pub assignment: &'a Assignment,
    /// How to make documents.
    pub config: &'a Config<'a>,
}

impl Maker<'_> {
    /// The document of a group; the talks are those it has a side in.
    pub fn asset(&self, id: &str, group: &Group, [as_client, as_server]: &[Vec<&Talk>; 2]) -> Asset {
        let (decided, heard) = classify::decide(group, &self.candidates);
        let value = |attribute| classify::value(&decided, attribute).map(str::to_owned);
        let hostnames = names::all(&group.pieces, self.intervals);
        let interfaces = interfaces::all(group, self.intervals, self.assignment, self.config);
        let roles = roles::roles(group, &decided, self.intervals);
        let (category, kind, confidence) = kind(&decided, &roles, group);
        let model = value(Named::Model);
        let (name, name_source) = self.name(&decided, &hostnames, model.as_deref(), group);
        let (first, last) = interfaces::span(group);
        let attributes = decided.iter().map(|one| classify::document(one, &heard, self.intervals)).collect();
        Asset {
            asset_id: id.to_owned(),
            name,
            name_source,
            category,
            kind,
            maker: value(Named::Maker),
            model,
            os: value(Named::Os).map(|os| Os { family: fingerprint::os_family(&os).to_owned(), value: os }),
            serial: value(Named::Serial),
            firmware: value(Named::Firmware),
            confidence,
            network: interfaces::first_network(group, self.intervals, self.config),
            state: "unmanaged".to_owned(),
            interfaces,
            hostnames,
            services: services::offered(as_server, &group.pieces, self.intervals, &decided),
            services_used: services::used(as_client),
            applications: services::applications(as_client, as_server),
            attributes,
            roles,
            flags: roles::flags(group, &heard, self.intervals),
            tags: Vec::new(),
            identity: self.identity(group),
            first_seen: Stamp(first),
            last_seen: Stamp(last),
            rules: rules::in_force().version().to_owned(),
            observations: if self.config.observations { self.observations(group) } else { Vec::new() },
        }
    }

    /// The decided hostname, else the best name heard, else model, address or MAC.
    fn name(
        &self,
        decided: &[Decided],
        hostnames: &[crate::doc::Hostname],
        model: Option<&str>,
        group: &Group,
    ) -> (String, String) {
        let verdict = decided.iter().find(|one| one.attribute == Named::Hostname).map(|one| &one.verdict);
        if let Some((value, source)) = verdict.and_then(|v| Some((v.value.clone()?, v.evidence.first()?))) {
            return (value, self.intervals[source.interval].field.to_string());
        }
        if let Some(best) = hostnames.first() {
            return (best.name.clone(), best.source.clone());
        }
        if let Some(model) = model {
            return (model.to_owned(), "model".to_owned());
        }
        let address = group.addresses.iter().min_by_key(|held| {
            (identity::routers::is_link_local(held.ip), held.ip.is_ipv6(), held.network, held.ip)
        });
        match address {
            Some(held) => (held.ip.to_string(), "ip".to_owned()),
            None => (group.keys.first().map_or(String::new(), Key::to_string), "mac".to_owned()),
        }
    }

    fn key(&self, key: &Key) -> IdentityKey {
        let (network, since) = match key {
            Key::Ip { network, since, .. } => (Some(*network), Some(*since).filter(|since| since.0 > 0)),
            Key::ClientId { network, .. } | Key::LocalMac { network, .. } => (Some(*network), None),
            Key::Correlation { .. } | Key::Mac { .. } | Key::Hostname { .. } => (None, None),
        };
        IdentityKey {
            kind: key.kind().to_owned(),
            value: key.to_string(),
            network: network.map(|network| self.config.network_name(network)),
            since: since.map(Stamp),
        }
    }

    fn identity(&self, group: &Group) -> Identity {
        let mut rules: BTreeSet<identity::Rule> = group.joins.iter().map(|join| join.rule).collect();
        if !group.macs.is_empty() {
            rules.insert(identity::Rule::R2);
        }
        let join = |join: &identity::Joined| Join {
            rule: join.rule.id().to_owned(),
            a: self.key(&join.a),
            b: self.key(&join.b),
            because: join.evidence.iter().map(|at| roles::said(&self.intervals[*at])).collect(),
        };
        Identity {
            keys: group.keys.iter().map(|key| self.key(key)).collect(),
            joined_by: rules.into_iter().map(|rule| rule.id().to_owned()).collect(),
            joins: group.joins.iter().map(join).collect(),
            never_merge: group.never.iter().map(|key| self.key(key)).collect(),
        }
    }

    fn observations(&self, group: &Group) -> Vec<Observation> {
        let observation = |piece: &identity::Piece| {
            let interval = &self.intervals[piece.interval];
            let (proto, field) = interval.field.split_once('.').unwrap_or((&interval.field, ""));
            Observation {
                proto: proto.to_owned(),
                field: field.to_owned(),
                value: interval.value.clone(),
                mac: interval.sighting.mac,
                ip: interval.sighting.ip,
                port: interval.port.map(|port| port.number),
                first_seen: Stamp(piece.first),
                last_seen: Stamp(piece.last),
                count: piece.count,
                frame: if piece.first == interval.first { interval.frame } else { 0 },
            }
        };
        let mut all: Vec<Observation> = group.pieces.iter().map(observation).collect();
        all.sort();
        all
    }
}

/// Category, type and how sure; a router known by behaviour is at least that.
fn kind(decided: &[Decided], roles: &[Role], group: &Group) -> (String, String, f64) {
    let verdict = |attribute| {
        let one = decided.iter().find(|one| one.attribute == attribute && one.port.is_none())?;
        Some((one.verdict.value.clone()?, one.verdict.confidence))
    };
    match (verdict(Named::Type), verdict(Named::Category)) {
        (Some((kind, confidence)), _) => {
            (fingerprint::category_of(&kind).to_owned(), kind, classify::share(confidence))
        }
        (None, Some((category, confidence))) => (category, "unknown".to_owned(), classify::share(confidence)),
        (None, None) if group.flags.iter().any(|mark| mark.name == Mark::ROUTER) => {
            debug_assert!(roles.iter().any(|role| role.name == "router"));
            ("network".to_owned(), "router".to_owned(), ROUTER_CONFIDENCE)
        }
        (None, None) => match verdict(Named::Os) {
            // Systems that are sold for computers only.
            Some((os, confidence)) if matches!(fingerprint::os_family(&os), "windows" | "macos") => {
                ("computer".to_owned(), "unknown".to_owned(), classify::share(confidence / 2))
            }
            _ => ("unknown".to_owned(), "unknown".to_owned(), 0.0),
        },
    }
}

/// Relaying is seen of routers, but of firewalls, hypervisors and tethering phones too.
const ROUTER_CONFIDENCE: f64 = 0.6;
