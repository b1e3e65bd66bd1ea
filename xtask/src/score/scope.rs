//! What the score leaves out, by name, and how names of protocols correspond.
//! Nothing is left out silently: each list here is counted in the report.

use std::collections::BTreeSet;

use super::expected::Flow;

/// Link types that are read: the decoder's number.
/// Ethernet, raw IP (three numbers), loopback, Linux cooked v1 and v2.
const LINKS: &[u32] = &[1, 7, 129, 130, 15, 25, 210];

/// Names of the commoner link types that are not.
const OTHER_LINKS: &[(u32, &str)] = &[
    (4, "PPP"),
    (9, "ARCNET on Linux"),
    (13, "ATM"),
    (20, "802.11"),
    (21, "802.11 with Prism header"),
    (23, "802.11 with radiotap header"),
    (26, "frame relay"),
    (28, "Cisco HDLC"),
    (83, "Juniper"),
    (104, "802.15.4"),
    (125, "SocketCAN"),
];

/// Tunnels that are taken off (issue 2); what is inside others is left out.
const OPENED: &[&str] = &["gre", "erspan", "mpls", "vxlan", "ipip", "6in4", "ip", "ipv6"];

/// Tunnels by the decoder's names.
const TUNNELS: &[&str] = &["vxlan", "geneve", "gtp", "teredo", "capwap.data", "gre", "erspan"];

/// What also travels inside protocols outside the issue (NTLMSSP in LDAP, TLS in
/// QUIC, HTTP in SOCKS): the outermost protocols inside it that are of the issue.
const CARRIERS: &[(&str, &[&str])] = &[
    ("ntlmssp", &["smb", "smb2", "nbss", "http"]),
    ("http", &["http", "ssdp"]),
    ("tls", &["tls", "http"]),
    ("x509ce", &["tls", "http"]),
    ("x509sat", &["tls", "http"]),
];

/// Tunnels that carry whole Ethernet frames.
pub const CARRIES_FRAMES: &[&str] = &["vxlan", "erspan", "geneve", "nsh", "capwap.data", "gre", "mpls"];

/// Names in the expected facts that name a person or give access: never ours.
pub const PERSONS: &[&str] = &["username", "snmp_community", "snmp_syscontact", "rdp_cookie"];

/// First parts of the decoder's field names for the protocols of issue 2.
const SOURCES: &[&str] = &[
    "arp", "icmpv6", "dhcp", "dhcpv6", "dns", "mdns", "llmnr", "nbns", "browser", "ssdp", "lldp", "cdp",
    "http", "tls", "x509ce", "x509sat", "ssh", "smb", "smb2", "ntlmssp", "snmp", "modbus", "s7comm", "enip",
    "cip", "pn_dcp",
];

/// Protocol names of the decoder → ours. A name that is not here is out of scope.
const PROTOCOLS: &[(&str, &[&str])] = &[
    ("dhcp", &["dhcp", "dhcpv4"]),
    ("dhcpv6", &["dhcpv6"]),
    ("dns", &["dns"]),
    ("mdns", &["mdns"]),
    ("llmnr", &["llmnr"]),
    ("nbns", &["nbns"]),
    ("browser", &["browser", "nbdgm"]),
    ("nbdgm", &["browser", "nbdgm"]),
    ("ssdp", &["ssdp", "upnp"]),
    ("http", &["http", "upnp", "ssdp"]),
    ("tls", &["tls"]),
    ("ssh", &["ssh"]),
    ("smb", &["smb"]),
    ("smb2", &["smb"]),
    ("nbss", &["smb"]),
    ("snmp", &["snmp"]),
    ("modbus", &["modbus"]),
    ("mbtcp", &["modbus"]),
    ("s7comm", &["s7", "s7comm"]),
    ("enip", &["enip"]),
    ("cip", &["enip", "cip"]),
    ("cipcls", &["enip", "cip"]),
    ("cipcm", &["enip", "cip"]),
];

/// Why a capture is left out as a whole; `None` when it is not.
pub fn link_left_out(links: &BTreeSet<u32>) -> Option<String> {
    let other = links.iter().find(|link| !LINKS.contains(link))?;
    let name = OTHER_LINKS.iter().find(|(link, _)| link == other).map_or("", |(_, name)| name);
    Some(format!("link type {other} {name}").trim_end().to_string())
}

/// True for a flow inside a tunnel that is not taken off.
pub fn hidden(flow: &Flow) -> bool {
    flow.encap.iter().any(|encap| !OPENED.contains(&encap.as_str()))
}

/// True for the outside of a tunnel that the decoder lists as a flow because
/// what is inside has no ports.
pub fn outside(flow: &Flow) -> bool {
    let chain = flow.apps.get(1..).unwrap_or(&[]);
    chain.iter().rev().skip(1).any(|part| TUNNELS.contains(&part.as_str()))
}

/// True when one of a host's flows carries this protocol (first part of the
/// decoder's field) as the issue has it: over TCP or UDP, not inside another.
pub fn carried<'a>(protocol: &str, mut flows: impl Iterator<Item = &'a Flow>) -> bool {
    let Some((_, carriers)) = CARRIERS.iter().find(|(name, _)| *name == protocol) else { return true };
    flows.any(|flow| {
        let outermost = flow.apps.get(1).or(flow.apps.first());
        flow.transport != "sctp" && outermost.is_some_and(|app| carriers.contains(&app.as_str()))
    })
}

/// True when the decoder's field belongs to a protocol of issue 2.
pub fn source_in_scope(source: &str) -> bool {
    let first = source.split(['.', ' ']).next().unwrap_or("");
    SOURCES.contains(&first)
}

/// Our names for one of the decoder's protocol names; empty when out of scope.
pub fn our_names(app: &str) -> &'static [&'static str] {
    PROTOCOLS.iter().find(|(name, _)| *name == app).map_or(&[], |(_, ours)| ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_is_named() {
        assert_eq!(link_left_out(&BTreeSet::from([1, 25])), None);
        assert_eq!(link_left_out(&BTreeSet::from([20])), Some("link type 20 802.11".into()));
        assert!(source_in_scope("dhcp.option.hostname") && source_in_scope("mdns PTR"));
        assert!(!source_in_scope("mndp.board") && !source_in_scope("quic.version"));
        assert_eq!(our_names("smb2"), ["smb"]);
        assert!(our_names("quic").is_empty());
    }
}
