//! How well an observation binds a MAC and an IP address together.

use std::net::IpAddr;

use model::{Interval, Mac, NetworkId};
use serde::{Deserialize, Serialize};

/// What binds an address to a MAC, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A DHCP or DHCPv6 server acknowledged the lease.
    Lease,
    /// ARP request or announcement: the owner itself speaks.
    Arp,
    /// NDP message with a link-layer address option.
    Ndp,
    /// PROFINET DCP names both.
    Dcp,
    /// Its own mDNS answer (hop limit 255, not routed).
    Mdns,
    /// ARP reply: weaker than a request, since a proxy answers for others.
    ArpReply,
    /// The IPv6 identifier is made of the MAC (RFC 4291 appendix A).
    Eui64,
    /// A plain frame whose sender is not a router.
    Frame,
}

impl Proof {
    /// The observation's field, or `eui64`, `frame`.
    pub fn name(self) -> &'static str {
        match self {
            Proof::Lease => "dhcp.lease",
            Proof::Arp | Proof::ArpReply => "arp.binding",
            Proof::Ndp => "ndp.binding",
            Proof::Dcp => "dcp.ip",
            Proof::Mdns => "mdns.hostname",
            Proof::Eui64 => "eui64",
            Proof::Frame => "frame",
        }
    }

    /// The proof an interval gives for the two addresses of its sighting;
    /// `None` unless it has both. Fields that prove nothing are `Frame`.
    pub fn of(interval: &Interval) -> Option<(NetworkId, Mac, IpAddr, Proof)> {
        let (mac, ip) = (interval.sighting.mac?, interval.sighting.ip?);
        let proof = match &*interval.field {
            "dhcp.lease" | "dhcpv6.lease" => Proof::Lease,
            "arp.binding" if interval.value == "reply" => Proof::ArpReply,
            "arp.binding" => Proof::Arp,
            "ndp.binding" => Proof::Ndp,
            "dcp.ip" => Proof::Dcp,
            "mdns.hostname" => Proof::Mdns,
            _ => Proof::Frame,
        };
        Some((interval.sighting.network, mac, ip, proof))
    }
}

/// True when the observation's MAC is its subject's own even if that MAC is a
/// router's: the message names it (DHCP client, ARP, NDP, DCP), or the protocol
/// never crosses a router (LLDP, CDP, mDNS, LLMNR, router advertisements).
pub fn mac_is_own(interval: &Interval) -> bool {
    let (proto, name) = interval.field.split_once('.').unwrap_or((&interval.field, ""));
    match proto {
        "arp" | "ndp" | "dcp" | "lldp" | "cdp" | "mdns" | "llmnr" => true,
        "dhcp" | "dhcpv6" => name != "server",
        _ => false,
    }
}

/// What the TTL or hop limit of a frame says of its way: `Some(true)` it comes
/// straight from its sender, `Some(false)` a router has counted it down, `None`
/// neither (small values are set on purpose). Initial values are 60, 64, 128 and
/// 255 on the systems in use; 100 and 200 are rare and left open.
pub fn is_direct(ttl: u8) -> Option<bool> {
    match ttl {
        60 | 64 | 128 | 255 => Some(true),
        0..=32 | 100 | 200 => None,
        _ => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::heard;

    #[test]
    fn replies_are_weaker_than_requests() {
        let reply = heard("02:00:00:00:00:01 10.0.0.1 arp.binding=reply");
        let request = heard("02:00:00:00:00:01 10.0.0.1 arp.binding=request");
        let frame = heard("02:00:00:00:00:01 10.0.0.1 eth.source=frame");
        let proofs: Vec<Proof> = [&request, &reply, &frame].map(|i| Proof::of(i).unwrap().3).into();
        assert_eq!(proofs, [Proof::Arp, Proof::ArpReply, Proof::Frame]);
        assert!(proofs.is_sorted());
        assert_eq!(Proof::of(&heard("- 10.0.0.1 dns.name=a.example")), None);
    }

    #[test]
    fn only_link_protocols_and_named_macs_are_own() {
        assert!(mac_is_own(&heard("02:00:00:00:00:01 - lldp.system_name=sw")));
        assert!(mac_is_own(&heard("02:00:00:00:00:01 - dhcp.hostname=pc")));
        assert!(!mac_is_own(&heard("02:00:00:00:00:01 10.0.0.1 dhcp.server=dhcp")));
        assert!(!mac_is_own(&heard("02:00:00:00:00:01 10.0.0.1 ssh.banner=SSH-2.0-x")));
    }
}
