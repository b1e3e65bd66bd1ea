//! What an asset does for the network, and signs that it hides others.

use std::collections::{BTreeMap, BTreeSet};

use fingerprint::{Attribute as Named, Heard};
use identity::{Flag as Mark, Group};
use model::Interval;

use crate::classify::Decided;
use crate::doc::{Flag, Role};

/// Observations that are a role by themselves.
const BY_FIELD: &[(&str, &str)] =
    &[("dhcp.server", "dhcp server"), ("dhcpv6.server", "dhcpv6 server"), ("dns.server", "dns server")];

/// Roles by name, each with why.
pub fn roles(group: &Group, decided: &[Decided], intervals: &[Interval]) -> Vec<Role> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for mark in group.flags.iter().filter(|mark| [Mark::ROUTER, Mark::VIRTUAL_ROUTER].contains(&mark.name)) {
        found.insert("router".to_owned(), mark.because.clone());
    }
    for piece in &group.pieces {
        let interval = &intervals[piece.interval];
        if let Some((_, role)) = BY_FIELD.iter().find(|(field, _)| *field == interval.field) {
            found.entry((*role).to_owned()).or_insert_with(|| said(interval));
        }
    }
    for one in decided.iter().filter(|one| one.attribute == Named::Role) {
        if let (Some(value), Some(evidence)) = (&one.verdict.value, one.verdict.evidence.first()) {
            found.entry(value.clone()).or_insert_with(|| said(&intervals[evidence.interval]));
        }
    }
    found.into_iter().map(|(name, because)| Role { name, because }).collect()
}

/// An observation in words: `dhcp.server=dhcp, frame 12`.
pub fn said(interval: &Interval) -> String {
    match interval.frame {
        0 => format!("{}={}", interval.field, interval.value),
        frame => format!("{}={}, frame {frame}", interval.field, interval.value),
    }
}

/// The flags of a group, with the suspicion of NAT.
pub fn flags(group: &Group, heard: &[Heard], intervals: &[Interval]) -> Vec<Flag> {
    let flag = |mark: &Mark| Flag { name: mark.name.to_owned(), because: mark.because.clone() };
    let mut flags: Vec<Flag> = group.flags.iter().map(flag).collect();
    let signs = nat_signs(group, heard, intervals);
    if signs.len() >= 2 {
        flags.push(Flag { name: NAT_SUSPECT.to_owned(), because: signs.join("; ") });
    }
    flags.sort();
    flags
}

/// Name of the flag for a host that seems to hide others.
pub const NAT_SUSPECT: &str = "nat-suspect";

/// Independent signs that several stacks speak behind one host's addresses.
fn nat_signs(group: &Group, heard: &[Heard], intervals: &[Interval]) -> Vec<String> {
    let mut ttl_classes: BTreeSet<u8> = BTreeSet::new();
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for piece in &group.pieces {
        let interval = &intervals[piece.interval];
        match &*interval.field {
            // Small values are set on purpose, 255 is used by discovery protocols of any stack.
            "ip.ttl" => match interval.value.parse() {
                Ok(33..=64) => {
                    ttl_classes.insert(64);
                }
                Ok(65..=128) => {
                    ttl_classes.insert(128);
                }
                _ => {}
            },
            "ntlm.workstation" => {
                names.insert(&interval.value);
            }
            _ => {}
        }
    }
    let families = |field: &str| -> BTreeSet<&str> {
        heard
            .iter()
            .filter(|one| one.candidate.attribute == Named::Os && intervals[one.interval].field == field)
            .map(|one| kin(fingerprint::os_family(&one.candidate.value)))
            .filter(|family| !family.is_empty())
            .collect()
    };
    let mut signs = Vec::new();
    if ttl_classes.len() > 1 {
        signs.push("its packets start from different TTLs (64 and 128)".to_owned());
    }
    for (field, what) in [("tcp.syn", "TCP stacks"), ("http.user_agent", "User-Agents")] {
        let found = families(field);
        if found.len() > 1 {
            signs.push(format!(
                "{what} of several systems: {}",
                found.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
    }
    if names.len() > 2 {
        signs.push(format!("{} different workstation names log on from it", names.len()));
    }
    signs
}

/// Families that one host may show at once count as one; empty: says nothing.
fn kin(family: &'static str) -> &'static str {
    match family {
        "windows" => "windows",
        "macos" | "ios" => "apple",
        "linux" | "android" | "chromeos" => "linux",
        _ => "",
    }
}
