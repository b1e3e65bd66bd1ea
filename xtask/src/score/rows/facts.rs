//! Every other fact of the protocols that the decoder prints: banners,
//! descriptions, identities. Each must be among what we heard of the host.
//! The decoder's list is not complete, so this row has recall and no precision.

use std::collections::BTreeMap;

use crate::score::case::{Case, plain};
use crate::score::expected::Fact;
use crate::score::ours::Asset;
use crate::score::scope;
use crate::score::tally::Tally;

/// Facts that other rows count.
const ELSEWHERE: &[&str] = &[
    "hostname",
    "fqdn",
    "netbios_name",
    "mdns_hostname",
    "llmnr_hostname",
    "dhcp_vendor_class",
    "dhcp_requested_ip",
    "vendor",
    "model",
];

/// Facts we leave out by decision, and why.
const NOT_OURS: &[(&str, &str)] =
    &[("ja3", "JA3, where the issue asks for JA4"), ("ja3s", "JA3, where the issue asks for JA4")];

/// Name in the expected file, start of the decoder's field, our fields.
const FIELDS: &[(&str, &str, &[&str])] = &[
    ("ssh_banner", "", &["ssh.banner"]),
    ("http_user_agent", "", &["http.user_agent", "ssdp.user_agent"]),
    ("http_server", "", &["http.server", "ssdp.server"]),
    ("http_location", "", &["http.location", "ssdp.location"]),
    ("tls_sni", "", &["tls.sni"]),
    ("cert_san", "", &["tls.cert_san"]),
    ("cert_strings", "", &["tls.cert_cn", "tls.cert_org", "tls.cert_issuer", "tls.cert_san"]),
    ("system_description", "lldp", &["lldp.system_description"]),
    ("system_description", "cdp", &["cdp.version"]),
    ("port_id", "lldp", &["lldp.port_id"]),
    ("port_id", "cdp", &["cdp.port_id"]),
    ("port_description", "", &["lldp.port_description"]),
    ("chassis_mac", "", &["lldp.chassis_id"]),
    ("mgmt_ip", "lldp", &["lldp.mgmt_ip"]),
    ("mgmt_ip", "cdp", &["cdp.mgmt_ip", "cdp.address"]),
    ("software", "lldp", &["lldp.med_software"]),
    ("ntlm_version", "", &["ntlm.version"]),
    ("workgroup", "", &["ntlm.domain", "smb.domain", "ntlm.client_domain", "browser.workgroup"]),
    ("domain", "", &["ntlm.dns_domain", "ntlm.domain", "ntlm.client_domain", "smb.domain"]),
    ("os_string", "", &["smb.native_os"]),
    ("smb_lanman", "", &["smb.native_lanman"]),
    ("browser_os_version", "", &["browser.os"]),
    ("description", "browser", &["browser.comment"]),
    ("dhcpv6_duid", "", &["dhcpv6.duid"]),
    ("dhcpv6_vendor_class", "", &["dhcpv6.vendor_class"]),
    ("dhcpv6_enterprise", "", &["dhcpv6.vendor_class"]),
    ("snmp_sysdescr", "", &["snmp.sysdescr"]),
    ("snmp_sysname", "", &["snmp.sysname"]),
    ("snmp_syslocation", "", &["snmp.syslocation"]),
    ("snmp_1.3.6.1.2.1.25.3.2.1.3", "", &["snmp.object"]),
    ("snmp_1.3.6.1.2.1.43.5.1.1.17", "", &["snmp.object"]),
    ("snmp_1.3.6.1.2.1.47.1.1.1.1", "", &["snmp.object"]),
    ("mdns_service", "", &["mdns.service", "mdns.instance"]),
    ("mdns_srv", "", &["mdns.srv"]),
    ("mdns_txt", "", &["mdns.txt"]),
    ("mdns_hinfo", "", &["mdns.hinfo"]),
    ("device_type", "enip", &["enip.device_type"]),
    ("product_code", "enip", &["enip.product_code"]),
    ("firmware", "enip", &["enip.revision"]),
    ("serial", "enip", &["enip.serial"]),
    ("serial", "s7comm", &["s7.serial"]),
    ("s7_plc_name", "", &["s7.plc_name"]),
    ("s7_module_name", "", &["s7.module_name"]),
    ("s7_copyright", "", &["s7.copyright"]),
    ("s7_mmc_serial", "", &["s7.mmc_serial"]),
    ("station_name", "", &["dcp.station_name"]),
    ("dcp_ip", "", &["dcp.ip"]),
    ("pn_vendor_id", "", &["dcp.vendor_id"]),
    ("pn_device_id", "", &["dcp.device_id"]),
    ("pn_role", "", &["dcp.role"]),
];

/// Keys of mDNS TXT records that identify a device; the rest is skipped
/// (`docs/observations.md`).
const TXT_KEYS: &[&str] = &[
    "model",
    "ty",
    "product",
    "md",
    "fn",
    "am",
    "osxvers",
    "usb_mfg",
    "usb_mdl",
    "deviceid",
    "ci",
    "rpmd",
    "rpvr",
    "ve",
    "bs",
    "srcvers",
    "modelid",
    "mac",
    "macaddress",
];

/// Names of a certificate that are kept.
const MOST_SAN: usize = 4;

/// Longest value of an observation.
const MOST_VALUE: usize = 256;

/// Counts the facts of every host.
pub fn score(case: &Case, tally: &mut Tally) {
    for host in &case.expected.hosts {
        let mut names_of_certificate: BTreeMap<u64, usize> = BTreeMap::new();
        for fact in &host.facts {
            if ELSEWHERE.contains(&fact.name.as_str()) && fact.name != "station_name" {
                continue;
            }
            if let Some(reason) = left_out(fact).or_else(|| case.outside_scope(host, &fact.source)) {
                tally.leave_out(&reason);
                continue;
            }
            if fact.name == "nd_linkaddr" {
                let known = case.ours.assets.iter().any(|asset| asset.has_mac(&fact.value));
                if known {
                    tally.hit()
                } else {
                    tally.miss(&subject(&host.title(), fact), &fact.value, "", fact.frame)
                }
                continue;
            }
            if fact.name == "cert_san" {
                let count = names_of_certificate.entry(fact.frame).or_default();
                *count += 1;
                if *count > MOST_SAN {
                    tally.leave_out("beyond the first four names of a certificate");
                    continue;
                }
            }
            let Some(fields) = fields(fact) else {
                tally.leave_out(&format!("no field of ours: {}", fact.name));
                continue;
            };
            let has = |asset: &&Asset| asset.heard(fields).any(|ours| same(fact, ours));
            let everyone = || case.ours.assets.iter();
            if case.assets_of_fact(host, fact).iter().any(has)
                || (fact.name == "tls_sni" && everyone().any(|one| has(&one)))
            {
                tally.hit();
            } else if beyond(fact, case.assets_of_fact(host, fact).as_slice(), fields) {
                tally.leave_out("beyond the 256 bytes of a value");
            } else {
                let title = subject(&host.title(), fact);
                let elsewhere = everyone().find(|one| has(one)).map(|one| format!("on asset {}", one.name));
                tally.miss(&title, &fact.value, &elsewhere.unwrap_or_default(), fact.frame);
            }
        }
    }
}

fn subject(host: &str, fact: &Fact) -> String {
    format!("{host} {}", fact.source)
}

fn left_out(fact: &Fact) -> Option<String> {
    if scope::PERSONS.contains(&fact.name.as_str()) {
        return Some("names a person or gives access".into());
    }
    if let Some((_, why)) = NOT_OURS.iter().find(|(name, _)| *name == fact.name) {
        return Some((*why).into());
    }
    if fact.name.starts_with("snmp_1") && fields(fact).is_none() {
        return Some("SNMP object that identifies nothing".into());
    }
    let key = fact.value.split_once(" TXT ").and_then(|(_, text)| text.split('=').next());
    if fact.name == "mdns_txt" && key.is_some_and(|key| !TXT_KEYS.contains(&key.to_lowercase().as_str())) {
        return Some("mDNS TXT key that identifies nothing".into());
    }
    None
}

fn fields(fact: &Fact) -> Option<&'static [&'static str]> {
    let fits = |name: &str| fact.name == name || (name.starts_with("snmp_1") && fact.name.starts_with(name));
    FIELDS
        .iter()
        .find(|(name, source, _)| fits(name) && fact.source.starts_with(source))
        .map(|(.., fields)| *fields)
}

/// The same fact in the two ways of writing.
fn same(fact: &Fact, ours: &str) -> bool {
    let value = fact.value.as_str();
    let within = |text: &str| plain(ours).contains(&plain(text)) && !plain(text).is_empty();
    match fact.name.as_str() {
        // Ours stops before the query.
        "http_location" => {
            plain(value.split('?').next().unwrap_or("")) == plain(ours.split('?').next().unwrap_or(""))
        }
        "cert_strings" => value.split(" | ").any(|part| plain(part) == plain(ours)),
        "mdns_txt" => value
            .split_once(" TXT ")
            .is_some_and(|(_, text)| ours.to_lowercase().ends_with(&text.to_lowercase())),
        "mdns_hinfo" => plain(value).ends_with(&plain(ours)),
        "mdns_service" => value.split(" -> ").any(|side| plain(&bare(side)) == plain(&bare(ours))),
        "mdns_srv" => plain(&bare(value)) == plain(&bare(ours)),
        "pn_role" => role(value).is_some_and(within),
        "tls_sni" | "cert_san" | "ssh_banner" | "http_user_agent" | "http_server" => {
            plain(value) == plain(ours) || cut(value, ours)
        }
        _ => within(value.trim_start_matches("0x")) || cut(value, ours),
    }
}

fn bare(name: &str) -> String {
    name.replace(".local", "")
}

/// Ours is the beginning of a value too long to keep.
fn cut(value: &str, ours: &str) -> bool {
    ours.len() + 4 > MOST_VALUE && plain(value).starts_with(&plain(ours))
}

/// A line of a text whose beginning alone is kept.
fn beyond(fact: &Fact, assets: &[&Asset], fields: &[&str]) -> bool {
    fact.name == "system_description"
        && assets.iter().flat_map(|asset| asset.heard(fields)).any(|ours| ours.len() + 4 > MOST_VALUE)
}

/// Word of a PROFINET role bit (IEC 61158-6-10, DCP DeviceRoleDetails).
fn role(bits: &str) -> Option<&'static str> {
    match bits {
        "0x01" => Some("device"),
        "0x02" => Some("controller"),
        "0x04" => Some("multidevice"),
        "0x08" => Some("supervisor"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(name: &str, source: &str, value: &str) -> Fact {
        Fact { name: name.into(), value: value.into(), source: source.into(), raw: None, ip: None, frame: 1 }
    }

    #[test]
    fn finds_the_field_and_compares() {
        let cdp = fact("system_description", "cdp.software_version", "Compiled Thu");
        assert_eq!(fields(&cdp), Some(&["cdp.version"][..]));
        assert!(same(&cdp, "Cisco IOS\\x0aCompiled Thu 10"));
        assert!(same(&fact("serial", "enip.lir.serial", "0xcafebabe"), "cafebabe"));
        assert!(same(&fact("http_location", "http.location", "/a?b=c"), "/a"));
        assert!(same(
            &fact("mdns_srv", "mdns SRV", "A._x._tcp.local -> h.local:9"),
            "A._x._tcp -> h.local:9"
        ));
        assert!(!same(&fact("tls_sni", "tls.x", "example.org"), "www.example.org"));
    }

    #[test]
    fn leaves_out_by_name() {
        assert!(left_out(&fact("username", "ntlmssp.auth.username", "x")).is_some());
        assert!(left_out(&fact("ja3", "tls.handshake.ja3", "x")).is_some());
        assert!(left_out(&fact("mdns_txt", "mdns TXT", "n TXT note=kitchen")).is_some());
        assert!(left_out(&fact("ssh_banner", "ssh.protocol", "SSH-2.0-x")).is_none());
    }
}
