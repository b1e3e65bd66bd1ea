//! What DHCP clients are known by: vendor classes (option 60) and the options
//! they ask for (option 55), in their order.
//!
//! Vendor classes are from the makers' documentation; the lists are those the
//! clients' documentation or sources configure. None is from a fingerprint database.

/// What a vendor class that starts so says; empty fields are not known.
#[derive(Debug)]
pub struct Class {
    start: &'static str,
    /// Maker.
    pub maker: &'static str,
    /// Type.
    pub kind: &'static str,
    /// Operating system.
    pub os: &'static str,
    /// How the rest of the class is read.
    pub rest: Rest,
}

/// What stands behind the start of a vendor class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing of use.
    Nothing,
    /// The model, to the end or the first separator.
    Model,
    /// The version of the operating system.
    Version,
    /// Model, firmware or revision, serial, parted by `;`.
    ModelRevisionSerial,
    /// Kind, model, firmware, parted by `,`.
    KindModelFirmware,
}

/// The class that a vendor class text starts with, and the rest of the text.
pub fn class(text: &str) -> Option<(&'static Class, &str)> {
    CLASSES.iter().find_map(|class| Some((class, text.strip_prefix(class.start)?)))
}

const fn class_of(
    start: &'static str,
    maker: &'static str,
    kind: &'static str,
    os: &'static str,
    rest: Rest,
) -> Class {
    Class { start, maker, kind, os, rest }
}

use Rest::{KindModelFirmware, Model, ModelRevisionSerial, Nothing, Version};

/// Longer starts stand before shorter ones.
static CLASSES: [Class; 60] = [
    class_of("MSFT 5.0 XBOX", "Microsoft", "console", "Xbox", Nothing),
    class_of("MSFT 98", "", "computer", "Windows 98", Nothing),
    class_of("MSFT 5.0", "", "", "Windows", Nothing),
    class_of("MSFT 5.1", "", "", "Windows", Nothing),
    class_of("android-dhcp-", "", "mobile", "Android", Version),
    class_of("android-dhcp", "", "mobile", "Android", Nothing),
    class_of("udhcp", "", "", "Linux", Nothing),
    class_of("anaconda-Linux", "", "computer", "Linux", Nothing),
    class_of("Linux ipconfig", "", "", "Linux", Nothing),
    class_of("d-i", "", "computer", "Linux (Debian)", Nothing),
    class_of("SUNW.", "Oracle", "computer", "Solaris", Nothing),
    class_of("AAPLBSDPC", "Apple", "computer", "macOS", Nothing),
    class_of("FreeBSD:", "", "computer", "FreeBSD", Nothing),
    class_of("Cisco Systems, Inc. IP Phone ", "Cisco", "voip phone", "", Model),
    class_of("Cisco SPA", "Cisco", "voip phone", "", Nothing),
    class_of("Cisco AP ", "Cisco", "access point", "", Model),
    class_of("ciscopnp", "Cisco", "network", "", Nothing),
    class_of("ccp.avaya.com", "Avaya", "voip phone", "", Nothing),
    class_of("Polycom", "Polycom", "voip phone", "", Nothing),
    class_of("yealink", "Yealink", "voip phone", "", Nothing),
    class_of("Grandstream ", "Grandstream", "voip phone", "", Model),
    class_of("AastraIPPhone", "Mitel", "voip phone", "", Nothing),
    class_of("snom", "Snom", "voip phone", "", Nothing),
    class_of("OptiIpPhone", "Unify", "voip phone", "", Nothing),
    class_of("Hewlett-Packard JetDirect", "HP", "printer", "", Nothing),
    class_of("Hewlett-Packard OfficeJet", "HP", "printer", "", Nothing),
    class_of("HP JetDirect", "HP", "printer", "", Nothing),
    class_of("HP Printer", "HP", "printer", "", Nothing),
    class_of("LEXMARK", "Lexmark", "printer", "", Nothing),
    class_of("Dell Network Printer", "Dell", "printer", "", Nothing),
    class_of("Dell Color", "Dell", "printer", "", Nothing),
    class_of("XEROX", "Xerox", "printer", "", Nothing),
    class_of("BROTHER", "Brother", "printer", "", Nothing),
    class_of("EPSON", "Epson", "printer", "", Nothing),
    class_of("ArubaAP", "Aruba", "access point", "ArubaOS", Nothing),
    class_of("ArubaInstantAP", "Aruba", "access point", "ArubaOS", Nothing),
    class_of("Aruba ", "Aruba", "switch", "", Model),
    class_of("HP J", "HP", "switch", "ProVision", Nothing),
    class_of("Ruckus CPE", "Ruckus", "access point", "", Nothing),
    class_of("ubnt", "Ubiquiti", "network", "", Nothing),
    class_of("MERAKI", "Cisco Meraki", "network", "", Nothing),
    class_of("Juniper-", "Juniper", "network", "Junos", Model),
    class_of("Juniper:", "Juniper", "network", "Junos", Model),
    class_of("Arista;", "Arista", "switch", "Arista EOS", ModelRevisionSerial),
    class_of("FortiAP", "Fortinet", "access point", "", Nothing),
    class_of("FortiSwitch", "Fortinet", "switch", "", Nothing),
    class_of("FortiGate", "Fortinet", "firewall", "FortiOS", Nothing),
    class_of("AXIS,", "Axis", "camera", "Linux", KindModelFirmware),
    class_of("Roku/", "Roku", "streamer", "Roku OS", Nothing),
    class_of("PS3", "Sony", "console", "PlayStation", Nothing),
    class_of("PS4", "Sony", "console", "PlayStation", Nothing),
    class_of("PS5", "Sony", "console", "PlayStation", Nothing),
    class_of("iDRAC", "Dell", "bmc", "", Nothing),
    class_of("CPQRIB", "HP", "bmc", "", Nothing),
    class_of("docsis", "", "modem", "", Nothing),
    class_of("PXEClient", "", "computer", "", Nothing),
    class_of("HTTPClient:Arch", "", "computer", "", Nothing),
    class_of("Synology", "Synology", "nas", "DSM", Nothing),
    class_of("OpenWrt", "", "router", "OpenWrt", Nothing),
    class_of("SIMATIC", "Siemens", "ot", "", Nothing),
];

/// The system whose client asks for exactly these options in this order.
pub fn list(prl: &str) -> Option<(&'static str, &'static str)> {
    LISTS.iter().find(|(known, ..)| *known == prl).map(|(_, os, kind)| (*os, *kind))
}

/// Option list, operating system, type.
const LISTS: &[(&str, &str, &str)] = &[
    // Windows: 249 and 252 are Microsoft's classless routes and proxy discovery.
    ("1,3,6,15,31,33,43,44,46,47,119,121,249,252", "Windows 10/11/Server 2016+", "computer"),
    ("1,3,6,15,31,33,43,44,46,47,121,249,252", "Windows 8.1/10", "computer"),
    ("1,15,3,6,44,46,47,31,33,121,249,43,252", "Windows 7/8/Server 2008 R2/Server 2012", "computer"),
    ("1,15,3,6,44,46,47,31,33,121,249,43", "Windows 7/8/Server 2008 R2/Server 2012", "computer"),
    ("1,15,3,6,44,46,47,31,33,121,249,252,43", "Windows 8/Server 2012", "computer"),
    ("1,15,3,6,44,46,47,31,33,249,43,252", "Windows XP/Vista/Server 2003/Server 2008", "computer"),
    ("1,15,3,6,44,46,47,31,33,249,43", "Windows XP/Vista/Server 2003/Server 2008", "computer"),
    ("1,15,3,6,44,46,47,31,33,43", "Windows 2000", "computer"),
    ("1,15,3,6,44,46,47,31,33,43,252", "Windows 2000", "computer"),
    // Apple: 121 first since 2012, 108 (IPv6-only) and 114 (captive portal) since 2020.
    ("1,3,6,15,112,113,78,79,95", "macOS", "computer"),
    ("1,3,6,15,112,113,78,79,95,252", "macOS", "computer"),
    ("1,3,6,15,119,95,252,44,46", "macOS", "computer"),
    ("1,3,6,15,119,95,252,44,46,47", "macOS", "computer"),
    ("1,121,3,6,15,119,252,95,44,46", "macOS", "computer"),
    ("1,121,3,6,15,114,119,252,95,44,46", "macOS", "computer"),
    ("1,121,3,6,15,108,114,119,252,95,44,46", "macOS", "computer"),
    ("1,121,3,6,15,108,114,119,162,252,95,44,46", "macOS", "computer"),
    ("1,3,6,15,119,252", "iOS", "mobile"),
    ("1,121,3,6,15,119,252", "iOS", "mobile"),
    ("1,121,3,6,15,114,119,252", "iOS", "mobile"),
    ("1,121,3,6,15,108,114,119,252", "iOS", "mobile"),
    ("1,121,3,6,15,108,114,119,162,252", "iOS", "mobile"),
    // Android: dhcpcd before 6, its own client since (DhcpClient.java).
    ("1,121,33,3,6,15,28,51,58,59,119", "Android", "mobile"),
    ("1,33,3,6,15,28,51,58,59", "Android", "mobile"),
    ("1,33,3,6,15,26,28,51,58,59", "Android", "mobile"),
    ("1,3,6,15,26,28,51,58,59", "Android", "mobile"),
    ("1,3,6,15,26,28,51,58,59,43", "Android", "mobile"),
    ("1,3,6,15,26,28,51,58,59,43,114", "Android", "mobile"),
    ("1,3,6,15,26,28,51,58,59,43,108", "Android", "mobile"),
    ("1,3,6,15,26,28,51,58,59,43,114,108", "Android", "mobile"),
    // Chrome OS: dhcpcd with proxy discovery.
    ("1,121,33,3,6,12,15,26,28,51,54,58,59,119,252", "ChromeOS", "laptop"),
    // dhclient as distributed, and as Debian and Red Hat configure it.
    ("1,28,2,3,15,6,12", "Linux", "computer"),
    ("1,28,2,3,15,6,119,12,44,47,26,121,42", "Linux", "computer"),
    ("1,28,2,3,15,6,119,12,44,47,26,121", "Linux", "computer"),
    ("1,28,2,121,15,6,12,40,41,42,26,119,3,121,249,33,252,42", "Linux", "computer"),
    ("1,28,2,121,15,6,12,40,41,42,26,119,3", "Linux", "computer"),
    // NetworkManager's own client, systemd-networkd, dhcpcd.
    ("1,2,6,12,15,26,28,121,3,33,40,41,42,119,249,252,17", "Linux", "computer"),
    ("1,3,12,15,6,33,121,42", "Linux", "computer"),
    ("1,3,6,12,15,26,33,42,119,120,121", "Linux", "computer"),
    ("1,3,6,12,15,26,42,119,120,121", "Linux", "computer"),
    ("1,121,33,3,6,12,15,26,28,42,51,54,58,59,119", "Linux", ""),
    ("1,121,33,3,6,15,28,42,51,54,58,59,119", "Linux", ""),
    // BusyBox.
    ("1,3,6,12,15,28,42", "Linux", ""),
    ("1,3,6,12,15,28,42,121,249", "Linux", ""),
    ("1,3,6,12,15,28,40,41,42", "Linux", ""),
    // FreeBSD's dhclient.
    ("1,28,2,121,3,15,6,12", "FreeBSD", "computer"),
    ("1,28,2,121,3,15,6,12,119", "FreeBSD", "computer"),
    // lwIP.
    ("1,3,28,6", "lwIP", ""),
    // Cisco: 150 is its list of TFTP servers.
    ("1,66,6,3,15,150,35", "", "voip phone"),
    ("1,66,6,3,15,150,35,151", "", "voip phone"),
    ("1,6,15,44,3,33,150,43", "Cisco IOS", "network"),
    ("1,6,15,44,3,7,33,150,43", "Cisco IOS", "network"),
    // JetDirect.
    ("6,3,1,15,66,67,13,44,12", "", "printer"),
    ("6,3,1,15,66,67,13,44,12,81", "", "printer"),
    ("6,3,1,15,66,67,13,44,12,81,252", "", "printer"),
    ("6,3,1,15,66,67,13,44,119", "", "printer"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_earlier_start_hides_a_later_one_and_lists_are_unique() {
        for (at, class) in CLASSES.iter().enumerate() {
            let first = CLASSES.iter().position(|other| class.start.starts_with(other.start));
            assert_eq!(first, Some(at), "{}", class.start);
        }
        for (at, (prl, ..)) in LISTS.iter().enumerate() {
            assert_eq!(LISTS.iter().position(|(other, ..)| other == prl), Some(at), "{prl}");
            assert!(prl.split(',').all(|code| code.parse::<u8>().is_ok()), "{prl}");
        }
    }
}
