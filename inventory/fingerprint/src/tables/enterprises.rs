//! Makers by IANA private enterprise number, and what their agents run on;
//! written by hand for those that matter on a network.

/// Maker and usual type of a sysObjectID under `1.3.6.1.4.1`; the longest known
/// prefix. The type may be empty.
pub fn enterprise(id: &str) -> Option<(&'static str, &'static str)> {
    let rest = id.strip_prefix("1.3.6.1.4.1.")?;
    let under =
        |prefix: &str| rest.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let best =
        ENTERPRISES.iter().filter(|(prefix, ..)| under(prefix)).max_by_key(|(prefix, ..)| prefix.len())?;
    Some((best.1, best.2))
}

/// Operating system of an object id that stands for one.
pub fn object(id: &str) -> Option<&'static str> {
    OBJECTS.iter().find(|(known, _)| *known == id).map(|(_, os)| *os)
}

/// Net-SNMP's `netSnmpAgentOIDs` and Microsoft's agents.
const OBJECTS: &[(&str, &str)] = &[
    ("1.3.6.1.4.1.8072.3.2.1", "HP-UX"),
    ("1.3.6.1.4.1.8072.3.2.3", "Solaris"),
    ("1.3.6.1.4.1.8072.3.2.7", "NetBSD"),
    ("1.3.6.1.4.1.8072.3.2.8", "FreeBSD"),
    ("1.3.6.1.4.1.8072.3.2.9", "IRIX"),
    ("1.3.6.1.4.1.8072.3.2.10", "Linux"),
    ("1.3.6.1.4.1.8072.3.2.12", "OpenBSD"),
    ("1.3.6.1.4.1.8072.3.2.13", "Windows"),
    ("1.3.6.1.4.1.8072.3.2.15", "AIX"),
    ("1.3.6.1.4.1.8072.3.2.16", "macOS"),
    ("1.3.6.1.4.1.311.1.1.3.1.1", "Windows"),
    ("1.3.6.1.4.1.311.1.1.3.1.2", "Windows Server"),
    ("1.3.6.1.4.1.311.1.1.3.1.3", "Windows Server"),
    ("1.3.6.1.4.1.12325.1.1.2.1.1", "FreeBSD"),
    ("1.3.6.1.4.1.30155.23.1", "OpenBSD"),
];

const ENTERPRISES: &[(&str, &str, &str)] = &[
    ("2", "IBM", ""),
    ("9", "Cisco", "network"),
    ("9.12.3", "Cisco", "switch"),
    ("9.6.1", "Cisco", "switch"),
    ("11", "HP", ""),
    ("11.2.3.9", "HP", "printer"),
    ("11.2.3.7", "HP", "switch"),
    ("36", "DEC", ""),
    ("42", "Sun", ""),
    ("43", "3Com", "network"),
    ("111", "Oracle", ""),
    ("119", "NEC", ""),
    ("171", "D-Link", "network"),
    ("207", "Allied Telesis", "network"),
    ("231", "Fujitsu", ""),
    ("232", "HP", "server"),
    ("232.9.4", "HP", "bmc"),
    ("236", "Samsung", "printer"),
    ("248", "Hirschmann", "industrial switch"),
    ("253", "Xerox", "printer"),
    ("297", "Xerox", "printer"),
    ("318", "APC", "ups"),
    ("318.1.3.4", "APC", "pdu"),
    ("367", "Ricoh", "printer"),
    ("368", "Axis", "camera"),
    ("476", "Vertiv", "ups"),
    ("534", "Eaton", "ups"),
    ("641", "Lexmark", "printer"),
    ("674", "Dell", ""),
    ("674.10892.2", "Dell", "bmc"),
    ("674.10892.5", "Dell", "bmc"),
    ("674.10895", "Dell", "switch"),
    ("789", "NetApp", "storage"),
    ("890", "Zyxel", "network"),
    ("1129", "Toshiba", "printer"),
    ("1248", "Epson", "printer"),
    ("1347", "Kyocera", "printer"),
    ("1588", "Brocade", "switch"),
    ("1602", "Canon", "printer"),
    ("1916", "Extreme", "switch"),
    ("1991", "Brocade", "switch"),
    ("2001", "OKI", "printer"),
    ("2011", "Huawei", "network"),
    ("2272", "Extreme", "switch"),
    ("2385", "Sharp", "printer"),
    ("2435", "Brother", "printer"),
    ("2606", "Rittal", "sensor"),
    ("2620", "Check Point", "firewall"),
    ("2636", "Juniper", "network"),
    ("2699", "", "printer"),
    ("3224", "Juniper", "firewall"),
    ("3375", "F5", "load balancer"),
    ("3417", "Blue Coat", "gateway"),
    ("3808", "CyberPower", "ups"),
    ("3833", "Schneider Electric", "ot"),
    ("4196", "Siemens", "ot"),
    ("4329", "Siemens", "ot"),
    ("4346", "Phoenix Contact", "ot"),
    ("4413", "Broadcom", "switch"),
    ("4526", "Netgear", "switch"),
    ("5624", "Extreme", "switch"),
    ("5951", "Citrix", "load balancer"),
    ("6527", "Nokia", "router"),
    ("6574", "Synology", "nas"),
    ("6876", "VMware", "hypervisor"),
    ("6889", "Avaya", "pbx"),
    ("7367", "DrayTek", "router"),
    ("8691", "Moxa", "ot"),
    ("8741", "SonicWall", "firewall"),
    ("10642", "Zebra", "printer"),
    ("11863", "TP-Link", "network"),
    ("12356", "Fortinet", "firewall"),
    ("13885", "Polycom", "voip phone"),
    ("13576", "WAGO", "ot"),
    ("14179", "Cisco", "wlan controller"),
    ("14823", "Aruba", "network"),
    ("14988", "MikroTik", "network"),
    ("15004", "Siemens", "industrial switch"),
    ("16177", "Westermo", "industrial switch"),
    ("18334", "Konica Minolta", "printer"),
    ("21067", "Sophos", "firewall"),
    ("24681", "QNAP", "nas"),
    ("25053", "Ruckus", "network"),
    ("25461", "Palo Alto Networks", "firewall"),
    ("25506", "H3C", "network"),
    ("29671", "Cisco Meraki", "network"),
    ("30065", "Arista", "switch"),
    ("39165", "Hikvision", "camera"),
    ("41112", "Ubiquiti", "network"),
    ("47196", "Aruba", "switch"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_prefix_wins() {
        assert_eq!(enterprise("1.3.6.1.4.1.11.2.3.9.1"), Some(("HP", "printer")));
        assert_eq!(enterprise("1.3.6.1.4.1.11.2.3.7.11.1"), Some(("HP", "switch")));
        assert_eq!(enterprise("1.3.6.1.4.1.111.1"), Some(("Oracle", "")));
        assert_eq!(enterprise("1.3.6.1.2.1"), None);
    }
}
