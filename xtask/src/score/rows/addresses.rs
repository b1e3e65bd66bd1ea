//! MACs, addresses, what binds them, VLANs and the vendors of MAC blocks.

use std::collections::{BTreeMap, BTreeSet};

use crate::score::case::{Case, is_host_ip, is_host_mac, plain};
use crate::score::ours::Interface;
use crate::score::tally::Tally;

/// What the expected file says binds an address to a MAC and is proof of it;
/// `eth.src/ip.src` only says that a frame came over that MAC.
const PROOFS: &[&str] = &["arp", "ndp", "dhcp-ack", "claimed in own mdns answer"];

fn interfaces(case: &Case) -> impl Iterator<Item = &Interface> {
    case.ours.assets.iter().flat_map(|asset| &asset.interfaces)
}

/// Every MAC that sent a frame.
pub fn mac(case: &Case, tally: &mut Tally) {
    let ours: BTreeSet<&str> =
        interfaces(case).map(|one| one.mac.as_str()).filter(|mac| !mac.is_empty()).collect();
    let mut expected = BTreeSet::new();
    for host in &case.expected.hosts {
        let Some(mac) = host.mac.as_deref() else { continue };
        if !is_host_mac(mac) {
            tally.leave_out("not the address of one host");
        } else if ours.contains(mac) {
            tally.hit();
        } else {
            tally.miss(&host.title(), mac, "", 0);
        }
        expected.insert(mac);
    }
    // One that was spoken to or named, and not heard itself, is nobody's error.
    let heard = case.ours.assets.iter().flat_map(|asset| &asset.heard);
    let senders: BTreeSet<&str> =
        heard.filter(|heard| heard.field == "eth.source").map(|heard| heard.mac.as_str()).collect();
    for mac in ours.iter().filter(|mac| !expected.contains(*mac)) {
        let named = case.names(mac) || !senders.contains(mac);
        let judged = case.expected.all_hosts && !case.inner_frames() && !named;
        count_extra(tally, judged, "MAC that nobody sent from", mac);
    }
}

/// Every address that sent a packet.
pub fn ip(case: &Case, tally: &mut Tally) {
    let ours: BTreeSet<&str> = interfaces(case).flat_map(|one| &one.ips).map(String::as_str).collect();
    let hidden = case.hidden_ips();
    let mut expected = BTreeSet::new();
    for host in &case.expected.hosts {
        for ip in host.ips.iter().map(String::as_str) {
            if !expected.insert(ip) {
                continue;
            }
            if !is_host_ip(ip) {
                tally.leave_out("not the address of one host");
            } else if hidden.contains(ip) {
                tally.leave_out("inside a tunnel outside the issue");
            } else if ours.contains(ip) {
                tally.hit();
            } else if case.never_sent(host, ip) {
                tally.leave_out("never sent a packet");
            } else {
                tally.miss(&host.title(), ip, "", 0);
            }
        }
    }
    for ip in ours.iter().filter(|ip| !expected.contains(*ip)) {
        let judged = case.expected.all_hosts && case.expected.all_flows && !case.names(ip);
        count_extra(tally, judged, "address that nobody sent from or to", ip);
    }
}

/// Pairs of MAC and address that something proves.
pub fn link(case: &Case, tally: &mut Tally) {
    let mut proven: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let pairs: BTreeSet<(&str, &str)> = interfaces(case)
        .filter(|one| !one.mac.is_empty())
        .flat_map(|one| one.ips.iter().map(|ip| (one.mac.as_str(), ip.as_str())))
        .collect();
    for host in &case.expected.hosts {
        let Some(mac) = host.mac.as_deref() else { continue };
        for (ip, proof, frame) in &host.links {
            if !PROOFS.contains(&proof.trim()) {
                tally.leave_out("came over that MAC, which is no proof");
                continue;
            }
            proven.entry(ip).or_default().insert(mac);
            if pairs.contains(&(mac, ip)) {
                tally.hit();
            } else {
                tally.miss(&host.title(), &format!("{ip} by {proof}"), "", *frame);
            }
        }
    }
    for (mac, ip) in pairs {
        match proven.get(ip) {
            Some(macs) if macs.contains(mac) => {}
            Some(macs) => tally.wrong(&format!("{ip} of {}", macs.iter().next().unwrap_or(&"?")), mac),
            None => tally.extra += 1,
        }
    }
}

/// VLAN ids on any frame.
pub fn vlan(case: &Case, tally: &mut Tally) {
    let mut ours: BTreeSet<u16> = interfaces(case).flat_map(|one| one.vlans.iter().copied()).collect();
    for tags in case.ours.assets.iter().flat_map(|asset| asset.heard(&["eth.vlan"])) {
        ours.extend(tags.split('.').filter_map(|tag| tag.parse::<u16>().ok()));
    }
    for vlan in &case.expected.vlans {
        if *vlan == 0 {
            tally.leave_out("VLAN 0 is a priority tag");
        } else if ours.contains(vlan) {
            tally.hit();
        } else {
            tally.miss("capture", &vlan.to_string(), "", 0);
        }
    }
    for vlan in ours.iter().filter(|vlan| **vlan != 0 && !case.expected.vlans.contains(vlan)) {
        count_extra(tally, !case.inner_frames(), "capture", &vlan.to_string());
    }
}

/// Vendor of the block a MAC is from. Spelling differs between editions of the
/// registry: one name must begin with, or contain, the other's first word.
pub fn oui(case: &Case, tally: &mut Tally) {
    for host in &case.expected.hosts {
        let (Some(mac), Some(vendor)) = (&host.mac, &host.oui_vendor) else { continue };
        if let Some(reason) = no_vendor(mac, vendor) {
            tally.leave_out(reason);
            continue;
        }
        let ours = interfaces(case).find(|one| &one.mac == mac).map_or("", |one| one.vendor.as_str());
        let first = |text: &str| plain(text.split([' ', ',', '.']).next().unwrap_or(""));
        let (theirs, mine) = (plain(vendor), plain(ours));
        let same = !mine.is_empty() && (theirs.contains(&first(ours)) || mine.contains(&first(vendor)));
        if same {
            tally.hit();
        } else {
            tally.miss(&host.title(), vendor, ours, 0);
        }
    }
}

/// Why the registry itself names nobody for a MAC.
fn no_vendor(mac: &str, vendor: &str) -> Option<&'static str> {
    let first = mac.get(..2).and_then(|octet| u8::from_str_radix(octet, 16).ok()).unwrap_or(0);
    match vendor {
        _ if first & 2 != 0 => Some("locally administered: the decoder's own list of habits"),
        "Private" => Some("registered without a name"),
        "IEEE Registration Authority" => Some("block that the registry gives out in parts"),
        _ => None,
    }
}

fn count_extra(tally: &mut Tally, judged: bool, subject: &str, ours: &str) {
    if judged {
        tally.wrong(subject, ours);
    } else {
        tally.extra += 1;
    }
}
