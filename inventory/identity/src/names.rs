//! What of an observation is an identity key beside its addresses: the name a
//! host gives itself, the client identifier, the other MACs it says it has.

use std::borrow::Cow;

use model::{Interval, Mac, MacKind};

use crate::{Config, Key};

/// The name a host gives itself in this observation, as heard, without the
/// decoration of the protocol (NetBIOS suffix, `.local`). Names others give it
/// (DNS answers, certificates, Host headers) are not identity: many hosts share one.
pub fn own_name(interval: &Interval) -> Option<Cow<'_, str>> {
    let value = interval.value.as_str();
    let name = match &*interval.field {
        "dhcp.hostname" | "dhcp.fqdn" | "dhcpv6.fqdn" | "llmnr.hostname" | "browser.hostname"
        | "ntlm.computer" | "ntlm.dns_computer" | "ntlm.workstation" | "lldp.system_name"
        | "cdp.system_name" | "snmp.sysname" | "dcp.station_name" => value,
        "mdns.hostname" => strip_local(value),
        "nbns.name" => value.strip_suffix("<00>").or_else(|| value.strip_suffix("<20>"))?.trim_end(),
        // Catalyst switches append the serial number: `name(FOC1234)`.
        "cdp.device_id" => value.split('(').next()?,
        _ => return None,
    };
    // The browser election name and node status wildcards are nobody's.
    let nobody = name.is_empty() || (interval.field == "nbns.name" && name.contains(['\\', '*']));
    (!nobody).then_some(Cow::Borrowed(name))
}

/// The name without mDNS's `.local`, case ignored.
fn strip_local(name: &str) -> &str {
    match name.len().checked_sub(".local".len()) {
        Some(at) if name.is_char_boundary(at) && name[at..].eq_ignore_ascii_case(".local") => &name[..at],
        _ => name,
    }
}

/// [`own_name`] when it may match at all: free text (`Printer, 2nd floor`) is a
/// description that several may bear.
pub fn matching_name(interval: &Interval) -> Option<Cow<'_, str>> {
    own_name(interval).filter(|name| !name.contains(['\\', '*', ' ', '/', ',']))
}

/// [`matching_name`] as a key, if it may be one under this configuration.
pub fn hostname_key(interval: &Interval, config: &Config) -> Option<Key> {
    Some(Key::Hostname { name: config.hostname(&matching_name(interval)?)? })
}

/// A DHCP client identifier that does not contain the MAC: stays when the MAC
/// changes. DUIDs of type 1 and 3 hold some MAC of the device and stay too.
pub fn client_id_key(interval: &Interval) -> Option<Key> {
    let network = interval.sighting.network;
    let id = match &*interval.field {
        "dhcp.client_id" if interval.value.starts_with("duid:") => interval.value.clone(),
        "dhcp.client_id"
            if interval.value.starts_with("text:") && interval.value.len() > "text:".len() + 5 =>
        {
            interval.value.clone()
        }
        "dhcpv6.duid" => format!("duid:{}", interval.value),
        _ => return None,
    };
    Some(Key::ClientId { network, id })
}

/// Another MAC the host says is its own (LLDP chassis, PROFINET chassis, NetBIOS
/// unit id, SNMP interface or engine id). Universal ones only: made-up addresses
/// repeat between devices.
pub fn named_mac(interval: &Interval) -> Option<Mac> {
    let text = match &*interval.field {
        "lldp.chassis_id" => interval.value.strip_prefix("mac ")?,
        "lldp.profinet_mac" | "nbns.mac" | "snmp.if_mac" | "snmp.engine_mac" => &interval.value,
        _ => return None,
    };
    let mac: Mac = text.parse().ok()?;
    (mac.is_host() && mac.kind() == MacKind::Universal && !is_shared_mac(mac)).then_some(mac)
}

/// MACs of redundancy protocols, which move between routers: VRRP and CARP
/// (RFC 9568 section 7.3), HSRP 1 and 2, IPv6 HSRP, GLBP (Cisco configuration guides).
pub fn is_virtual_router(mac: Mac) -> bool {
    matches!(
        mac.0,
        [0x00, 0x00, 0x5e, 0x00, 0x01 | 0x02, _]
            | [0x00, 0x00, 0x0c, 0x07, 0xac, _]
            | [0x00, 0x00, 0x0c, 0x9f, 0xf0..=0xff, _]
            | [0x00, 0x05, 0x73, 0xa0, 0x00..=0x0f, _]
            | [0x00, 0x07, 0xb4, 0x00, _, _]
    )
}

/// MACs that do not name one device: of redundancy protocols, and of PPP
/// adapters, where Windows makes one up (`DEST`-style 20:41:53 and 20:52:45).
fn is_shared_mac(mac: Mac) -> bool {
    is_virtual_router(mac) || matches!(mac.0, [0x20, 0x41, 0x53, ..] | [0x20, 0x52, 0x45, ..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::heard;

    #[test]
    fn names_lose_their_decoration() {
        let name = |line: &str| own_name(&heard(line)).map(Cow::into_owned);
        assert_eq!(name("02:00:00:00:00:01 - mdns.hostname=Kitchen.LOCAL").as_deref(), Some("Kitchen"));
        assert_eq!(name("02:00:00:00:00:01 - nbns.name=PC1<20>").as_deref(), Some("PC1"));
        assert_eq!(name("02:00:00:00:00:01 - nbns.name=OFFICE<1c>"), None);
        assert_eq!(name("02:00:00:00:00:01 - nbns.name=\\x01\\x02__MSBROWSE__\\x02<00>"), None);
        assert_eq!(name("02:00:00:00:00:01 - cdp.device_id=sw2(FOC1)").as_deref(), Some("sw2"));
        assert_eq!(name("- 10.0.0.1 dns.name=www.example.org"), None);
    }

    #[test]
    fn only_lasting_client_ids_are_keys() {
        let id = |line: &str| client_id_key(&heard(line)).is_some();
        assert!(id("02:00:00:00:00:01 - dhcp.client_id=duid:0004aabb"));
        assert!(!id("02:00:00:00:00:01 - dhcp.client_id=01:02:00:00:00:00:01"));
        assert!(!id("02:00:00:00:00:01 - dhcp.client_id=text:udhcp"));
    }

    #[test]
    fn named_macs_are_universal_and_of_one_device() {
        let mac = |value: &str| named_mac(&heard(&format!("- 10.0.0.1 nbns.mac={value}")));
        assert!(mac("00:1b:1b:00:00:01").is_some());
        for bad in ["00:00:00:00:00:00", "02:00:4c:4f:4f:50", "00:00:5e:00:01:0a", "01:00:5e:00:00:01"] {
            assert_eq!(mac(bad), None, "{bad}");
        }
    }
}
